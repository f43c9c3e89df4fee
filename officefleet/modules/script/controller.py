"""What script does on the controller: finds the script and offers it by hash."""

from __future__ import annotations

import io
import shlex
from typing import TYPE_CHECKING

from officefleet.errors import ArgumentError
from officefleet.i18n import _
from officefleet.modules.contract import Prepared

if TYPE_CHECKING:
    from officefleet.modules.contract import Controller
    from officefleet.modules.script.spec import ScriptArgs


def prepare(args: ScriptArgs, controller: Controller) -> Prepared:
    """Return the step for the host: the script's content goes along by hash, its arguments as they stand.

    Raises:
        ArgumentError: the script cannot be found, or its name has an open quote.

    """
    text = io.StringIO(args.cmd.strip())
    lexer = shlex.shlex(text, posix=True, punctuation_chars=False)
    lexer.whitespace_split = True
    lexer.commenters = ""
    try:
        name = lexer.get_token() or ""
    except ValueError as error:
        raise ArgumentError(_("the script's name cannot be read: {error}").format(error=error)) from None
    rest = text.read().strip()  # what the lexer has not taken goes to the host's shell unchanged
    source = controller.find(name, "files")
    wanted = args.model_dump() | controller.attach(controller.plain(source) if args.decrypt else source)
    return Prepared("script", wanted | {"_name": source.name, "_arguments": rest})
