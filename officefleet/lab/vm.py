"""Postes as QEMU machines: for what a container cannot be, such as disks, firmware and boot."""

from __future__ import annotations

import contextlib
import json
import shutil
import socket
import subprocess
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from officefleet.errors import LabError
from officefleet.i18n import _

if TYPE_CHECKING:
    from types import TracebackType
    from typing import Self

_QEMU = "qemu-system-x86_64"
_PROBE_SECONDS = 10
_PROBE_STATUS = 33  # isa-debug-exit ends QEMU with (value << 1) | 1; the boot sector writes 0x10
_BOOT_SECTOR = (
    b"\xb0\x10\xe6\xf4\xf4\xeb\xfd".ljust(510, b"\0") + b"\x55\xaa"
)  # mov al,16; out 0xf4,al; hlt; jmp
_OVMF_CODE = Path("/usr/share/OVMF/OVMF_CODE_4M.fd")
_OVMF_VARS = Path("/usr/share/OVMF/OVMF_VARS_4M.fd")
_SECURE_CODE = Path("/usr/share/OVMF/OVMF_CODE_4M.ms.fd")
_SECURE_VARS = Path("/usr/share/OVMF/OVMF_VARS_4M.ms.fd")  # Microsoft's keys enrolled, Secure Boot on
_POLL = 0.2
_TAIL = 1500


def probe_accelerator() -> str:
    """Return "kvm" if a guest really runs under it, else "tcg".

    ``/dev/kvm`` may exist and hang: so a boot sector is run under KVM and must end the machine.

    Raises:
        LabError: QEMU is not installed.

    """
    program = _qemu()
    if not Path("/dev/kvm").exists():
        return "tcg"
    with tempfile.NamedTemporaryFile(suffix=".img") as disk:
        disk.write(_BOOT_SECTOR)
        disk.flush()
        command = [program, "-accel", "kvm", "-display", "none", "-nodefaults", "-m", "16"]
        command += ["-device", "isa-debug-exit,iobase=0xf4,iosize=4"]
        command += ["-drive", f"file={disk.name},format=raw,if=ide,readonly=on"]
        try:
            done = subprocess.run(command, capture_output=True, timeout=_PROBE_SECONDS, check=False)
        except subprocess.TimeoutExpired:
            return "tcg"
    return "kvm" if done.returncode == _PROBE_STATUS else "tcg"


@dataclass(frozen=True, slots=True, kw_only=True)
class Hardware:
    """What a machine is made of.

    Attributes:
        disk: file of the disk that it starts from, raw.
        disks: files of more disks, raw, which can be pulled out while it runs.
        memory_mb: RAM.
        firmware: "bios", "uefi", or "secure-boot": UEFI that starts only what Microsoft's keys vouch for.
        kernel: boots this kernel instead of the disk.
        initrd: for `kernel`; several archives are joined, e.g. a poste's overlay and the rescue.
        append: kernel command line.
        accelerator: from `probe_accelerator`.
        reboots: a machine that restarts itself starts again; else it ends.

    """

    disk: Path
    disks: tuple[Path, ...] = ()
    memory_mb: int = 1536
    firmware: str = "bios"
    kernel: Path | None = None
    initrd: tuple[bytes, ...] = ()
    append: str = "console=ttyS0 quiet panic=-1"
    accelerator: str = "tcg"
    reboots: bool = False


@dataclass
class Machine:
    """A running QEMU machine whose port 22 is on the loopback; from inside, the host's loopback is 10.0.2.2."""

    hardware: Hardware
    identity: Path
    known_host: str
    port: int = 0
    _folder: tempfile.TemporaryDirectory[str] = field(init=False, repr=False)
    _process: subprocess.Popen[bytes] | None = field(init=False, repr=False, default=None)

    def __enter__(self) -> Self:
        self._folder = tempfile.TemporaryDirectory(prefix="officefleet-vm-")
        try:
            self._start()
        except BaseException:
            self._folder.cleanup()
            raise
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        self.stop()
        self._folder.cleanup()

    def stop(self) -> None:
        """Cut the power."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()

    def wait_ended(self, seconds: float) -> None:
        """Wait until the machine has switched itself off or was reset.

        Raises:
            LabError: it is still running.

        """
        if self._process is not None:
            try:
                self._process.wait(seconds)
            except subprocess.TimeoutExpired as error:
                raise LabError(_("The machine did not stop.")) from error

    @property
    def serial(self) -> str:
        """What the machine has written to its serial console."""
        path = Path(self._folder.name) / "serial"
        return path.read_text(errors="replace") if path.exists() else ""

    def pull(self, number: int) -> None:
        """Pull one of the further disks out, counted from 0, as a hand would: the system is not asked.

        Raises:
            LabError: QEMU refuses.

        """
        self._order("device_del", id=f"disk{number}")

    def insert(self, number: int, file: Path) -> None:
        """Put a disk in; `number` names it for `pull`, and is not that of another.

        Raises:
            LabError: QEMU refuses.

        """
        drive = {
            "node-name": f"node{number}",
            "driver": "raw",
            "file": {"driver": "file", "filename": str(file)},
        }
        self._order("blockdev-add", **drive)
        self._order(
            "device_add",
            driver="scsi-hd",
            bus="scsi.0",
            id=f"disk{number}",
            drive=f"node{number}",
            lun=number,
        )

    def _order(self, verb: str, **arguments: object) -> None:
        """Give QEMU one order (its QMP); the first line is its greeting, the second its answer to the handshake."""
        with socket.socket(socket.AF_UNIX) as line:
            line.settimeout(30)
            line.connect(str(Path(self._folder.name) / "qmp"))
            answers = line.makefile("r", encoding="utf-8")
            answers.readline()
            for order in ({"execute": "qmp_capabilities"}, {"execute": verb, "arguments": arguments}):
                line.sendall(json.dumps(order).encode() + b"\n")
                while True:
                    answer = json.loads(answers.readline())
                    if "error" in answer:
                        raise LabError(
                            _("The machine refuses: {reason}").format(reason=answer["error"]["desc"])
                        )
                    if "return" in answer:
                        break
            answers.close()

    def wait_for_ssh(self, seconds: float) -> float:
        """Wait for a login with the expected host key; return the seconds that it took.

        Raises:
            LabError: none came in time, or the machine stopped; the end of its console is in the message.

        """
        started = time.monotonic()
        while time.monotonic() - started < seconds:
            if self._process is None or self._process.poll() is not None:
                break
            with contextlib.suppress(subprocess.TimeoutExpired):
                if self.ssh("true", seconds=20).returncode == 0:
                    return time.monotonic() - started
            time.sleep(_POLL)
        raise LabError(
            _("The machine does not answer: {console}").format(console=self.serial[-_TAIL:].strip())
        )

    def ssh(
        self, command: str, *, text: bytes = b"", seconds: float = 600
    ) -> subprocess.CompletedProcess[bytes]:
        """Run a command as root; only the recorded host key is accepted.

        Raises:
            subprocess.TimeoutExpired: it took longer than `seconds`.

        """
        known = Path(self._folder.name) / "known_hosts"
        known.write_text(f"[127.0.0.1]:{self.port} {self.known_host}\n", encoding="ascii")
        arguments = ["ssh", "-q", "-F", "none", "-i", str(self.identity), "-p", str(self.port)]
        for option in ("BatchMode=yes", "ConnectTimeout=5", "StrictHostKeyChecking=yes"):
            arguments += ["-o", option]
        arguments += ["-o", f"UserKnownHostsFile={known}", "root@127.0.0.1", command]
        return subprocess.run(arguments, input=text, capture_output=True, timeout=seconds, check=False)

    def _start(self) -> None:
        folder = Path(self._folder.name)
        self.port = self.port or _free_port()
        network = [f"user,id=n,hostfwd=tcp:127.0.0.1:{self.port}-:22", "virtio-net-pci,netdev=n,romfile="]
        command = qemu_command(self.hardware, folder, netdev=network[0], card=network[1])
        self._process = subprocess.Popen(command, stdin=subprocess.DEVNULL)


def qemu_command(hardware: Hardware, folder: Path, *, netdev: str, card: str) -> list[str]:
    """Return the arguments that run a machine; its console goes to the file ``serial`` in `folder`.

    Args:
        hardware: what it is made of.
        folder: for its firmware's memory, its initramfs and its console.
        netdev: QEMU's ``-netdev``.
        card: QEMU's ``-device`` of the network card.

    Raises:
        LabError: QEMU or the firmware is not installed.

    """
    kvm = hardware.accelerator == "kvm"
    command = [
        _qemu(),
        "-accel",
        hardware.accelerator,
        "-M",
        "q35",
        "-smp",
        "2",
        "-m",
        str(hardware.memory_mb),
    ]
    # qemu64 rather than all that QEMU can emulate: what needs newer instructions is slower under emulation.
    command += ["-cpu", "host" if kvm else "qemu64", "-display", "none", "-nodefaults", "-monitor", "none"]
    command += ["-serial", f"file:{folder / 'serial'}", "-device", "virtio-rng-pci"]
    command += ["-netdev", netdev, "-device", card]
    command += ["-drive", f"file={hardware.disk},if=none,id=d,format=raw,cache=writeback,discard=unmap"]
    command += ["-device", "virtio-blk-pci,drive=d,bootindex=1"]
    if hardware.disks:
        command += ["-qmp", f"unix:{folder / 'qmp'},server=on,wait=off", "-device", "virtio-scsi-pci,id=scsi"]
    for number, disk in enumerate(hardware.disks):
        command += ["-blockdev", f"node-name=node{number},driver=raw,file.driver=file,file.filename={disk}"]
        command += ["-device", f"scsi-hd,bus=scsi.0,id=disk{number},drive=node{number},lun={number}"]
    if not hardware.reboots:
        command.append("-no-reboot")
    if hardware.firmware != "bios":
        command += _uefi(folder, secure_boot=hardware.firmware == "secure-boot")
    if hardware.kernel is not None:
        (folder / "initrd").write_bytes(join_archives(hardware.initrd))
        command += ["-kernel", str(hardware.kernel), "-initrd", str(folder / "initrd")]
        command += ["-append", hardware.append]
    return command


def join_archives(archives: tuple[bytes, ...]) -> bytes:
    """Return several initramfs archives as one: the kernel expects each to begin at a multiple of four."""
    return b"".join(one + bytes(-len(one) % 4) for one in archives)


def _uefi(folder: Path, *, secure_boot: bool) -> list[str]:
    if not _OVMF_CODE.exists():
        raise LabError(_("UEFI machines need the package {package}.").format(package="ovmf"))
    code, variables = (_SECURE_CODE, _SECURE_VARS) if secure_boot else (_OVMF_CODE, _OVMF_VARS)
    if not (folder / "vars").exists():
        shutil.copyfile(variables, folder / "vars")
    drives = ["-drive", f"if=pflash,format=raw,unit=0,readonly=on,file={code}"]
    drives += ["-drive", f"if=pflash,format=raw,unit=1,file={folder / 'vars'}"]
    if secure_boot:  # only the firmware itself may then write its variables
        drives += ["-global", "driver=cfi.pflash01,property=secure,value=on"]
    return drives


def _qemu() -> str:
    found = shutil.which(_QEMU)
    if found is None:
        raise LabError(
            _("{program} is not installed.").format(program=_QEMU),
            hint=_("On Debian: apt-get install qemu-system-x86."),
        )
    return found


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])
