"""What a lab may do here: everything as root, nearly everything in a user namespace with many ids.

Without root the kernel lets a user be "root" over ids of his own (``/etc/subuid``): over a network, over
mounts and over every account of a Debian tree, but not over control groups. So hosts have real accounts,
sudo, packages and addresses then, and sshd as their first process in place of systemd.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from typing import TYPE_CHECKING

from officefleet.errors import LabError
from officefleet.i18n import _

if TYPE_CHECKING:
    from pathlib import Path

_MAP = ("--user", "--map-root-user", "--map-auto")


class PrivilegeError(LabError):
    """The lab cannot be built by this user on this machine."""

    code = "lab.privilege"


def is_root() -> bool:
    """Whether this process is root (inside a user namespace of a lab, too)."""
    return os.geteuid() == 0


def namespace_options() -> tuple[str, ...]:
    """Return the options with which ``unshare`` makes this user root over what it makes."""
    return () if is_root() else _MAP


def as_namespace_root(command: list[str]) -> list[str]:
    """Return the arguments that run `command` able to handle files of all the lab's ids."""
    return command if is_root() else ["unshare", *_MAP, "--", *command]


def remove_tree(path: Path) -> None:
    """Remove a tree that holds files of the lab's ids; nothing happens if there is none."""
    if path.exists():
        if is_root():
            shutil.rmtree(path, ignore_errors=True)
        else:
            subprocess.run(as_namespace_root(["rm", "-rf", "--", str(path)]), check=True)


def check_privileges() -> None:
    """Prove that a lab can be built by this user.

    Raises:
        PrivilegeError: not root, and no user namespace with many ids either; the hint says what is missing.

    """
    if is_root():
        return
    if shutil.which("newuidmap") is None:
        raise PrivilegeError(
            _("Without root, the lab needs newuidmap."),
            hint=_("Run: sudo apt-get install uidmap, or run the lab as root."),
        )
    probe = subprocess.run(as_namespace_root(["true"]), capture_output=True, text=True, check=False)
    if probe.returncode:
        raise PrivilegeError(
            _("This user may not make user namespaces with many ids: {reason}").format(
                reason=probe.stderr.strip()
            ),
            hint=_(
                "Run the lab as root; or give the user ids (usermod --add-subuids 100000-165535 --add-subgids "
                "100000-165535 NAME) and, on Ubuntu, set the sysctl kernel.apparmor_restrict_unprivileged_userns=0."
            ),
        )
