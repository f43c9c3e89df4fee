"""Running the programs of Debian that make and read disks."""

from __future__ import annotations

import os
import shutil
import subprocess
from typing import TYPE_CHECKING

from officefleet.errors import ImageError
from officefleet.i18n import _

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_PACKAGES = {
    "mmdebstrap": "mmdebstrap",
    "mke2fs": "e2fsprogs",
    "e2fsck": "e2fsprogs",
    "debugfs": "e2fsprogs",
    "mkfs.vfat": "dosfstools",
    "mmd": "mtools",
    "mcopy": "mtools",
    "mdir": "mtools",
    "mdeltree": "mtools",
    "qemu-img": "qemu-utils",
    "rsync": "rsync",
    "wimlib-imagex": "wimtools",
    "mkntfs": "ntfs-3g",
    "mount": "mount",
    "fstrim": "util-linux",
}
_TAIL = 600


def run_tool(
    arguments: Sequence[str],
    *,
    text: bytes = b"",
    environment: Mapping[str, str] | None = None,
    accepted: Sequence[int] = (0,),
) -> bytes:
    """Run a program to its end; return its standard output.

    Args:
        arguments: program and arguments.
        text: its standard input.
        environment: variables added to this process's.
        accepted: exit statuses that are no error.

    Raises:
        ImageError: it is not installed or failed; the end of what it said is in the message.

    """
    path = os.pathsep.join([os.environ.get("PATH", ""), "/usr/sbin", "/sbin"])
    program = shutil.which(arguments[0], path=path)
    if program is None:
        package = _PACKAGES.get(arguments[0], arguments[0])
        raise ImageError(
            _("The program {program} is not installed.").format(program=arguments[0]),
            hint=_("On Debian: apt-get install {package}.").format(package=package),
        )
    done = subprocess.run(
        [program, *arguments[1:]],
        input=text,
        capture_output=True,
        check=False,
        env={**os.environ, "PATH": path, "LC_ALL": "C.UTF-8", **(environment or {})},
    )
    if done.returncode not in accepted:
        said = (done.stderr or done.stdout).decode("utf-8", "replace").strip()[-_TAIL:]
        raise ImageError(
            _("{program} failed with status {status}: {said}").format(
                program=arguments[0], status=done.returncode, said=said
            )
        )
    return done.stdout
