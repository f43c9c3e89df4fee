"""What copy does on the controller: finds the source and offers its content by hash."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from officefleet.errors import ArgumentError
from officefleet.i18n import _
from officefleet.modules.contract import Prepared

if TYPE_CHECKING:
    from officefleet.modules.contract import Controller
    from officefleet.modules.copy.spec import CopyArgs


def prepare(args: CopyArgs, controller: Controller) -> Prepared:
    """Return the step for the host; the source's content goes along by hash.

    Raises:
        ArgumentError: both or neither of src and content, or a source that cannot be found.

    """
    if (args.src is None) == (args.content is None):
        raise ArgumentError(_("copy needs either src or content"))
    wanted = args.model_dump()
    wanted.pop("content")
    if args.content is not None:
        if args.dest.endswith("/"):
            raise ArgumentError(_("dest must be a file when content is given"))
        text = args.content if isinstance(args.content, str) else json.dumps(args.content)
        return Prepared("copy", wanted | controller.attach(text.encode("utf-8", "surrogateescape")))
    if args.remote_src or args.src is None:
        return Prepared("copy", wanted)
    source = controller.find(args.src, "files")
    if not source.is_dir():
        return Prepared("copy", wanted | controller.attach(source) | {"_name": source.name, "_mode": _bits(source)})
    base = source if args.src.endswith("/") else source.parent
    return Prepared("copy", wanted | {"_tree": _tree(source, base, controller)})


def _bits(path: Path) -> int:
    return path.stat().st_mode & 0o7777


def _tree(source: Path, base: Path, controller: Controller) -> list[dict[str, Any]]:
    """Return the folder's entries, parents first: {"path", "kind", "mode", and the blob or link target}."""
    entries: list[dict[str, Any]] = []
    for folder, folders, names in os.walk(source, followlinks=True):
        folders.sort()
        here = Path(folder)
        if here != base:
            entries.append({"path": here.relative_to(base).as_posix(), "kind": "directory", "mode": _bits(here)})
        for name in sorted(names):
            file = here / name
            entry = {"path": file.relative_to(base).as_posix(), "kind": "file", "mode": _bits(file)}
            entries.append(entry | controller.attach(file))
    return entries
