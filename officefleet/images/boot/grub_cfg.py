"""What GRUB is told on a stick; the same file for UEFI and BIOS.

Debian's signed GRUB reads ``/EFI/debian/grub.cfg`` of the partition that it came from, and nothing in this file
needs a module that it has not built in (Secure Boot lets it load none).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from officefleet.images.boot.served import OPTIONS

if TYPE_CHECKING:
    from collections.abc import Sequence

_TIMEOUT = 3


def stick_menu(hosts: Sequence[str], mark: str) -> str:
    """Return the menu of a stick.

    Args:
        hosts: names of the postes; with one, it boots by itself after 3 seconds, with several somebody chooses.
        mark: path of a file that only the stick has.

    """
    lines = [
        "# officefleet rescue",
        f"search --no-floppy --file {mark} --set=root",
        "set default=0",
        f"set timeout={_TIMEOUT if len(hosts) == 1 else -1}",
    ]
    if len(hosts) > 1:
        lines += ["echo 'Quel ordinateur faut-il remettre en service ?'"]
    for host in hosts:
        lines += [
            f"menuentry 'Secours de {host}' {{",
            f"  echo 'Chargement du secours de {host}, une minute...'",
            f"  linux /officefleet/vmlinuz {OPTIONS}",
            f"  initrd /officefleet/postes/{host}.cpio /officefleet/rescue.cpio.zst",
            "}",
        ]
    lines += ["menuentry 'Ne rien faire : eteindre' {", "  halt", "}"]
    return "\n".join(lines) + "\n"
