"""A control group for each host: without one, all containers would share the first one's.

The group's name begins with ``officefleet-lab-`` and the lab's name, which is how leftovers are found.
"""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

_ROOT = Path("/sys/fs/cgroup")
# Where systemd inside a container keeps its own groups: the only tree (version 2), or these two (hybrid).
_TREES = (".", "systemd", "unified")


def create(lab: str, host: str) -> list[Path]:
    """Make a host's groups; return the files to which a process writes "0" to join them.

    There are none for a user who may not make groups.
    """
    groups = [tree / f"officefleet-lab-{lab}" / host for tree in _trees()]
    for group in groups:
        group.mkdir(parents=True, exist_ok=True)
    return [group / "cgroup.procs" for group in groups]


def remove(lab: str, host: str | None = None) -> bool:
    """Remove the groups of one host or of the whole lab.

    Returns:
        False when some still hold processes, and stay.

    """
    tops = [tree / f"officefleet-lab-{lab}" / (host or ".") for tree in _trees()]
    for top in tops:
        _remove_tree(top)
    return not any(top.is_dir() for top in tops)


def _trees() -> list[Path]:
    return [_ROOT / tree for tree in _TREES if os.access(_ROOT / tree / "cgroup.procs", os.W_OK)]


def _remove_tree(group: Path) -> None:
    if not group.is_dir():
        return
    for child in group.iterdir():
        if child.is_dir():
            _remove_tree(child)
    with contextlib.suppress(OSError):
        group.rmdir()
