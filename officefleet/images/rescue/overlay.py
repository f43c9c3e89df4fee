"""What makes the rescue environment that of one poste: its host key, who may log in, its name."""

from __future__ import annotations

import json
from dataclasses import dataclass

from officefleet.images.rescue.cpio import archive
from officefleet.images.rescue.dropbear import host_key


@dataclass(frozen=True, slots=True)
class Overlay:
    """One boot of one poste.

    Attributes:
        initrd: an uncompressed archive; the boot loader gives it to the kernel before the rescue initramfs.
        known_host: the public host key as in a known_hosts file, ``ssh-ed25519 AAAA...``.

    """

    initrd: bytes
    known_host: str


def make_overlay(poste: str, authorized_key: str, seed: bytes | None = None) -> Overlay:
    """Return the overlay of a poste, with a fresh host key that the controller knows before first contact.

    Args:
        poste: name.
        authorized_key: the controller's public key, one line of an authorized_keys file.
        seed: 32 bytes of the host key's private half; fresh ones by default.

    """
    private, public = host_key(seed)
    files = {
        "etc/dropbear/hostkey": (0o600, private),
        "root/.ssh/authorized_keys": (0o600, authorized_key.strip().encode() + b"\n"),
        "etc/poste.json": (0o644, json.dumps({"name": poste}).encode() + b"\n"),
    }
    return Overlay(archive(files), public)
