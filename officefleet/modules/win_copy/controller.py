"""What win_copy does on the controller: the same as copy."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from officefleet.errors import ArgumentError
from officefleet.i18n import _
from officefleet.modules.contract import Prepared
from officefleet.modules.copy import controller as copy
from officefleet.modules.copy.spec import CopyArgs

if TYPE_CHECKING:
    from officefleet.modules.contract import Controller
    from officefleet.modules.win_copy.spec import WinCopyArgs


def prepare(args: WinCopyArgs, controller: Controller) -> Prepared:
    """Return the step for the host, its content offered by hash.

    Raises:
        ArgumentError: not exactly one of src and content, content for a folder, or a source that is not found.

    """
    if args.content is not None and args.dest.endswith(("\\", "/")):
        raise ArgumentError(
            _("content needs the name of a file as dest, not of a folder"),
            hint=_("end dest with the name of the file"),
        )
    fields: dict[str, Any] = args.model_dump(
        include={"src", "content", "decrypt", "local_follow", "remote_src"}
    )
    step = copy.prepare(CopyArgs.model_validate({"dest": args.dest, **fields}), controller)
    return Prepared("win_copy", args.model_dump(mode="json", exclude={"content"}) | offered(step))


def offered(step: Prepared) -> dict[str, Any]:
    """Return what the controller has added to a step: content, names, a folder's entries."""
    return {name: value for name, value in step.args.items() if name.startswith("_") and name != "_mode"}
