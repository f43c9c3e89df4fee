"""apt_repository on a POSIX host."""

from __future__ import annotations

import glob
import os

from officefleet.agents.files import read_bytes
from officefleet.agents.kit import Context, Failed, decode
from officefleet.agents.modes import wanted_mode
from officefleet.agents.writing import write_atomic
from officefleet.modules.apt.posix import refresh

TYPE_CHECKING = False  # typing costs an agent several milliseconds at its start
if TYPE_CHECKING:
    from typing import Any

_MODE = 0o644
_LOCK_SECONDS = 60


def read(args: dict[str, Any], context: Context) -> dict[str, Any]:
    paths = ["/etc/apt/sources.list", *sorted(glob.glob("/etc/apt/sources.list.d/*.list"))]
    return {"files": {path: decode(read_bytes(path)) for path in paths if os.path.isfile(path)}}


def apply(change: dict[str, Any], context: Context) -> None:
    """Write the files and fetch the lists; the old files come back when that fails."""
    write(change["files"], change["mode"])
    if not change["update"]:
        return
    try:
        refresh(dict(change, update_cache=True, cache_valid_time=0, lock_timeout=_LOCK_SECONDS), context)
    except Failed:
        write(change["before"], change["mode"])
        raise


def write(files: dict[str, str | None], mode: str | int | None) -> None:
    for path, text in files.items():
        if text is None:
            if os.path.exists(path):
                os.unlink(path)
            continue
        os.makedirs(os.path.dirname(path), exist_ok=True)
        bits = None
        if not os.path.exists(path) or mode is not None:
            bits = _MODE if mode is None else wanted_mode(mode, _MODE, is_directory=False)
        write_atomic(path, text.encode("utf-8", "surrogateescape"), mode=bits)
