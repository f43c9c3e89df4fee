"""The process that a lab lives in: the first of its own process, mount and network namespaces.

Every host, mount and network device of a lab belongs to these namespaces, so that the kernel clears all
of it when the keeper ends, however it ends. It obeys one request at a time over a Unix socket, one JSON
object a line: ``{"do": "status" | "kill" | "start" | "wan" | "detach" | "down", ...}``. Until it is told
to detach, it ends when the process that started it does (their pipe closes).

Run by `officefleet.lab.lab` as ``python -m officefleet.lab.keeper STATE_FOLDER PIPE_FD``.
"""

from __future__ import annotations

import contextlib
import json
import os
import selectors
import signal
import socket
import subprocess
import sys
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from officefleet.lab import network
from officefleet.lab.computer import Computer, Stick
from officefleet.lab.machine import Machine
from officefleet.lab.topology import Topology
from officefleet.lab.wan import Wan

if TYPE_CHECKING:
    from collections.abc import Callable

    from officefleet.lab.topology import LabHost, LabSite

_LONGEST_REQUEST = 65536


class Keeper:
    """Builds a lab from its state folder and keeps it until told to end."""

    def __init__(self, state: Path) -> None:
        spec = json.loads((state / "lab.json").read_text(encoding="utf-8"))
        self._state = state
        self._name: str = spec["name"]
        self._base = Path(spec["base"])
        self._systemd: bool = spec["systemd"]
        self._topology = Topology.from_json(spec["topology"])
        self._machines: dict[str, Machine | Computer] = {}
        self._store: str = spec.get("store", "")
        self._accelerator: str = spec.get("accelerator", "tcg")
        self._serving: dict[int, str] = {}  # process of an image server: the NAS that it runs on
        self._wans = {site.id: Wan() for site in self._topology.sites}
        self._slow_links: dict[str, network.SlowLink] = {}
        self._ending = False
        self._do: dict[str, Callable[[dict[str, Any]], Any]] = {
            "status": self._status,
            "kill": self._kill,
            "start": self._start,
            "wan": self._wan,
            "down": self._down,
        }

    def build(self) -> None:
        """Make the network and power every host on."""
        # This mount is the keeper's alone: namespaces' names, disks and locks live and die with it.
        subprocess.run(["mount", "-t", "tmpfs", "-o", "mode=755", "tmpfs", "/run"], check=True)
        # Root's disks are in memory; an older kernel keeps the marks that a user's overlay needs only on a disk.
        disks = Path("/run/officefleet-lab") if self._systemd else self._state / "disks"
        disks.mkdir()
        network.build_siege()
        authorized = (self._state / "id_ed25519.pub").read_text(encoding="utf-8").strip()
        for site in self._topology.sites:
            network.build_site(site)
            for host in site.hosts:
                if host.firmware:
                    self._machines[host.name] = self._computer(site, host)
                    continue
                disk = disks / host.name
                disk.mkdir()
                console = self._state / f"{host.name}.log"
                machine = Machine(
                    self._name,
                    site,
                    host,
                    base=self._base,
                    disk=disk,
                    systemd=self._systemd,
                    console=console,
                )
                key = self._state / "host_keys" / host.name
                machine.prepare(host_key=key, authorized_key=authorized)
                machine.start()
                self._machines[host.name] = machine
                self._serve_images(site, host.name)

    def _computer(self, site: LabSite, host: LabHost) -> Computer:
        folder = self._state / "machines" / host.name
        stick = json.loads((folder / "stick.json").read_text(encoding="utf-8"))
        machine = Computer(
            site, host, folder=folder, accelerator=self._accelerator,
            stick=Stick(Path(stick["kernel"]), tuple(Path(one) for one in stick["archives"])),
        )  # fmt: skip
        machine.start(rescue=host.firmware == "bios")  # the images boot by UEFI only
        return machine

    def _serve_images(self, site: LabSite, name: str) -> None:
        """Start the image server on a pharmacy's NAS: in its network, and dead when its power is cut."""
        if not self._store or name != site.nas or name in self._serving.values():
            return
        command = [sys.executable, "-c", "from officefleet.cli.app import main; main()", "image", "serve"]
        command += ["--store", self._store, "--host", self._topology.hosts[name].address]
        process = subprocess.Popen(network.in_namespace(name, command), stdin=subprocess.DEVNULL, cwd="/")
        process.returncode = 0  # reaped by us, as all others
        self._serving[process.pid] = name

    def serve(self, pipe: int) -> None:
        """Obey requests and reap the dead until told to end, or until `pipe` closes before a detach."""
        wake, signalled = socket.socketpair()
        wake.setblocking(False)
        signalled.setblocking(False)
        signal.set_wakeup_fd(signalled.fileno())
        signal.signal(signal.SIGCHLD, lambda *_: None)
        path = self._state / "control"
        with socket.socket(socket.AF_UNIX) as server, selectors.DefaultSelector() as selector:
            server.bind(_short(path))
            path.chmod(0o600)
            server.listen(16)
            selector.register(server, selectors.EVENT_READ)
            selector.register(wake, selectors.EVENT_READ)
            selector.register(pipe, selectors.EVENT_READ)
            while not self._ending:
                for key, _events in selector.select():
                    if key.fileobj is server:
                        self._answer(server)
                    elif key.fileobj is wake:
                        wake.recv(4096)
                        self._reap()
                    else:  # b"d": detach; nothing: our starter is gone
                        self._ending = os.read(pipe, 1) != b"d"
                        selector.unregister(pipe)

    def _answer(self, server: socket.socket) -> None:
        peer, _address = server.accept()
        with peer, contextlib.suppress(OSError):  # whoever asked may have left
            peer.settimeout(10)
            line = _read_line(peer)
            if not line:
                return  # only looked who we are (see LabState.keeper_pid)
            try:
                request = json.loads(line)
                answer = {"ok": self._do[request["do"]](request)}
            except Exception as error:  # noqa: BLE001  whoever asked must hear it; the lab goes on
                answer = {"error": f"{type(error).__name__}: {error}"}
            peer.sendall(json.dumps(answer).encode() + b"\n")

    def _reap(self) -> None:
        while True:
            try:
                pid, status = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                return
            if pid == 0:
                return
            for machine in self._machines.values():
                if machine.pid == pid:
                    machine.ended()
                    if machine.restarts(os.waitstatus_to_exitcode(status)):
                        machine.start()
            if self._serving.get(pid) is not None:
                del self._serving[pid]

    def _status(self, _request: dict[str, Any]) -> dict[str, Any]:
        return {
            "on": [name for name, machine in self._machines.items() if machine.pid is not None],
            "wan": {name: asdict(wan) for name, wan in self._wans.items()},
        }

    def _kill(self, request: dict[str, Any]) -> None:
        machine = self._machines[request["host"]]
        for pid in [pid for pid, nas in self._serving.items() if nas == request["host"]]:
            os.kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)
            del self._serving[pid]
        machine.cut_power()
        if machine.pid is not None:
            os.waitpid(machine.pid, 0)
            machine.ended()

    def _start(self, request: dict[str, Any]) -> None:
        machine = self._machines[request["host"]]
        if machine.pid is None:
            machine.start(rescue=bool(request.get("rescue")))
        for site in self._topology.sites:
            self._serve_images(site, request["host"])

    def _wan(self, request: dict[str, Any]) -> None:
        site, wan = self._topology.site(request["site"]), Wan(**request["wan"])
        network.route_directly(site)
        if (slow := self._slow_links.pop(site.id, None)) is not None:
            slow.remove()
        if not wan.perfect:
            self._slow_links[site.id] = network.SlowLink(site, wan)
        self._wans[site.id] = wan

    def _down(self, _request: dict[str, Any]) -> None:
        self._ending = True


def _read_line(peer: socket.socket) -> bytes:
    data = b""
    while not data.endswith(b"\n") and len(data) < _LONGEST_REQUEST:
        part = peer.recv(4096)
        if not part:
            break
        data += part
    return data


def _short(path: Path) -> str:
    """Return a name of `path` that fits a socket address (107 bytes), however deep it lies."""
    folder = os.open(path.parent, os.O_PATH | os.O_DIRECTORY)  # stays open: the keeper needs it for life
    return f"/proc/self/fd/{folder}/{path.name}"


def main() -> None:
    """Build the lab of argv[1] and keep it; argv[2] is the pipe from the starter."""
    keeper = Keeper(Path(sys.argv[1]))
    keeper.build()
    keeper.serve(int(sys.argv[2]))


if __name__ == "__main__":
    main()
