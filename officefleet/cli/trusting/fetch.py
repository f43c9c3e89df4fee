"""Fetches the key that a host shows, without logging in."""

from __future__ import annotations

import socket
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from officefleet.errors import InventoryError
from officefleet.i18n import _

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    import paramiko


@dataclass(frozen=True, slots=True)
class Place:
    """Where a host's sshd listens; `kinds` are the key types already recorded for it, which are asked for first."""

    host: str
    address: str
    port: int
    kinds: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """The name under which OpenSSH and paramiko record it."""
        return self.address if self.port == 22 else f"[{self.address}]:{self.port}"  # noqa: PLR2004  ssh's own port


@dataclass(frozen=True, slots=True)
class Fetched:
    """What a host showed: its key, or why there is none."""

    place: Place
    key: paramiko.PKey | None
    problem: str = ""


def place_of(host: str, variables: Mapping[str, Any]) -> tuple[str, int] | None:
    """Return a host's address and port as the engine would find them; None for one not reached over SSH.

    Raises:
        InventoryError: the port is no number.
        TemplateError: a variable cannot be rendered.

    """
    from officefleet.engine.run import make_templar  # noqa: PLC0415  the engine is slow to import
    from officefleet.source.scope import Scope  # noqa: PLC0415  see above
    from officefleet.source.template import holds_template  # noqa: PLC0415  see above

    def value(*names: str) -> str:
        given = next((variables[name] for name in names if variables.get(name)), "")
        if holds_template(given):
            templar = make_templar()
            scope = Scope([({"inventory_hostname": host}, False), (variables, True)], templar)
            given = templar.render(given, scope)
        return str(given)

    if value("ansible_connection").rpartition(".")[2] in ("local", "winrm", "psrp"):
        return None
    port = value("ansible_ssh_port", "ansible_port") or "22"
    if not port.isdecimal():
        raise InventoryError(_("{host}: the port {port!r} is no number").format(host=host, port=port))
    return value("ansible_ssh_host", "ansible_host") or host, int(port)


def fetch_all(places: Sequence[Place], *, timeout: float, workers: int = 32) -> Iterator[Fetched]:
    """Yield what each host shows, in the order of `places`, many at the same time."""
    with ThreadPoolExecutor(min(workers, len(places)) or 1, thread_name_prefix="trust") as pool:
        yield from pool.map(lambda place: fetch(place, timeout=timeout), places)


def fetch(place: Place, *, timeout: float) -> Fetched:
    """Return the key that a host shows in the key exchange; nothing is sent to it but that."""
    import paramiko  # noqa: PLC0415  slow to import
    from paramiko.ssh_exception import SSHException  # noqa: PLC0415  see above

    try:
        sock = socket.create_connection((place.address, place.port), timeout=timeout)
    except OSError as error:
        return Fetched(place, None, error.strerror or str(error))
    transport = None
    try:
        transport = paramiko.Transport(sock)
        transport.banner_timeout = timeout
        options = transport.get_security_options()
        known = [kind for kind in options.key_types if kind in place.kinds]
        options.key_types = [*known, *(kind for kind in options.key_types if kind not in known)]
        transport.start_client(timeout=timeout)
        return Fetched(place, transport.get_remote_server_key())
    except (SSHException, OSError, EOFError) as error:
        return Fetched(place, None, str(error) or _("no SSH server answers"))
    finally:
        if transport is not None:
            transport.close()
        sock.close()
