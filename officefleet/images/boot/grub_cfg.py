"""What GRUB is told, as text; the same file for UEFI and BIOS.

Debian's signed GRUB reads ``/EFI/debian/grub.cfg`` of the partition that it came from, and nothing in this file
needs a module that it has not built in (Secure Boot lets it load none).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

# The last console is the screen: init's own words and the kernel's panic go there.
OPTIONS = "console=ttyS0 console=tty0 quiet panic=30"
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


def network_menu(server: str, port: int) -> str:
    """Return GRUB's first file over the network: it asks for the file of its own card, else goes to the disk.

    Args:
        server: IPv4 address of the netboot service.
        port: of its HTTP.

    """
    return (
        "# officefleet netboot\n"
        f"set server='(http,{server}:{port})'\n"
        "if configfile ${server}/grub/${net_default_mac}.cfg; then true; fi\n"
        "echo 'Pas de reconstruction prevue : demarrage normal.'\n"
        "exit\n"
    )


def armed_entry(server: str, port: int, dashed: str, host: str) -> str:
    """Return the file of an armed card: straight into the rescue.

    Args:
        server: IPv4 address of the netboot service.
        port: of its HTTP.
        dashed: the card's address, ``52-54-00-12-34-56``.
        host: name of the poste.

    """
    base = f"(http,{server}:{port})"
    return (
        f"echo 'Chargement du secours de {host}...'\n"
        f"linux {base}/vmlinuz {OPTIONS}\n"
        f"initrd {base}/rescue.cpio.zst {base}/overlay/{dashed}.cpio\n"
        "boot\n"
    )
