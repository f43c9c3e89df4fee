"""Does anything listen there? Asked before a machine that may be dead is waited for."""

from __future__ import annotations

import socket
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

from officefleet.engine.sessions import identity
from officefleet.i18n import _
from officefleet.playbook.model import Keywords

if TYPE_CHECKING:
    from collections.abc import Sequence

    from officefleet.engine.options import Options
    from officefleet.inventory import Inventory
    from officefleet.transports.base import Endpoint

PATIENCE = (
    2.5  # seconds; a pharmacy's link answers in a tenth of that, and a lost packet is sent again after one
)


def endpoint(inventory: Inventory, host: str, options: Options) -> Endpoint:
    """Return where and as whom a host is reached."""
    return identity(host, Keywords(), inventory.variables(host), options, lambda value: value).endpoint


def silence(place: Endpoint) -> str:
    """Return why a host does not answer; "" when something listens there, or only a try can tell."""
    if place.kind not in ("ssh", "winrm") or place.proxy_jump:
        return ""
    try:
        socket.create_connection((place.address, place.port), timeout=min(PATIENCE, place.timeout)).close()
    except OSError as error:
        return _("no answer from {address}:{port}: {reason}").format(
            address=place.address, port=place.port, reason=error.strerror or error
        )
    return ""


def silences(inventory: Inventory, hosts: Sequence[str], options: Options) -> dict[str, str]:
    """Return the hosts that do not answer, with the reason; all are asked at once."""
    if not hosts:
        return {}
    with ThreadPoolExecutor(max_workers=min(len(hosts), 64)) as pool:
        found = pool.map(lambda host: silence(endpoint(inventory, host, options)), hosts)
        return {host: reason for host, reason in zip(hosts, found, strict=True) if reason}
