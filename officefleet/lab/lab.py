"""A lab as its user sees it: up, down, power switches, WAN links, a place to run commands in."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import subprocess
import sys
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Self, TypeVar

from officefleet.errors import LabError
from officefleet.i18n import _
from officefleet.lab import base as bases
from officefleet.lab import cgroups, machines
from officefleet.lab.keys import fingerprint, make_key
from officefleet.lab.privilege import check_privileges, is_root, namespace_options, remove_tree
from officefleet.lab.sandbox import find_program
from officefleet.lab.state import LabState, known_labs
from officefleet.lab.wan import Wan

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from types import TracebackType

    from officefleet.lab.topology import LabHost, Topology

_T = TypeVar("_T")

_START_SECONDS = 120


@dataclass(frozen=True)
class LabStatus:
    """What runs: hosts that are powered on, and each pharmacy's WAN link."""

    on: frozenset[str]
    wan: dict[str, Wan]


class Lab:
    """One lab, by name; several can be up at once.

    As a context manager it is up inside and ends with the process that started it, even if that is
    killed. ``up(detach=True)`` leaves it running until `down`.

    Example:
        with Lab("try", plan(pharmacies)) as lab:
            subprocess.run(lab.command(["ssh", "10.42.21.10"]))

    Raises:
        UsageError: `name` cannot name a lab.

    """

    def __init__(self, name: str, topology: Topology | None = None) -> None:
        self.state = LabState(name)
        self._wanted = topology
        self._pipe: int | None = None
        self._starter: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        self.up()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.down()

    @property
    def name(self) -> str:
        """The lab's name."""
        return self.state.name

    @property
    def topology(self) -> Topology:
        """What the lab consists of."""
        return self._wanted or self.state.topology()

    @property
    def has_systemd(self) -> bool:
        """Whether hosts boot systemd; without root they do not (see `officefleet.lab.privilege`)."""
        return is_root()

    def up(self, *, detach: bool = False) -> None:
        """Bring every host up and wait until each one's sshd answers; about a second for eight containers.

        Args:
            detach: leave the lab running when this process ends.

        Raises:
            LabError: the user may not, a program is missing, the lab is up already, or a host does not start.

        """
        _check_programs()
        check_privileges()
        if self._wanted is None:
            raise LabError(_("Nothing says what the lab {name} consists of.").format(name=self.name))
        base = bases.ensure_base()
        if machines.any_in(self._wanted):
            machines.check_programs()
        clear_dead()
        lock = self.state.lock()
        try:
            with bases.in_use(base) as base_lock:
                self._prepare(base=str(base), topology=self._wanted)
                self._start_keeper(inherit=(lock, base_lock))
            try:
                self._wait_for_keeper()
                self._wait_for_hosts(self._wanted.hosts.values())
            except BaseException:
                self._end_keeper()
                raise
            if detach:
                self._detach()
        finally:
            os.close(lock)

    def down(self) -> None:
        """End the lab and remove all that it left; nothing happens if there is none."""
        with contextlib.suppress(LabError):
            self.state.ask("down")
        self._end_keeper()
        lock = _wait(self._try_lock, seconds=30)
        if lock is None:
            raise LabError(_("The lab {name} does not end.").format(name=self.name))
        _clear(self.state)
        os.close(lock)
        clear_dead()

    def status(self) -> LabStatus:
        """Return what runs.

        Raises:
            LabError: the lab is not up.

        """
        answer = self.state.ask("status")
        wans = {name: Wan(**wan) for name, wan in answer["wan"].items()}
        return LabStatus(frozenset(answer["on"]), wans)

    def kill(self, host: str) -> None:
        """Cut a host's power."""
        self.state.ask("kill", host=self._known(host).name)

    def start(self, host: str, *, rescue: bool = False) -> None:
        """Power a host on, its disk as it was, and wait until its sshd answers.

        Args:
            host: name.
            rescue: start it from the rescue stick, which only a machine can.

        Raises:
            LabError: no such host, it is no machine, or it does not answer.

        """
        known = self._machine(host) if rescue else self._known(host)
        self.state.ask("start", host=known.name, rescue=rescue)
        self._wait_for_hosts([known])

    def wipe(self, host: str) -> None:
        """Cut a machine's power and leave its disk blank, as a new one would be."""
        known = self._machine(host)
        self.kill(known.name)
        machines.wipe(self.state, known.name)

    def encrypt(self, host: str, *, everything: bool = False) -> int:
        """Cut a machine's power and do to its disk what ransomware does; return how many bytes were encrypted.

        Args:
            host: name.
            everything: the whole disk rather than the files of the system's partition.

        """
        known = self._machine(host)
        self.kill(known.name)
        return machines.encrypt(self.state, known.name, everything=everything)

    def wan(self, pharmacy_id: str, wan: Wan) -> None:
        """Slow, cut or restore (``Wan()``) a pharmacy's link.

        Raises:
            LabError: no such pharmacy, or the lab is not up.

        """
        site = self.topology.site(pharmacy_id)
        self.state.ask("wan", site=site.id, wan=asdict(wan))

    def command(self, command: Sequence[str]) -> list[str]:
        """Return the argument list that runs `command` at the head office, inside the lab's network.

        Run it with `environment`. Everything but the network is this machine's.
        """
        join = [find_program("nsenter", "util-linux"), f"--net=/proc/{self.state.keeper_pid()}/ns/net"]
        if not is_root():
            join += [f"--user=/proc/{self.state.keeper_pid()}/ns/user", "--preserve-credentials"]
        return [*join, "--", *command]

    def run(self, command: Sequence[str]) -> int:
        """Run `command` at the head office with this process's input and output; return its exit code.

        Raises:
            LabError: the lab is not up, or there is no such program.

        """
        variables = os.environ | self.environment()
        if shutil.which(command[0], path=variables["PATH"]) is None:
            raise LabError(_("There is no program {name}.").format(name=command[0]))
        arguments = self.command(command)
        code = subprocess.run(arguments, check=False, env=variables).returncode
        return code if code >= 0 else 128 - code  # ended by a signal: as a shell says it

    def environment(self) -> dict[str, str]:
        """Return the variables that point officefleet at the lab's key, known hosts and name.

        PATH ends with the folder of this officefleet: the command may be run from an inactive .venv.
        """
        return {
            "PATH": os.pathsep.join((os.environ.get("PATH", os.defpath), str(Path(sys.executable).parent))),
            "OFFICEFLEET_LAB": self.name,
            "OFFICEFLEET_PRIVATE_KEY": str(self.state.private_key),
            "OFFICEFLEET_KNOWN_HOSTS": str(self.state.known_hosts),
            "OFFICEFLEET_FINGERPRINTS": str(self.state.fingerprints),
            # Swaps and incidents of a lab end with it: its machines are new ones the next time.
            "OFFICEFLEET_CONTINUITY": str(self.state.folder / "continuity.sqlite"),
            **machines.environment(self.state),
        }

    def _machine(self, host: str) -> LabHost:
        """Return a host that is a QEMU machine."""
        known = self._known(host)
        if not known.firmware:
            raise LabError(
                _("{name} is a container: it has no disk of its own.").format(name=host),
                hint=_("Bring the lab up with: officefleet lab up --vm {name}").format(name=host),
            )
        return known

    def _known(self, host: str) -> LabHost:
        hosts = self.topology.hosts
        if host not in hosts:
            raise LabError(
                _("The lab has no host {name}.").format(name=host),
                hint=_("It has: {names}.").format(names=", ".join(hosts)),
            )
        return hosts[host]

    def _prepare(self, *, base: str, topology: Topology) -> None:
        state = self.state
        (state.folder / "host_keys").mkdir(parents=True)
        state.folder.chmod(0o700)
        make_key(state.private_key, comment=f"officefleet-lab-{self.name}")
        lines = []
        for host in topology.hosts.values():
            public = make_key(state.folder / "host_keys" / host.name, comment=host.name)
            lines.append(f"{host.name} {fingerprint(public)}\n")
        state.fingerprints.write_text("".join(lines), encoding="utf-8")
        state.known_hosts.touch()
        spec = {"name": self.name, "base": base, "systemd": is_root(), "topology": topology.to_json()}
        if machines.any_in(topology):
            spec |= machines.prepare(state, topology)
        (state.folder / "lab.json").write_text(json.dumps(spec, indent=1), encoding="utf-8")

    def _start_keeper(self, *, inherit: tuple[int, ...]) -> None:
        theirs, self._pipe = os.pipe()
        command = [
            "unshare",
            *namespace_options(),
            "--pid",
            "--fork",
            "--kill-child",
            "--mount",
            "--mount-proc",
            "--net",
            "--",
        ]
        command += [sys.executable, "-m", "officefleet.lab.keeper", str(self.state.folder), str(theirs)]
        with (self.state.folder / "keeper.log").open("wb") as log:
            self._starter = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                pass_fds=(theirs, *inherit),
                start_new_session=True,  # Ctrl-C is for the command at hand, not for the lab
            )
        os.close(theirs)

    def _wait_for_keeper(self) -> None:
        """Return once the keeper has built the lab and listens."""
        starter = self._starter
        assert starter is not None  # noqa: S101  called right after the start

        def ready() -> bool | None:
            if starter.poll() is not None:
                return False
            with contextlib.suppress(LabError):
                self.state.keeper_pid()
                return True
            return None

        if not _wait(ready, seconds=_START_SECONDS):
            log = (self.state.folder / "keeper.log").read_text(encoding="utf-8", errors="replace").strip()
            raise LabError(_("The lab did not start: {reason}").format(reason=log[-1000:]))

    def _wait_for_hosts(self, hosts: Iterable[LabHost]) -> None:
        """Return once every host's sshd answers, asked from inside the lab's network."""
        addresses = {host.address: host.name for host in hosts}
        probe = [sys.executable, "-m", "officefleet.lab.probe", str(_START_SECONDS), *addresses]
        done = subprocess.run(self.command(probe), capture_output=True, text=True, check=False)
        if done.returncode:
            silent = [addresses[line] for line in done.stdout.split() if line in addresses]
            raise LabError(
                _("These hosts do not answer: {names}. {reason}").format(
                    names=", ".join(silent), reason=done.stderr.strip()[-500:]
                ),
                hint=_("What they said while starting is in {folder}.").format(folder=self.state.folder),
            )

    def _detach(self) -> None:
        assert self._pipe is not None  # noqa: S101  called after the start
        assert self._starter is not None  # noqa: S101
        os.write(self._pipe, b"d")
        os.close(self._pipe)
        self._starter.returncode = 0  # it runs on without us: nothing to wait for, nothing to warn of
        self._pipe = self._starter = None

    def _end_keeper(self) -> None:
        """End a keeper that this object started: its pipe closes, and if that is not enough it is killed."""
        if self._pipe is not None:
            os.close(self._pipe)
            self._pipe = None
        if self._starter is not None:
            try:
                self._starter.wait(timeout=10)
            except subprocess.TimeoutExpired:
                self._starter.kill()
                self._starter.wait()
            self._starter = None

    def _try_lock(self) -> int | None:
        try:
            return self.state.lock()
        except LabError:
            return None


def clear_dead() -> list[str]:
    """Remove what killed runs left behind; living labs are not touched. Return the names."""
    cleared = []
    for name in known_labs():
        state = LabState(name)
        with contextlib.suppress(LabError):
            lock = state.lock()
            _clear(state)
            os.close(lock)
            cleared.append(name)
    return cleared


def _clear(state: LabState) -> None:
    """Remove a lab's files and control groups; its lock must be held."""
    # Processes of a keeper that was just killed may need a moment to leave their groups.
    _wait(lambda: cgroups.remove(state.name) or None, seconds=10)
    remove_tree(state.folder)
    state.lock_file.unlink(missing_ok=True)


def _check_programs() -> None:
    for program, package in (
        ("systemd-nspawn", "systemd-container"),
        ("mmdebstrap", "mmdebstrap"),
        ("nsenter", "util-linux"),
        ("ip", "iproute2"),
        ("sysctl", "procps"),
        ("mount", "mount"),
    ):
        find_program(program, package)


def _wait(condition: Callable[[], _T | None], *, seconds: float) -> _T | None:
    """Return the condition's first result that is not None; None when `seconds` have passed."""
    deadline = time.monotonic() + seconds
    while (result := condition()) is None and time.monotonic() < deadline:
        time.sleep(0.02)
    return result
