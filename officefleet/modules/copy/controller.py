"""What copy does on the controller: finds the source and offers its content by hash."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING, Any

from officefleet.errors import ArgumentError
from officefleet.i18n import _
from officefleet.modules.contract import Prepared

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from officefleet.modules.contract import Controller
    from officefleet.modules.copy.spec import CopyArgs


def prepare(args: CopyArgs, controller: Controller) -> Prepared:
    """Return the step for the host; the source's content goes along by hash.

    Raises:
        ArgumentError: both or neither of src and content, or a source that cannot be found or decrypted.

    """
    if (args.src is None) == (args.content is None):
        both = _("src and content are mutually exclusive")
        raise ArgumentError(
            both if args.src is not None else _("src (or content) is required"),
            hint=_("give one of them: a file's path or the text itself"),
        )
    wanted = args.model_dump(exclude={"content"})
    if args.content is not None:
        if args.dest.endswith("/"):
            raise ArgumentError(
                _("can not use content with a dir as dest"), hint=_("end dest with the name of the file")
            )
        text = args.content if isinstance(args.content, str) else json.dumps(args.content)
        return Prepared("copy", wanted | controller.attach(text.encode("utf-8", "surrogateescape")))
    if args.remote_src or args.src is None:
        return Prepared("copy", wanted)
    source = controller.find(args.src, "files")
    if source.is_dir():
        base = source if args.src.endswith("/") else source.parent
        return Prepared("copy", wanted | {"_tree": list(_tree(source, base, args, controller))})
    place = {"_name": source.name, "_source": str(source), "_mode": _bits(source)}
    return Prepared("copy", wanted | place | _content(source, args, controller))


def _bits(path: Path) -> int:
    return path.stat().st_mode & 0o7777


def _content(file: Path, args: CopyArgs, controller: Controller) -> dict[str, Any]:
    """Offer a file, an encrypted one opened unless the task says otherwise; its plain content stays in memory."""
    return controller.attach(controller.plain(file) if args.decrypt else file)


def _tree(source: Path, base: Path, args: CopyArgs, controller: Controller) -> Iterator[dict[str, Any]]:
    """Yield the folder's entries, parents first: {"path", "kind", "mode", and the blob or link target}."""
    for folder, folders, names in os.walk(source, followlinks=args.local_follow):
        here = type(source)(folder)
        links = [] if args.local_follow else [name for name in folders if (here / name).is_symlink()]
        folders[:] = sorted(set(folders) - set(links))
        if here != base:
            yield {"path": here.relative_to(base).as_posix(), "kind": "directory", "mode": _bits(here)}
        for name in sorted(names + links):
            file = here / name
            path = file.relative_to(base).as_posix()
            if file.is_symlink() and not args.local_follow:
                yield {"path": path, "kind": "link", "target": file.readlink().as_posix()}
            elif file.is_file():
                entry = {"path": path, "kind": "file", "mode": _bits(file)}
                yield entry | _content(file, args, controller)
