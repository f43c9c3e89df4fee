"""One hash of all that a run's playbooks read, so that a resumed run does the same work."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from officefleet.playbook.model import Role, walk

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from officefleet.playbook.model import Play

_WHOLE = 1 << 20  # bytes; a larger file (a driver package) counts by size and time of its last change
_BESIDE = ("tasks", "handlers", "templates", "files", "vars", "group_vars", "host_vars")


def content_hash(plays: Sequence[Play]) -> str:
    """Return the hash of playbooks, task files, roles and of the folders beside playbooks that tasks look into."""
    digest = hashlib.sha256()
    for path in sorted(_files(plays)):
        try:
            size = path.stat()
            digest.update(f"{path}\0{size.st_size}\0".encode())
            if size.st_size <= _WHOLE:
                digest.update(hashlib.sha256(path.read_bytes()).digest())
            else:
                digest.update(str(size.st_mtime_ns).encode())
        except OSError:
            digest.update(f"{path}\0gone\0".encode())
    return digest.hexdigest()


def _files(plays: Sequence[Play]) -> set[Path]:
    found: set[Path] = set()
    folders: set[Path] = set()
    for play in plays:
        found.add(play.file)
        folders.update(play.file.parent / name for name in _BESIDE)
        for task in walk((*(node for section in play.sections for node in section), *play.handlers)):
            found.add(task.file)
            if task.role is not None:
                folders.update(role.path for role in _with_parents(task.role))
    for folder in folders:
        found.update(path for path in folder.rglob("*") if path.is_file())
    return {path.resolve() for path in found}


def _with_parents(role: Role) -> Iterator[Role]:
    yield role
    yield from role.parents
