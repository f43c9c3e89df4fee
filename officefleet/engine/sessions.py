"""One host run's connections: as whom and where each task runs, and the agents that are open for it."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from officefleet.agents.session import Become, Session
from officefleet.engine import windows
from officefleet.errors import ArgumentError, TransportError, UnreachableError
from officefleet.i18n import _
from officefleet.transports.base import Endpoint, Transport, connect

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from officefleet.agents.bundle import Bundle
    from officefleet.agents.windows_session import WindowsSession
    from officefleet.engine.options import Options
    from officefleet.playbook.model import Keywords


_PATIENCE = (0.1, 0.3, 1.0)  # seconds between tries to reach a host again that has answered in this run


@dataclass(frozen=True, slots=True)
class Identity:
    """Where and as whom a step runs; steps of one batch share it."""

    endpoint: Endpoint
    become: Become | None
    python: str


def identity(
    host: str, keywords: Keywords, scope: Mapping[str, Any], options: Options, render: Callable[[Any], Any]
) -> Identity:
    """Return where a task runs, from its keywords, the target's variables and the command line.

    Args:
        host: inventory name of the host that the task acts on.
        keywords: the task's.
        scope: variables of that host (connection variables are looked up here).
        options: the run's defaults.
        render: renders a keyword's value.

    """

    def variable(*names: str) -> Any:
        for name in names:
            if name in scope:
                return scope[name]
        return None

    kind = str(
        options.connection or variable("ansible_connection") or render(keywords.get("connection")) or "ssh"
    ).rpartition(".")[2]
    if kind in ("smart", "paramiko", "paramiko_ssh", "fabric"):
        kind = "ssh"
    if kind == "winrm" or windows.shell_is_powershell(scope):
        return Identity(windows.endpoint(host, kind, keywords, variable, options, render), None, "")
    if kind not in ("ssh", "local"):
        raise ArgumentError(_("{host}: no transport named {kind!r}").format(host=host, kind=kind))
    endpoint = Endpoint(
        host=host,
        kind=kind,
        folder=str(variable("playbook_dir") or "") if kind == "local" else "",  # as Ansible starts them
        address=str(variable("ansible_ssh_host", "ansible_host") or host),
        port=int(variable("ansible_ssh_port", "ansible_port") or render(keywords.get("port")) or 22),
        user=str(
            variable("ansible_ssh_user", "ansible_user")
            or render(keywords.get("remote_user"))
            or options.user
        ),
        password=str(variable("ansible_ssh_pass", "ansible_password") or options.password),
        key_file=str(
            variable("ansible_ssh_private_key_file", "ansible_private_key_file") or options.key_file
        ),
        timeout=float(variable("ansible_ssh_timeout", "ansible_timeout") or options.timeout),
        known_hosts=options.known_hosts,
        check_host_key=options.check_host_keys and _flag(variable("ansible_host_key_checking"), default=True),
        proxy_jump=str(variable("ansible_proxy_jump") or ""),
    )
    python = str(variable("ansible_python_interpreter") or "python3")
    return Identity(
        endpoint, _become(keywords, variable, options, render), "python3" if "auto" in python else python
    )


def _become(
    keywords: Keywords, variable: Callable[..., Any], options: Options, render: Callable[[Any], Any]
) -> Become | None:
    wanted = variable("ansible_become")
    if wanted is None:
        wanted = render(keywords.get("become"))
    if not _flag(wanted, default=options.become):
        return None
    method = str(variable("ansible_become_method") or render(keywords.get("become_method")) or "sudo")
    if method.rpartition(".")[2] != "sudo":
        raise ArgumentError(_("become_method {method!r} is not known; sudo is").format(method=method))
    return Become(
        user=str(
            variable("ansible_become_user") or render(keywords.get("become_user")) or options.become_user
        ),
        password=str(
            variable("ansible_become_password", "ansible_become_pass", "ansible_sudo_pass")
            or options.become_password
        ),
        flags=str(variable("ansible_become_flags") or render(keywords.get("become_flags")) or "").replace(
            "-H -S -n", ""
        ),
        executable=str(variable("ansible_become_exe") or render(keywords.get("become_exe")) or "sudo"),
    )


def _flag(value: Any, *, default: bool) -> bool:
    if value is None:
        return default
    if isinstance(value, str):
        return value.strip().lower() in ("yes", "true", "on", "1", "y")
    return bool(value)


class Sessions:
    """The agents that one host run has open; used by one thread at a time.

    Args:
        bundle: the run's agent.
        content: gives content that was offered to this host, by sha256.
        cached: shared set of (address, port, user, bundle digest) that have the agent already.
        reached: shared set of endpoints that have answered in this run.
        wait: waits for so many seconds; raises when the run is interrupted.

    """

    def __init__(
        self,
        bundle: Bundle,
        content: Callable[[str], bytes | Path],
        cached: set[tuple[Any, ...]],
        reached: set[Endpoint],
        wait: Callable[[float], None],
    ) -> None:
        self._bundle = bundle
        self._content = content
        self._cached = cached
        self._reached = reached
        self._wait = wait
        self._transports: dict[Endpoint, Transport] = {}
        self._open: dict[Identity, Session | WindowsSession] = {}
        self._lock = threading.Lock()
        self.closed_traffic = [0, 0, 0]

    def get(self, wanted: Identity) -> Session | WindowsSession:
        """Return an agent for an identity, starting one when none is open.

        Raises:
            TransportError: the host cannot be talked to.

        """
        session = self._open.get(wanted)
        if session is None:
            session = self._start(wanted)
            self._reached.add(wanted.endpoint)
            self._open[wanted] = session
        return session

    def _start(self, wanted: Identity) -> Session | WindowsSession:
        """Start an agent; a host that answered before is given a moment: its sshd may be reading its settings anew."""
        for pause in _PATIENCE if wanted.endpoint in self._reached else ():
            try:
                return self._start_once(wanted)
            except UnreachableError:
                self.drop(wanted)
                self._wait(pause)
        return self._start_once(wanted)

    def _start_once(self, wanted: Identity) -> Session | WindowsSession:
        place = wanted.endpoint
        if place.powershell:
            return windows.session(self.transport(wanted), self._content)
        user = wanted.become.user if wanted.become else ""
        key = (place.address, place.port, place.user, user, self._bundle.digest)
        session = Session(
            self.transport(wanted), self._bundle, self._content, become=wanted.become, python=wanted.python,
            cached=key in self._cached,
        )  # fmt: skip
        self._cached.add(key)
        return session

    def transport(self, wanted: Identity) -> Transport:
        """Return the bare transport of an identity, for steps that need no agent."""
        found = self._transports.get(wanted.endpoint)
        if found is None:
            found = self._transports[wanted.endpoint] = connect(wanted.endpoint)
        return found

    def drop(self, wanted: Identity) -> None:
        """Forget an agent whose connection broke."""
        session = self._open.pop(wanted, None)
        if session is not None:
            self._count(session)
        transport = self._transports.pop(wanted.endpoint, None)
        for other in [one for one in self._open if one.endpoint == wanted.endpoint]:
            self._count(self._open.pop(other))
        if transport is not None:
            _quietly(transport.close)

    def forget(self) -> None:
        """Close everything; the next step connects anew. May be called while another thread uses a session."""
        while self._open:
            _identity, session = self._open.popitem()
            self._count(session)
            _quietly(session.close)
        while self._transports:
            _endpoint, transport = self._transports.popitem()
            _quietly(transport.close)

    close = forget

    def traffic(self) -> tuple[int, int, int]:
        """Return (round trips, bytes sent, bytes received) of this host so far."""
        trips, sent, received = self.closed_traffic
        for session in self._open.values():
            trips += session.traffic.round_trips
            sent += session.traffic.sent
            received += session.traffic.received
        return trips, sent, received

    def _count(self, session: Session | WindowsSession) -> None:
        self.closed_traffic[0] += session.traffic.round_trips
        self.closed_traffic[1] += session.traffic.sent
        self.closed_traffic[2] += session.traffic.received


def _quietly(close: Callable[[], None]) -> None:
    try:
        close()
    except (TransportError, OSError, EOFError):
        return
