"""Recorded host keys, indexed by name: a fleet has tens of thousands, a connection needs one."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import paramiko
from paramiko.hostkeys import HostKeyEntry

if TYPE_CHECKING:
    from collections.abc import Sequence

_HASHED = "|1|"


class KnownHosts:
    """The lines of known_hosts files; a line's key is parsed only when its host is asked for.

    Args:
        files: paths; those that do not exist are left out.

    """

    def __init__(self, files: Sequence[str]) -> None:
        self._by_name: dict[str, list[str]] = {}
        self._hashed: list[tuple[str, str]] = []
        for name in files:
            if Path(name).is_file():
                for line in Path(name).read_text(encoding="utf-8", errors="replace").splitlines():
                    self._take(line.strip())

    def _take(self, line: str) -> None:
        if not line or line[0] in "#@":
            return
        for name in line.split(None, 1)[0].split(","):
            if name.startswith(_HASHED):
                self._hashed.append((name, line))
            else:
                self._by_name.setdefault(name, []).append(line)

    def keys_of(self, address: str, port: int) -> paramiko.HostKeys:
        """Return the recorded keys of a host, under the name that paramiko looks for."""
        name = address if port == 22 else f"[{address}]:{port}"  # noqa: PLR2004  ssh's own port
        lines = list(self._by_name.get(name, ()))
        lines += [
            line for hashed, line in self._hashed if paramiko.HostKeys.hash_host(name, hashed) == hashed
        ]
        keys = paramiko.HostKeys()
        for line in lines:
            try:
                entry = HostKeyEntry.from_line(line)
            except (paramiko.SSHException, ValueError):
                continue  # a line that cannot be read is a key that is not recorded
            if entry is not None and entry.key is not None:
                keys.add(name, entry.key.get_name(), entry.key)
        return keys
