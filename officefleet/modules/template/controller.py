"""What template does on the controller: renders, then hands the text to copy."""

from __future__ import annotations

from typing import TYPE_CHECKING

from officefleet.errors import ArgumentError
from officefleet.i18n import _
from officefleet.modules.contract import Prepared
from officefleet.modules.copy.spec import CopyArgs

if TYPE_CHECKING:
    from officefleet.modules.contract import Controller
    from officefleet.modules.template.spec import TemplateArgs

_LINE_ENDS = {"\\n": "\n", "\\r": "\r", "\\r\\n": "\r\n", "\n": "\n", "\r": "\r", "\r\n": "\r\n"}
_RENDERING = (
    "block_start_string",
    "block_end_string",
    "variable_start_string",
    "variable_end_string",
    "comment_start_string",
    "comment_end_string",
    "trim_blocks",
    "lstrip_blocks",
)
_COMMON = {"dest", "backup", "force", "follow", "validate_command", "mode", "owner", "group", "unsafe_writes"}


def prepare(args: TemplateArgs, controller: Controller) -> Prepared:
    """Return the step for the host: a copy of the rendered text.

    Raises:
        ArgumentError: no such template, an unknown line end or encoding, or text that it cannot hold.
        TemplateError: the template cannot be rendered.

    """
    if args.newline_sequence not in _LINE_ENDS:
        raise ArgumentError(
            _("newline_sequence needs to be one of: \\n, \\r or \\r\\n"),
            hint=_("remove it for \\n, as Linux has it"),
        )
    source = controller.find(args.src, "templates")
    options = args.model_dump(include=set(_RENDERING))
    options["newline_sequence"] = _LINE_ENDS[args.newline_sequence]
    text = controller.render_file(source, options)
    try:
        data = text.encode(
            args.output_encoding, "surrogateescape" if args.output_encoding == "utf-8" else "strict"
        )
    except (LookupError, UnicodeEncodeError):
        raise ArgumentError(
            _("the rendered {file} cannot be written as {encoding}").format(
                file=source.name, encoding=args.output_encoding
            ),
            hint=_("choose an output_encoding that has all its characters, such as utf-8"),
        ) from None
    wanted = CopyArgs.model_validate({"dest": args.dest}).model_dump(exclude={"content"})
    wanted |= args.model_dump(include=_COMMON)
    place = {"_name": source.name, "_source": str(source), "_mode": source.stat().st_mode & 0o7777}
    return Prepared("copy", wanted | place | controller.attach(data))
