"""Bubblewrap: a view of this machine in which only a few folders can be written, as root or not."""

from __future__ import annotations

import shutil
import subprocess
from typing import TYPE_CHECKING

from officefleet.errors import LabError
from officefleet.i18n import _

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

# Its own process ids: when the sandbox's first process dies, the kernel ends all the others. And that one
# dies with us, so that not even SIGKILL leaves an sshd behind.
_ISOLATION = ("--unshare-pid", "--unshare-ipc", "--unshare-uts", "--die-with-parent", "--new-session")


def find_program(name: str, package: str) -> str:
    """Return the path of a system program, also from the sbin folders that users lack in PATH.

    Raises:
        LabError: it is not installed; the hint names Debian's `package`.

    """
    found = shutil.which(name) or shutil.which(name, path="/usr/sbin:/sbin:/usr/local/sbin")
    if not found:
        raise LabError(
            _("{program} is not installed.").format(program=name),
            hint=_("Run: apt-get install {package}").format(package=package),
        )
    return found


def sandbox_command(
    command: Sequence[str],
    *,
    writable: Mapping[Path, str],
    read_only: Mapping[Path, str] | None = None,
    empty: Sequence[str] = (),
    hostname: str,
) -> list[str]:
    """Return the argument list that runs `command` with this machine's files, read-only.

    Args:
        command: program and arguments, as seen inside.
        writable: folders (or files) of this machine -> the absolute path inside that shows them.
        read_only: the same, but they cannot be changed inside.
        empty: folders inside whose contents are hidden.
        hostname: what the inside calls itself.

    """
    arguments = [find_program("bwrap", "bubblewrap"), *_ISOLATION, "--hostname", hostname]
    arguments += ["--ro-bind", "/", "/", "--dev", "/dev", "--proc", "/proc"]
    arguments += ["--tmpfs", "/run", "--perms", "0755", "--dir", "/run/sshd"]
    for inside in empty:
        arguments += ["--tmpfs", inside]
    for outside, inside in writable.items():
        arguments += ["--bind", str(outside), inside]
    for outside, inside in (read_only or {}).items():
        arguments += ["--ro-bind", str(outside), inside]
    return [*arguments, "--", *command]


def check_sandbox() -> None:
    """Prove that a sandbox can start here.

    Raises:
        LabError: bubblewrap is missing, or the kernel gives this user no user namespaces.

    """
    command = sandbox_command(["true"], writable={}, hostname="probe")
    probe = subprocess.run(command, capture_output=True, text=True, check=False)
    if probe.returncode:
        raise LabError(
            _("Bubblewrap cannot start a sandbox: {reason}").format(reason=probe.stderr.strip()),
            hint=_(
                "This user may not make user namespaces: run as root, or set the sysctl "
                "kernel.apparmor_restrict_unprivileged_userns=0 (Ubuntu) or "
                "kernel.unprivileged_userns_clone=1 (Debian)."
            ),
        )
