"""A Debian tree from a recipe: mmdebstrap, the recipe's own steps, then everything of one machine taken out."""

from __future__ import annotations

import os
import shutil
from typing import TYPE_CHECKING

from officefleet.errors import ImageError
from officefleet.i18n import _
from officefleet.images.faults import RecipeError
from officefleet.images.tools import run_tool

if TYPE_CHECKING:
    from pathlib import Path

    from officefleet.images.recipe import Debian

_EMPTIED = ("etc/machine-id",)
_REMOVED = (
    "var/lib/dbus/machine-id",
    "etc/ssh/ssh_host_*",
    "var/lib/systemd/random-seed",
    "var/lib/dhcp/*.leases",
    "var/cache/apt/archives/*.deb",
    "var/cache/apt/*.bin",
    "var/lib/apt/lists/*_*",
    "var/log/*.log",
    "var/log/apt/*",
    "tmp/*",
    "root/.bash_history",
)


def build_tree(debian: Debian, recipe_folder: Path, tree: Path, *, epoch: int) -> None:
    """Make the tree of a poste.

    Args:
        debian: from the recipe.
        recipe_folder: what `overlay` is relative to.
        tree: a folder that does not exist yet.
        epoch: seconds since 1970 given to files that the build itself makes, so that two builds are alike.

    Raises:
        ImageError: not root, or a program fails.
        RecipeError: the overlay does not exist.

    """
    overlay = recipe_folder / debian.overlay if debian.overlay else None
    if overlay is not None and not overlay.is_dir():
        raise RecipeError(_("There is no folder {path} to lay over the image.").format(path=overlay))
    if os.geteuid() != 0:
        raise ImageError(
            _("Building a Debian image needs root."), hint=_("Run it in a container or with sudo.")
        )
    command = ["mmdebstrap", "--variant=minbase", "--mode=root", "--format=directory", "--quiet"]
    command += ["--aptopt=APT::Install-Recommends false", "--dpkgopt=path-exclude=/usr/share/man/*"]
    if debian.packages:
        command.append(f"--include={','.join(debian.packages)}")
    command += [debian.suite, str(tree)]
    if debian.mirror:
        command.append(debian.mirror)
    run_tool(command, environment={"SOURCE_DATE_EPOCH": str(epoch)})
    if overlay is not None:
        run_tool(["rsync", "-aHAX", "--numeric-ids", "--chown=0:0", f"{overlay}/", f"{tree}/"])
    for line in debian.run:
        run_tool(["chroot", str(tree), "/bin/sh", "-e"], text=line.encode())
    neutralise(tree)


def neutralise(tree: Path) -> None:
    """Take out what belongs to one machine: every copy makes its own at first boot or is given it."""
    for name in _EMPTIED:
        path = tree / name
        if path.parent.is_dir():
            path.unlink(missing_ok=True)
            path.write_bytes(b"")
    for pattern in _REMOVED:
        for path in tree.glob(pattern):
            if path.is_dir() and not path.is_symlink():
                shutil.rmtree(path)
            else:
                path.unlink()
