"""What win_template does on the controller: renders as template does, then hands the text to win_copy."""

from __future__ import annotations

from typing import TYPE_CHECKING

from officefleet.modules.contract import Prepared
from officefleet.modules.template import controller as template
from officefleet.modules.template.spec import TemplateArgs
from officefleet.modules.win_copy.controller import offered
from officefleet.modules.win_copy.spec import WinCopyArgs

if TYPE_CHECKING:
    from officefleet.modules.contract import Controller
    from officefleet.modules.win_template.spec import WinTemplateArgs


def prepare(args: WinTemplateArgs, controller: Controller) -> Prepared:
    """Return the step for the host: a copy of the rendered text.

    Raises:
        ArgumentError: no such template, an unknown line end or encoding, or text that it cannot hold.
        TemplateError: the template cannot be rendered.

    """
    step = template.prepare(TemplateArgs.model_validate(args.model_dump()), controller)
    wanted = WinCopyArgs.model_validate(args.model_dump(include={"src", "dest", "backup", "force"}))
    return Prepared("win_copy", wanted.model_dump(mode="json", exclude={"content"}) | offered(step))
