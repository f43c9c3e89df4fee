"""The lab's shared base: one Debian tree that every host's overlay stands on, built once."""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import os
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

from officefleet.errors import LabError
from officefleet.i18n import _
from officefleet.lab.privilege import as_namespace_root, is_root, remove_tree
from officefleet.lab.sandbox import find_program

if TYPE_CHECKING:
    from collections.abc import Iterator

SUITE = "bookworm"
PACKAGES = (
    "acl",
    "ca-certificates",
    "cron",
    "dbus",
    "iproute2",
    "less",
    "openssh-server",
    "procps",
    "python3",
    "python3-apt",
    "rsync",
    "smartmontools",
    "sudo",
    "systemd-sysv",
    "tzdata",
)
_HOOK = Path(__file__).parent / "data" / "base.sh"
_OPTIONS = (
    "--variant=minbase",
    '--aptopt=APT::Install-Recommends "false"',
    '--aptopt=Acquire::Languages "none"',
    "--dpkgopt=path-exclude=/usr/share/man/*",
)


def cache_folder() -> Path:
    """Return where bases are kept: ``$XDG_CACHE_HOME/officefleet/lab``."""
    home = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(home) / "officefleet" / "lab"


def recipe_hash() -> str:
    """Return what names a base: changes with the packages, the options and the hook."""
    recipe = "\n".join((SUITE, *PACKAGES, *_OPTIONS, _HOOK.read_text(encoding="utf-8")))
    return hashlib.sha256(recipe.encode()).hexdigest()[:16]


def base_is_ready() -> bool:
    """Whether `ensure_base` will have nothing to build."""
    return (cache_folder() / f"base-{recipe_hash()}").is_dir()


def ensure_base() -> Path:
    """Return the base's folder; build it first if this recipe's is missing (about 20 s).

    A build that is interrupted leaves nothing that a later one would take for a base. Bases of other
    recipes that no lab uses are removed.

    Raises:
        LabError: mmdebstrap is missing or failed; the message ends with its last words.

    """
    folder = cache_folder()
    base = folder / f"base-{recipe_hash()}"
    if base.is_dir():
        return base
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "build.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # two labs that start at once build once
        if not base.is_dir():
            _remove_others(folder)
            _build(base)
    return base


@contextlib.contextmanager
def in_use(base: Path) -> Iterator[int]:
    """Keep a base from being removed; yields the descriptor, which a child may inherit and hold on."""
    with base.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_SH)
        yield lock.fileno()


def _build(base: Path) -> None:
    building = base.with_suffix(".building")
    remove_tree(building)
    # Without root mmdebstrap maps ids in its own way: as an archive the tree can take ours.
    target = building if is_root() else base.with_suffix(".tar")
    command = [find_program("mmdebstrap", "mmdebstrap"), *_OPTIONS, f"--include={','.join(PACKAGES)}"]
    command.append("--mode=root" if is_root() else "--mode=unshare")
    command += [f'--customize-hook=sh {_HOOK} "$1"', SUITE, str(target)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL)
    if done.returncode:
        remove_tree(target)
        reason = done.stderr.strip().splitlines()[-3:]
        raise LabError(
            _("The lab's Debian base could not be built: {reason}").format(reason=" / ".join(reason)),
            hint=_("mmdebstrap needs Debian's package mirror."),
        )
    if target != building:
        building.mkdir()
        unpack = ["tar", "--extract", "--preserve-permissions", "--same-owner", "--exclude=./dev/*"]
        unpack += [f"--directory={building}", f"--file={target}"]
        subprocess.run(as_namespace_root(unpack), check=True)
        target.unlink()
    building.rename(base)


def _remove_others(folder: Path) -> None:
    for other in folder.glob("base-*"):
        if not other.is_dir():
            continue
        with other.with_suffix(".lock").open("w") as lock, contextlib.suppress(BlockingIOError):
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            remove_tree(other)
