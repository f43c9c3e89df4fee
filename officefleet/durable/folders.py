"""The user's own folders, as each system names them."""

from __future__ import annotations

import os
import sys
from pathlib import Path


def state_folder() -> Path:
    """Return where what must not be lost is kept: XDG's state folder, on Windows the local application data."""
    return _folder("XDG_STATE_HOME", Path(".local") / "state")


def cache_folder() -> Path:
    """Return OFFICEFLEET_CACHE, else XDG's cache folder, on Windows the local application data.

    It holds only what can be made again.
    """
    own = os.environ.get("OFFICEFLEET_CACHE")
    if own:
        return Path(own)
    return _folder("XDG_CACHE_HOME", Path(".cache"))


def state_file(name: str, variable: str) -> Path:
    """Return the file that an environment variable names, else one in the state folder."""
    given = os.environ.get(variable)
    return Path(given).expanduser() if given else state_folder() / name


def _folder(variable: str, usual: Path) -> Path:
    if sys.platform == "win32":
        base = os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local"
    else:
        base = os.environ.get(variable) or Path.home() / usual
    return Path(base) / "officefleet"
