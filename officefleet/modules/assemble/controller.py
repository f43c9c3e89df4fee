"""What assemble does on the controller: with fragments that are here it hands the whole to copy."""

from __future__ import annotations

from typing import TYPE_CHECKING

from officefleet.errors import ArgumentError
from officefleet.i18n import _
from officefleet.modules.assemble.plan import chosen, join
from officefleet.modules.contract import Prepared
from officefleet.modules.copy.spec import CopyArgs

if TYPE_CHECKING:
    from pathlib import Path

    from officefleet.modules.assemble.spec import AssembleArgs
    from officefleet.modules.contract import Controller

_COMMON = {"dest", "backup", "validate_command", "mode", "owner", "group", "unsafe_writes"}


def prepare(args: AssembleArgs, controller: Controller) -> Prepared:
    """Return the step for the host.

    Raises:
        ArgumentError: the folder on the controller does not exist.
        SecretError: a fragment is encrypted and nothing opens it.

    """
    wanted = args.model_dump()
    if args.remote_src:
        return Prepared("assemble", wanted)
    folder = controller.find(args.src, "files")
    if not folder.is_dir():
        raise ArgumentError(
            _("{path} is not a folder").format(path=folder), hint=_("name a folder of fragments")
        )
    files = [folder / name for name in chosen([path.name for path in folder.iterdir()], wanted)]
    fragments = [_read(path, args, controller) for path in files if path.is_file()]
    texts = [data.decode("utf-8", "surrogateescape") for data in fragments]
    data = join(texts, args.delimiter).encode("utf-8", "surrogateescape")
    step = CopyArgs.model_validate({"dest": args.dest}).model_dump(exclude={"content"})
    step |= args.model_dump(include=_COMMON)
    return Prepared("copy", step | {"_source": str(folder)} | controller.attach(data))


def _read(path: Path, args: AssembleArgs, controller: Controller) -> bytes:
    content = controller.plain(path) if args.decrypt else path
    return content if isinstance(content, bytes) else content.read_bytes()
