"""Many real sshd processes on the loopback, each in a sandbox: the light kit of tests and benchmarks."""

from __future__ import annotations

import os
import pwd
import random
import socket
import subprocess
import tempfile
import time
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Self

import yaml

from officefleet.errors import LabError
from officefleet.i18n import _
from officefleet.lab.keys import fingerprint, make_key
from officefleet.lab.sandbox import check_sandbox, find_program, sandbox_command

if TYPE_CHECKING:
    from types import TracebackType

# What a host may write to; everything else of this machine is read-only inside.
_FOLDERS = ("tmp", "var/tmp", "srv")

_CONFIG = """\
ListenAddress {address}:{port}
HostKey /run/lab/host_key
AuthorizedKeysFile /run/lab/authorized_keys
PidFile none
AuthenticationMethods publickey
StrictModes no
UsePAM no
UseDNS no
PrintMotd no
PrintLastLog no
LogLevel INFO
LoginGraceTime 60
MaxStartups 1000
MaxSessions 100
PerSourceMaxStartups none
Subsystem sftp internal-sftp
"""


@dataclass(frozen=True)
class FarmHost:
    """One sshd and the folders that only it sees.

    Attributes:
        name: ``"host-01"``, ...
        address: its own loopback address, ``127.x.y.z``.
        port: TCP port.
        user: whom to log in as (the user who started the farm).
        folder: its files as this machine sees them: ``home``, ``tmp``, ``srv``, ...; inside they are the
            user's home folder, ``/tmp``, ``/srv``, ...
        host_key: public host key, ``"ssh-ed25519 AAAA..."``.

    """

    name: str
    address: str
    port: int
    user: str
    folder: Path
    host_key: str

    @property
    def home(self) -> Path:
        """The folder that the host's user sees as home."""
        return self.folder / "home"


class SshFarm:
    """`count` sshd processes, started on entering the context and gone after it.

    Each host has its own address, port, host key, process ids, home, ``/tmp``, ``/var/tmp`` and ``/srv``;
    the rest of the file system is this machine's, read-only, so that no test can harm it. Works as root
    and as any user who may make user namespaces. The kernel ends the hosts when the thread that entered
    the context ends, so enter it in a thread that lives as long as the farm.

    Example:
        with SshFarm(20) as farm:
            subprocess.run([*farm.ssh_command(farm.hosts[0]), "true"], check=True)

    Args:
        count: how many hosts, 1 to 250.
        directory: where to keep keys, homes and logs; a temporary folder, removed at the end, when None.

    Attributes:
        hosts: filled on entering the context.

    """

    def __init__(self, count: int, *, directory: Path | None = None) -> None:
        self._count = count
        self._directory = directory
        self._stack = ExitStack()
        self.hosts: list[FarmHost] = []

    def __enter__(self) -> Self:
        check_sandbox()
        with ExitStack() as stack:
            if self._directory is None:
                temporary = tempfile.TemporaryDirectory(
                    prefix="officefleet-farm-", ignore_cleanup_errors=True
                )
                self._directory = Path(stack.enter_context(temporary))
            self._authorized = make_key(self.private_key, comment="officefleet-farm")
            network = f"127.{random.randint(16, 250)}.{random.randint(1, 250)}"  # noqa: S311  no secret: farms stay apart
            waiting = [
                self._start(stack, number, f"{network}.{number}") for number in range(1, self._count + 1)
            ]
            for host, process in waiting:
                _wait(host, process)
                self.hosts.append(host)
            self._write_known_hosts()
            self._stack = stack.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.close()
        self.hosts.clear()

    @property
    def directory(self) -> Path:
        """Where the farm keeps its files; known inside the context."""
        assert self._directory is not None  # noqa: S101  set on entering the context
        return self._directory

    @property
    def private_key(self) -> Path:
        """The private key that every host accepts."""
        return self.directory / "id_ed25519"

    @property
    def known_hosts(self) -> Path:
        """A known_hosts file with every host's key."""
        return self.directory / "known_hosts"

    def fingerprints(self) -> dict[str, str]:
        """Return host name -> ``SHA256:...`` of its host key."""
        return {host.name: fingerprint(host.host_key) for host in self.hosts}

    def environment(self) -> dict[str, str]:
        """Return the variables that point officefleet at the farm's key and known hosts."""
        return {
            "OFFICEFLEET_PRIVATE_KEY": str(self.private_key),
            "OFFICEFLEET_KNOWN_HOSTS": str(self.known_hosts),
        }

    def write_inventory(self, path: Path) -> None:
        """Write an Ansible YAML inventory of the hosts (group ``farm``) to `path`."""
        hosts = {
            host.name: {
                "ansible_host": host.address,
                "ansible_port": host.port,
                "ansible_user": host.user,
                "ansible_ssh_private_key_file": str(self.private_key),
                "ansible_python_interpreter": "/usr/bin/python3",
            }
            for host in self.hosts
        }
        tree = {"all": {"children": {"farm": {"hosts": hosts}}}}
        path.write_text(yaml.safe_dump(tree, sort_keys=False), encoding="utf-8")

    def ssh_command(self, host: FarmHost) -> list[str]:
        """Return the OpenSSH client's arguments up to the command to run on `host`."""
        options = ("-F", "none", "-o", f"UserKnownHostsFile={self.known_hosts}", "-o", "BatchMode=yes")
        target = ("-i", str(self.private_key), "-p", str(host.port), f"{host.user}@{host.address}")
        return ["ssh", *options, *target]

    def _start(self, stack: ExitStack, number: int, address: str) -> tuple[FarmHost, subprocess.Popen[bytes]]:
        folder = self.directory / f"host-{number:02d}"
        host = _prepare(folder, address, authorized=self._authorized)
        with (folder / "sshd.log").open("wb") as log:
            process = subprocess.Popen(_command(host), stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        stack.callback(_end, process)
        return host, process

    def _write_known_hosts(self) -> None:
        lines = [f"[{host.address}]:{host.port} {host.host_key}\n" for host in self.hosts]
        self.known_hosts.write_text("".join(lines), encoding="utf-8")


def _prepare(folder: Path, address: str, *, authorized: str) -> FarmHost:
    """Lay out one host's folders, keys and configuration."""
    private = folder / "run"
    for part in ("home", "run", *_FOLDERS):
        (folder / part).mkdir(parents=True)
    for part in ("tmp", "var/tmp"):
        (folder / part).chmod(0o1777)
    (folder / "home").chmod(0o700)
    public = make_key(private / "host_key", comment=folder.name)
    with socket.socket() as probe:
        # The address is this farm's own, so nobody takes the port between here and sshd's bind.
        probe.bind((address, 0))
        port = int(probe.getsockname()[1])
    (private / "authorized_keys").write_text(authorized + "\n", encoding="utf-8")
    (private / "sshd_config").write_text(_CONFIG.format(address=address, port=port), encoding="utf-8")
    user = pwd.getpwuid(os.getuid()).pw_name
    accounts = f"{user}:x:{os.getuid()}:{os.getgid()}::{_home(user)}:/bin/sh\n"
    if os.getuid() == 0:  # sshd separates its privileges only when it starts with some
        accounts += "sshd:x:65534:65534::/run/sshd:/usr/sbin/nologin\n"
    # Ours rather than the machine's: root's account may be locked there, and shells differ.
    (private / "passwd").write_text(accounts, encoding="utf-8")
    # No tty group: an unprivileged sshd could not give a terminal to it.
    (private / "group").write_text(f"{user}:x:{os.getgid()}:\n", encoding="utf-8")
    (private / "shadow").write_text(f"{user}:*:::::::\n", encoding="utf-8")
    return FarmHost(folder.name, address, port, user, folder, " ".join(public.split()[:2]))


def _home(user: str) -> str:
    return "/root" if user == "root" else f"/home/{user}"


def _command(host: FarmHost) -> list[str]:
    private = host.folder / "run"
    writable = {host.folder / part: f"/{part}" for part in _FOLDERS}
    writable[host.home] = _home(host.user)
    read_only = {private: "/run/lab"}
    read_only |= {private / name: f"/etc/{name}" for name in ("passwd", "group", "shadow")}
    sshd = find_program("sshd", "openssh-server")
    return sandbox_command(
        [sshd, "-D", "-e", "-f", "/run/lab/sshd_config"],
        writable=writable,
        read_only=read_only,
        empty=("/home",),
        hostname=host.name,
    )


def _wait(host: FarmHost, process: subprocess.Popen[bytes], *, seconds: float = 20) -> None:
    """Return once `host` accepts connections.

    Raises:
        LabError: it ended, or did not listen in time; the message ends with its last words.

    """
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline and process.poll() is None:
        try:
            socket.create_connection((host.address, host.port), timeout=1).close()
        except OSError:
            time.sleep(0.005)
        else:
            return
    said = (host.folder / "sshd.log").read_text(encoding="utf-8", errors="replace").strip()
    raise LabError(_("sshd did not start for {host}: {reason}").format(host=host.name, reason=said[-500:]))


def _end(process: subprocess.Popen[bytes]) -> None:
    process.kill()  # bwrap's: its death ends every process in the sandbox
    process.wait()
