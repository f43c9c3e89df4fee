"""A rescue for real machines, built once and kept; machines that start from a stick or from the network."""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import socket
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest

from officefleet.images import rescue as rescue_package
from officefleet.images.rescue.builder import Rescue, build_rescue, open_rescue
from officefleet.images.rescue.loaders import build_loaders
from officefleet.lab.base import cache_folder
from officefleet.lab.vm import Machine, qemu_command

_SOURCES = Path(rescue_package.__file__).parent


def _digest() -> str:
    found = hashlib.sha256()  # not the restore inside: other tests look at that, and it changes daily
    for path in sorted(_SOURCES.rglob("*")):
        if path.is_file() and "__pycache__" not in path.parts:
            found.update(os.fsencode(path.name) + b"\0" + path.read_bytes() + b"\0")
    return found.hexdigest()[:16]


@pytest.fixture(scope="session")
def full_rescue() -> Rescue:
    """The rescue with Debian's full kernel and its loaders; two minutes when these sources were never built."""
    folder = cache_folder() / "machines" / f"boot-{_digest()}"
    folder.parent.mkdir(parents=True, exist_ok=True)
    with (folder.parent / "boot.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not folder.is_dir():
            building = folder.with_suffix(".building")
            shutil.rmtree(building, ignore_errors=True)
            building.mkdir()
            build_loaders(building)
            build_rescue(building)
            for other in folder.parent.glob("boot-*"):
                if other.is_dir() and other != building:
                    shutil.rmtree(other, ignore_errors=True)
            building.rename(folder)
    return open_rescue(folder)


@pytest.fixture
def controller_key(tmp_path) -> tuple[Path, str]:
    """The controller's private key file, and its public line."""
    path = tmp_path / "controller"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "", "-f", path], check=True)
    return path, path.with_suffix(".pub").read_text().strip()


@dataclass
class StickMachine(Machine):
    """A machine with blank disks on virtio, SATA and NVMe, an Intel card, and a USB stick that comes first."""

    stick: Path | None = None

    def _start(self) -> None:
        self.port = self.port or free_port()
        folder = Path(self._folder.name)
        command = qemu_command(
            self.hardware,
            folder,
            netdev=f"user,id=n,hostfwd=tcp:127.0.0.1:{self.port}-:22",
            card="e1000e,netdev=n,romfile=",
        )
        for name, device in (("a", "ide-hd,drive=a"), ("m", "nvme,drive=m,serial=m")):
            with (folder / name).open("wb") as file:
                file.truncate(64 << 20)
            command += ["-drive", f"if=none,id={name},format=raw,file={folder / name}", "-device", device]
        command += ["-device", "qemu-xhci", "-drive", f"if=none,id=s,format=raw,file={self.stick}"]
        command += ["-device", "usb-storage,drive=s,bootindex=0,removable=on"]
        self._process = subprocess.Popen(command, stdin=subprocess.DEVNULL)


@pytest.fixture(scope="session")
def stick_machine() -> type[StickMachine]:
    return StickMachine


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])
