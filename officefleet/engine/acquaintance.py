"""Which hosts hold which agent already: what need not be sent again in the next run.

Only a guess: a host that has lost its agent says so and gets it. The file is a cache; it may be deleted or be wrong.
"""

from __future__ import annotations

import contextlib
import json
import os
from typing import TYPE_CHECKING, Any

from officefleet.durable.folders import cache_folder

if TYPE_CHECKING:
    from pathlib import Path

_KEPT = 200_000  # entries: several agents for each machine of the largest fleet


def default_path() -> Path:
    """Return the file, in the user's cache folder."""
    return cache_folder() / "agents.json"


def read(path: Path) -> set[tuple[Any, ...]]:
    """Return the (address, port, login, user, digest) that are known; nothing when the file cannot be read."""
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
        return {tuple(entry) for entry in found}
    except (OSError, ValueError, TypeError):
        return set()


def write(path: Path, known: set[tuple[Any, ...]]) -> None:
    """Keep what is known, atomically; a full disk only costs the next run some traffic."""
    temporary = path.with_name(f"{path.name}.{os.getpid()}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        temporary.write_text(json.dumps(sorted(known, key=repr)[-_KEPT:]), encoding="utf-8")
        temporary.replace(path)
    except OSError:
        with contextlib.suppress(OSError):
            temporary.unlink()
