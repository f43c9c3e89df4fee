"""Writes the ssh_config with which testinfra reaches hosts: the inventory's addresses, recorded keys only."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from officefleet.transports.base import Endpoint


def ssh_config(endpoints: Sequence[Endpoint], folder: Path) -> str:
    """Return the text of an ssh_config for some hosts.

    Args:
        endpoints: the hosts.
        folder: where the shared connections' sockets lie.

    """
    return "\n".join(line for one in endpoints for line in _host(one, folder)) + "\n"


def _host(one: Endpoint, folder: Path) -> list[str]:
    lines = [
        f"Host {one.host}",
        f"  HostName {one.address}",
        f"  Port {one.port}",
        "  BatchMode yes",
        f"  ConnectTimeout {max(1, int(one.timeout))}",
        f"  StrictHostKeyChecking {'yes' if one.check_host_key else 'no'}",
    ]
    if one.user:
        lines.append(f"  User {one.user}")
    if one.key_file:
        lines += [f"  IdentityFile {_quoted(one.key_file)}", "  IdentitiesOnly yes"]
    if one.known_hosts:
        lines.append("  UserKnownHostsFile " + " ".join(_quoted(path) for path in one.known_hosts))
    if one.proxy_jump:
        lines.append(f"  ProxyJump {one.proxy_jump}")
    if sys.platform != "win32":  # one connection for all commands; OpenSSH on Windows has no such thing
        lines += [
            "  ControlMaster auto",
            f"  ControlPath {_quoted(str(folder / '%C'))}",
            "  ControlPersist 15",
        ]
    return lines


def _quoted(path: str) -> str:
    return f'"{path}"'
