"""Files of a mounted NTFS: Windows does not mind the case of names, Linux does."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from officefleet.i18n import _
from officefleet.images.faults import TargetError
from officefleet.images.windows.acl import make_private

if TYPE_CHECKING:
    from pathlib import Path


def find(root: Path, place: str) -> Path | None:
    """Return the file or folder at `place`, with slashes, below `root`; None when there is none.

    Raises:
        TargetError: a link or junction lies on the way, or two names differ in their case only.

    """
    at = root
    for part in place.split("/"):
        names = (
            [one.name for one in at.iterdir() if one.name.casefold() == part.casefold()]
            if at.is_dir()
            else []
        )
        if not names:
            return None
        if len(names) > 1:
            raise TargetError(
                _("{path} is there twice, with other capitals.").format(path=at.relative_to(root) / part)
            )
        at /= names[0]
        if at.is_symlink():
            raise TargetError(_("{path} is a link.").format(path=at.relative_to(root)))
    return at


def need(root: Path, place: str) -> Path:
    """Return the file or folder at `place` (see `find`).

    Raises:
        TargetError: there is none, or see `find`.

    """
    found = find(root, place)
    if found is None:
        raise TargetError(
            _("This Windows lacks {path}.").format(path=place.replace("/", "\\")),
            hint=_("The partition holds no whole Windows."),
        )
    return found


def write_private(root: Path, place: str, content: bytes) -> Path:
    """Write a file that only SYSTEM and the administrators may use; folders that lack are made, as private.

    Raises:
        TargetError: see `find`; or the file system does not keep the file's rights.

    """
    folder = root
    *above, name = place.split("/")
    for number in range(len(above)):
        found = find(root, "/".join(above[: number + 1]))
        if found is None:
            found = folder / above[number]
            found.mkdir()
            make_private(found, folder=True)
        folder = found
    path = find(root, place) or folder / name
    path.unlink(missing_ok=True)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        make_private(path)  # before it holds anything
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    return path
