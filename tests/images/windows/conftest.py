"""A small Windows at rest: real hives made by hivex, on a real NTFS in a file."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import uuid
from dataclasses import dataclass
from pathlib import Path

import pytest

from officefleet.images import gpt_create
from officefleet.images.windows import hive
from officefleet.images.windows.identity import Network
from officefleet.images.windows.unattend import make_identity
from officefleet.images.windows.volume import ntfs_volume

_HERE = Path(__file__).parent
_SPEC = importlib.util.spec_from_file_location("minimal_hive", _HERE / "minimal_hive.py")
assert _SPEC is not None
assert _SPEC.loader is not None
_MODULE = importlib.util.module_from_spec(_SPEC)
_SPEC.loader.exec_module(_MODULE)
write_hive = _MODULE.write_hive

MIB = 1 << 20
START, LENGTH = 4 * MIB, 40 * MIB
CARD = "{6F1B4A55-2C8A-4F4E-9E1B-0B6C1E0C0001}"
CLASS = r"Control\Network\{4D36E972-E325-11CE-BFC1-08002BE10318}"
KEY = b"-----BEGIN OPENSSH PRIVATE KEY-----\nAAAA\n-----END OPENSSH PRIVATE KEY-----\n"
PUBLIC = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ"
LAN = Network("Ethernet", "192.0.2.13/24", "192.0.2.1", ("192.0.2.1", "192.0.2.2"))


def fill_system(path: Path, *, current: int = 2) -> None:
    """A SYSTEM hive with two control sets, of which the second is used."""
    write_hive(path)
    with hive.opened(path, write=True) as system:
        for number in (1, 2):
            name = f"ControlSet{number:03d}"
            system.set(rf"{name}\Control\ComputerName\ComputerName", "ComputerName", hive.text("WIN-GOLDEN"))
            system.set(rf"{name}\Services\Tcpip\Parameters", "Hostname", hive.text("WIN-GOLDEN"))
            system.set(rf"{name}\{CLASS}\{CARD}\Connection", "Name", hive.text("Ethernet"))
            system.set(rf"{name}\Services\Tcpip\Parameters\Interfaces\{CARD}", "EnableDHCP", hive.number(1))
        system.set("Select", "Current", hive.number(current))
        system.commit()


def fill_software(path: Path, *, state: str = "IMAGE_STATE_GENERALIZE_RESEAL_TO_OOBE") -> None:
    """A SOFTWARE hive of a generalised Windows 10."""
    write_hive(path)
    with hive.opened(path, write=True) as software:
        software.set(r"Microsoft\Windows\CurrentVersion\Setup\State", "ImageState", hive.text(state))
        version = r"Microsoft\Windows NT\CurrentVersion"
        software.set(version, "CurrentBuildNumber", hive.text("19045"))
        software.set(version, "UBR", hive.number(6456))
        software.set(version, "EditionID", hive.text("Professional"))
        software.commit()


def windows_tree(root: Path, **state: str) -> None:
    """The folders and hives that matter, below `root`."""
    config = root / "Windows/System32/config"
    for folder in (config, root / "Windows/Panther", root / "ProgramData", root / "Users/Public"):
        folder.mkdir(parents=True)
    fill_system(config / "SYSTEM")
    fill_software(config / "SOFTWARE", **state)


def identity(**changes):
    """The identity of a poste."""
    return make_identity("o0421-compt-1", KEY, PUBLIC, **{"networks": [LAN], **changes})


class Windows:
    """What the tests share."""

    MIB, START, LENGTH, CARD, CLASS, KEY, PUBLIC, LAN = MIB, START, LENGTH, CARD, CLASS, KEY, PUBLIC, LAN
    write_hive = staticmethod(write_hive)
    fill_system = staticmethod(fill_system)
    fill_software = staticmethod(fill_software)
    tree = staticmethod(windows_tree)
    identity = staticmethod(identity)


@pytest.fixture(scope="session")
def windows() -> type[Windows]:
    return Windows


@dataclass(frozen=True)
class Disk:
    """A disk with one NTFS; the tools of ntfs-3g read it back without a mount."""

    path: Path
    START = START

    def mounted(self):
        return ntfs_volume(self.path, START, LENGTH)

    def partition(self) -> Path:
        out = self.path.with_suffix(".ntfs")
        with self.path.open("rb") as disk:
            disk.seek(START)
            out.write_bytes(disk.read(LENGTH))
        return out

    def cat(self, place: str) -> bytes:
        return subprocess.run(
            ["ntfscat", "--force", self.partition(), place], capture_output=True, check=True
        ).stdout

    def patch(self, offset: int, content: bytes) -> None:
        with self.path.open("r+b") as disk:
            disk.seek(START + offset)
            disk.write(content)


@pytest.fixture
def disk(tmp_path: Path) -> Disk:
    """A GPT disk with a small Windows on it."""
    if os.geteuid() != 0:
        pytest.skip("mounting needs root")
    made = Disk(tmp_path / "disk.raw")
    size = START + LENGTH + MIB
    parts = [gpt_create.NewPartition("Windows", gpt_create.BASIC_DATA, uuid.UUID(int=7), START, LENGTH)]
    head, tail = gpt_create.create(uuid.UUID(int=9), size, 512, parts)
    part = tmp_path / "part"
    with part.open("wb") as file:
        file.truncate(LENGTH)
    subprocess.run(["mkntfs", "-q", "-F", "-f", "-L", "Windows", part], capture_output=True, check=True)
    with made.path.open("wb") as file:
        file.write(head)
        file.seek(START)
        file.write(part.read_bytes())
        file.seek(size - len(tail))
        file.write(tail)
    with made.mounted() as root:
        windows_tree(root)
    return made
