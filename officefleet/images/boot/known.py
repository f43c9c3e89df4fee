"""Host keys of rescue environments, by poste: what the controller compares before it says anything.

A JSON file ``{"hosts": {"o0421-comptoir-1": ["ssh-ed25519 AAAA..."]}}``, newest first; public keys only.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
from typing import TYPE_CHECKING

from officefleet.i18n import _
from officefleet.images.atomic import write_atomic
from officefleet.images.rescue.faults import RescueError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_LINE = re.compile(r"ssh-ed25519 [A-Za-z0-9+/]{68}")
_KEPT = 16  # sticks of one poste


class RescueKeys:
    """The file of keys."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def of(self, host: str) -> tuple[str, ...]:
        """Return the host keys that a poste's rescue may have, newest first.

        Raises:
            RescueError: the file is there but cannot be read.

        """
        return tuple(self._read().get(host, ()))

    def add(self, host: str, known_host: str) -> None:
        """Record the host key of a poste's new stick or next boot.

        Args:
            host: name of the poste.
            known_host: ``ssh-ed25519 AAAA...``.

        Raises:
            RescueError: not a public key, or the file cannot be read.
            StoreError: the file cannot be written.

        """
        if not _LINE.fullmatch(known_host):
            raise RescueError(_("{text!r} is no public host key.").format(text=known_host[:40]))
        with self._locked():
            hosts = self._read()
            others = [one for one in hosts.get(host, []) if one != known_host]
            hosts[host] = [known_host, *others][:_KEPT]
            self._write(hosts)

    def forget(self, host: str) -> bool:
        """Drop the keys of a poste, whose sticks then no longer count; return whether there were any.

        Raises:
            RescueError: the file cannot be read.
            StoreError: the file cannot be written.

        """
        with self._locked():
            hosts = self._read()
            found = hosts.pop(host, None) is not None
            if found:
                self._write(hosts)
        return found

    def _read(self) -> dict[str, list[str]]:
        try:
            hosts = json.loads(self.path.read_bytes())["hosts"]
            sound = all(_LINE.fullmatch(line) for lines in hosts.values() for line in lines)
        except FileNotFoundError:
            return {}
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            sound = False
        if not sound:
            raise RescueError(
                _("{path} cannot be read.").format(path=self.path),
                hint=_("Move it away and write the sticks again."),
            )
        return dict(hosts)

    def _write(self, hosts: dict[str, list[str]]) -> None:
        write_atomic(self.path, json.dumps({"hosts": hosts}, indent=1, sort_keys=True).encode() + b"\n")

    @contextlib.contextmanager
    def _locked(self) -> Iterator[None]:
        """Keep two commands from losing each other's key; where there are no such locks, the last one wins."""
        self.path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        if os.name == "nt":
            yield
            return
        import fcntl  # noqa: PLC0415  does not exist on Windows

        with self.path.with_suffix(".lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield
