"""What a built rescue consists of: every file with its size and SHA-256, the kernel, the packages.

It holds no date and no path, so that two builds from the same packages have the same manifest.
"""

from __future__ import annotations

import hashlib
import json
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any

from officefleet.i18n import _
from officefleet.images.atomic import write_atomic
from officefleet.images.rescue.faults import RescueError

if TYPE_CHECKING:
    from pathlib import Path

NAME = "manifest.json"
_FORMAT = 1
_PIECE = 1 << 20


def write_manifest(folder: Path, **facts: Any) -> Path:
    """Write the manifest of all files of a folder.

    Args:
        folder: of the rescue.
        facts: further fields, JSON values.

    Raises:
        StoreError: the folder cannot be written.

    """
    files = {
        str(PurePosixPath(path.relative_to(folder))): {"sha256": digest(path), "bytes": path.stat().st_size}
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.name != NAME
    }
    content = {"format": _FORMAT, **facts, "files": files}
    write_atomic(folder / NAME, json.dumps(content, indent=1, sort_keys=True).encode() + b"\n")
    return folder / NAME


def read_manifest(folder: Path, *, prove: bool = True) -> dict[str, Any]:
    """Return the manifest of a folder.

    Args:
        folder: made by `build_rescue`.
        prove: also compare every file's SHA-256.

    Raises:
        RescueError: there is none, or a file is missing or another one.

    """
    try:
        content: dict[str, Any] = json.loads((folder / NAME).read_bytes())
        files: dict[str, dict[str, Any]] = content["files"]
        known = content["format"] == _FORMAT
    except FileNotFoundError as error:
        raise RescueError(
            _("There is no rescue environment in {path}.").format(path=folder),
            hint=_("Build one: officefleet rescue build {path}").format(path=folder),
        ) from error
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise RescueError(_("{path} cannot be read.").format(path=folder / NAME)) from error
    if not known:
        raise RescueError(
            _("{path} was written by another version of officefleet.").format(path=folder / NAME)
        )
    for name, fields in files.items() if prove else ():
        pure = PurePosixPath(name)
        if pure.is_absolute() or ".." in pure.parts:
            raise RescueError(_("{path} names a file outside its folder.").format(path=folder / NAME))
        try:
            right = digest(folder / name) == fields["sha256"]
        except OSError:
            right = False
        if not right:
            raise RescueError(
                _("{path} is not what was built.").format(path=folder / name),
                hint=_("Build the rescue environment again: officefleet rescue build {path}").format(
                    path=folder
                ),
            )
    return content


def digest(path: Path) -> str:
    """Return the SHA-256 of a file, in hex."""
    found = hashlib.sha256()
    with path.open("rb") as file:
        while piece := file.read(_PIECE):
            found.update(piece)
    return found.hexdigest()
