"""One QEMU machine of the lab, from the keeper's side: the same switches as a container has (`machine.Machine`)."""

from __future__ import annotations

import os
import signal
import subprocess
from dataclasses import dataclass
from typing import TYPE_CHECKING

from officefleet.lab.network import in_namespace, plug, port_of, router_of
from officefleet.lab.vm import Hardware, qemu_command

if TYPE_CHECKING:
    from pathlib import Path

    from officefleet.lab.topology import LabHost, LabSite

_MEMORY_MB = 1536


@dataclass(frozen=True, slots=True)
class Stick:
    """The rescue USB stick: what a machine that is started from it loads.

    Attributes:
        kernel: the rescue environment's.
        archives: its initramfs, this machine's overlay, the restore as it is now.

    """

    kernel: Path
    archives: tuple[Path, ...]


class Computer:
    """A machine with a disk and a firmware of its own; only the keeper makes these.

    Args:
        site: the pharmacy it stands in.
        host: name, address and firmware.
        folder: for its disk (``disk.raw``), its firmware's memory and its console (``serial``).
        stick: what it starts from instead of its disk when it is asked to.
        accelerator: see `officefleet.lab.vm.probe_accelerator`.

    """

    def __init__(self, site: LabSite, host: LabHost, *, folder: Path, stick: Stick, accelerator: str) -> None:
        self.host = host
        self._site = site
        self._folder = folder
        self._stick = stick
        self._accelerator = accelerator
        self._from_stick = False
        self.pid: int | None = None

    def start(self, *, rescue: bool = False) -> None:
        """Power on, from the disk or from the rescue stick."""
        self._from_stick = rescue
        stick = self._stick
        hardware = Hardware(
            disk=self._folder / "disk.raw",
            memory_mb=_MEMORY_MB,
            firmware=self.host.firmware,
            kernel=stick.kernel if rescue else None,
            initrd=tuple(one.read_bytes() for one in stick.archives) if rescue else (),
            accelerator=self._accelerator,
            reboots=not rescue,
        )
        plug(self._site, self.host, powered=True)
        port = port_of(self._site, self.host)
        command = qemu_command(
            hardware,
            self._folder,
            netdev=f"tap,id=n,ifname={port},script=no,downscript=no",
            card=f"virtio-net-pci,netdev=n,romfile=,mac={self.host.mac}",
        )
        with (self._folder / "qemu.log").open("ab") as log:
            process = subprocess.Popen(
                in_namespace(router_of(self._site), command),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        self.pid = process.pid
        process.returncode = 0  # the keeper, being process 1, reaps all children itself

    def cut_power(self) -> None:
        """End the machine at once; what its disk has not taken yet is lost."""
        if self.pid is not None:
            os.kill(self.pid, signal.SIGKILL)

    def ended(self) -> None:
        """Note that the machine is off."""
        self.pid = None
        plug(self._site, self.host, powered=False)

    def restarts(self, _code: int) -> bool:
        """Whether the machine starts again by itself: from the rescue stick it leaves by a restart, the stick is out."""
        return self._from_stick
