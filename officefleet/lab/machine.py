"""One host of the lab, from the keeper's side: its disk, its container, its power switch."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

from officefleet.lab import cgroups
from officefleet.lab.network import namespace_path, plug

if TYPE_CHECKING:
    from officefleet.lab.topology import LabHost, LabSite

USER = "officefleet"
_HOST_SCRIPT = Path(__file__).parent / "data" / "host.sh"
_REBOOT = 133  # systemd-nspawn --keep-unit: the system inside wants to start again (EXIT_FORCE_RESTART)
_USER_ID = 1000  # data/base.sh creates the account


class Machine:
    """A Debian host on an overlay; only the keeper makes these.

    Args:
        lab: the lab's name.
        site: the pharmacy it stands in.
        host: name and address.
        base: the shared tree below the overlay.
        disk: an existing folder for this host's overlay (what it writes, its mount point).
        systemd: boot the whole system; False starts sshd only, for want of control groups.
        console: file that gets what the host says while it starts.

    """

    def __init__(
        self, lab: str, site: LabSite, host: LabHost, *, base: Path, disk: Path, systemd: bool, console: Path
    ) -> None:
        self.host = host
        self._site = site
        self._lab = lab
        self._base = base
        self._disk = disk
        self._systemd = systemd
        self._console = console
        self.pid: int | None = None

    @property
    def root(self) -> Path:
        """The host's file system as the keeper sees it."""
        return self._disk / "root"

    def prepare(self, *, host_key: Path, authorized_key: str) -> None:
        """Write what makes this host itself, while its overlay is not mounted (then it may be written to)."""
        for part in ("upper", "work", "root"):
            (self._disk / part).mkdir()
        upper = self._disk / "upper"
        ssh = upper / "etc" / "ssh"
        ssh.mkdir(parents=True)
        (upper / "etc" / "hostname").write_text(self.host.name + "\n", encoding="utf-8")
        names = [f"{other.address} {other.name}\n" for other in self._site.hosts]
        (upper / "etc" / "hosts").write_text("".join(["127.0.0.1 localhost\n", *names]), encoding="utf-8")
        for name, mode in (("", 0o600), (".pub", 0o644)):
            target = ssh / f"ssh_host_ed25519_key{name}"
            shutil.copyfile(f"{host_key}{name}", target)
            target.chmod(mode)
        self._authorize(upper / "home" / USER, authorized_key)

    def start(self, *, rescue: bool = False) -> None:
        """Power on: mount the disk and boot the system in it.

        Raises:
            ValueError: a container starts from nothing else.

        """
        if rescue:
            raise ValueError("only a machine (lab up --vm) starts from the rescue stick")
        self._unmount()
        own_marks = "" if self._systemd else ",userxattr"  # in a user namespace overlays may set only these
        layers = (
            f"lowerdir={self._base},upperdir={self._disk / 'upper'},workdir={self._disk / 'work'}{own_marks}"
        )
        subprocess.run(["mount", "-t", "overlay", "-o", layers, "overlay", str(self.root)], check=True)
        plug(self._site, self.host, powered=True)
        groups = cgroups.create(self._lab, self.host.name)
        command = self._boot_command() if self._systemd else self._sshd_command()
        # The shell joins the control groups ("0" is whoever writes it) and becomes the container's manager.
        join = 'for group; do [ "$group" = -- ] && break; echo 0 >"$group"; shift; done; shift; exec "$@"'
        with self._console.open("ab") as console:
            process = subprocess.Popen(
                ["sh", "-ec", join, "sh", *map(str, groups), "--", *command],
                stdin=subprocess.DEVNULL,
                stdout=console,
                stderr=console,
                start_new_session=True,
            )
        self.pid = process.pid
        process.returncode = 0  # the keeper, being process 1, reaps all children itself

    def _boot_command(self) -> list[str]:
        return [
            "systemd-nspawn",
            "--boot",
            "--register=no",
            "--keep-unit",
            "--quiet",
            f"--machine={self.host.name}",
            f"--directory={self.root}",
            f"--network-namespace-path={namespace_path(self.host.name)}",
            "--capability=CAP_NET_ADMIN",  # routes and filters of its own namespace, as any real host may set
            "--resolv-conf=off",
            "--timezone=off",
            "--link-journal=no",
            "--console=pipe",
        ]

    def _sshd_command(self) -> list[str]:
        enter = ["nsenter", f"--net={namespace_path(self.host.name)}", "--"]
        isolate = ["unshare", "--pid", "--fork", "--kill-child", "--mount", "--uts", "--ipc", "--"]
        return [*enter, *isolate, "sh", str(_HOST_SCRIPT), str(self.root), self.host.name]

    def cut_power(self) -> None:
        """End every process of the host at once; nothing is written to its disk any more."""
        if self.pid is None:
            return
        children = Path(f"/proc/{self.pid}/task/{self.pid}/children").read_text(encoding="ascii").split()
        for pid in (self.pid, *map(int, children)):
            os.kill(pid, signal.SIGKILL)

    def ended(self) -> None:
        """Note that the container's manager is gone, by power cut or by the host's own poweroff."""
        self.pid = None
        plug(self._site, self.host, powered=False)
        self._unmount()
        cgroups.remove(self._lab, self.host.name)

    def restarts(self, code: int) -> bool:
        """Whether the system inside wants to start again, by the exit code of the container's manager."""
        return code == _REBOOT

    def _unmount(self) -> None:
        if self.root.is_mount():
            subprocess.run(["umount", "--lazy", str(self.root)], check=True)

    def _authorize(self, home: Path, key: str) -> None:
        ssh = home / ".ssh"
        ssh.mkdir(parents=True)
        (ssh / "authorized_keys").write_text(key + "\n", encoding="utf-8")
        for path, mode in ((home, 0o755), (ssh, 0o700), (ssh / "authorized_keys", 0o600)):
            os.chown(path, _USER_ID, _USER_ID)
            path.chmod(mode)
