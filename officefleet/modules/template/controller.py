"""What template does on the controller: renders, then hands the text to copy."""

from __future__ import annotations

import platform
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from officefleet.errors import ArgumentError
from officefleet.i18n import _
from officefleet.modules.contract import Prepared
from officefleet.modules.copy.spec import CopyArgs

if TYPE_CHECKING:
    from pathlib import Path

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
    text = controller.render_file(source, options, _own_variables(source, args.dest))
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


def _own_variables(source: Path, dest: str) -> dict[str, Any]:
    """Return the variables that only a template sees, as Ansible names them.

    The dates are local times without a zone, as templates that print them expect. A header that holds one changes
    the file on every run.
    """
    found = source.stat()
    return {
        "ansible_managed": "Ansible managed",
        "template_host": platform.node(),
        "template_uid": _owner(source),
        "template_path": str(source),
        "template_fullpath": str(source.absolute()),
        "template_destpath": dest,
        "template_mtime": _local(found.st_mtime),
        "template_run_date": _local(datetime.now(UTC).timestamp()),
    }


def _owner(path: Path) -> str:
    """Return who owns a file; Windows has no names for that, nor has every number one."""
    try:
        return path.owner()
    except (NotImplementedError, KeyError, OSError):
        return str(path.stat().st_uid)


def _local(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC).astimezone().replace(tzinfo=None)
