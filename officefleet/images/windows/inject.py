"""Everything that makes a restored Windows one poste, written into its mounted partition."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

from officefleet.images.windows import firstboot, registry
from officefleet.images.windows.hivecheck import check_hive
from officefleet.images.windows.tree import need, write_private

if TYPE_CHECKING:
    from pathlib import Path

    from officefleet.images.windows.identity import WindowsIdentity

CONFIG = "Windows/System32/config"
ANSWER_FILE = "Windows/Panther/unattend.xml"
HOST_KEY = "ProgramData/ssh/ssh_host_ed25519_key"


@dataclass(frozen=True, slots=True)
class Injected:
    """What was done.

    Attributes:
        facts: what Windows said of itself.
        networks: connections set in the registry; the others are left to the answer file.

    """

    facts: registry.Facts
    networks: tuple[str, ...]


def write_windows_identity(root: Path, identity: WindowsIdentity) -> Injected:
    """Write an identity below `root`, the mounted partition of a Windows at rest.

    Nothing is written unless both hives are whole and clean.

    Raises:
        TargetError: the identity is malformed, the partition holds no whole Windows, or its registry is not clean.

    """
    identity.check()
    system, software = (need(root, f"{CONFIG}/{name}") for name in ("SYSTEM", "SOFTWARE"))
    check_hive(system)
    check_hive(software)
    facts = registry.read_facts(software)
    networks = registry.write_system(system, identity.hostname, identity.networks)
    registry.write_software(software)
    contents = {
        ANSWER_FILE: identity.answer_file.encode(),
        HOST_KEY: identity.host_key,
        f"{HOST_KEY}.pub": f"{identity.host_key_public.strip()}\n".encode(),
        **firstboot.files(identity.account, identity.authorized_keys, identity.recovery_certificate),
    }
    for place, content in contents.items():
        write_private(root, place, content)
    os.sync()
    return Injected(facts, tuple(networks))
