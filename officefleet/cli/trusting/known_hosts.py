"""A known_hosts file: which keys it has of a host, and writing new ones at once or not at all."""

from __future__ import annotations

import contextlib
import os
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from officefleet.errors import Mark, SourceError
from officefleet.i18n import _

if TYPE_CHECKING:
    from collections.abc import Mapping

    import paramiko


class KnownHosts:
    """The file's lines; comments and lines of other hosts are kept as they are.

    Raises:
        SourceError: the file is there but cannot be read.

    """

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            self._lines = path.read_text(encoding="utf-8", errors="surrogateescape").splitlines()
        except FileNotFoundError:
            self._lines = []
        except OSError as error:
            raise SourceError(
                _("cannot read the file: {reason}").format(reason=error.strerror), mark=Mark(str(path))
            ) from None

    def keys(self, name: str) -> dict[str, paramiko.PKey]:
        """Return the keys recorded for a host (address, or ``[address]:port``) by key type."""
        found: dict[str, paramiko.PKey] = {}
        for line in self._lines:
            entry = _entry(line)
            if entry is not None and entry.key is not None and any(_is(name, one) for one in entry.hostnames):
                found[entry.key.get_name()] = entry.key
        return found

    def record(self, keys: Mapping[str, paramiko.PKey]) -> None:
        """Write keys by host name in place of all that is recorded for those hosts.

        Raises:
            SourceError: the file cannot be written; it is as it was then.

        """
        lines = [kept for line in self._lines for kept in _without(line, list(keys))]
        lines += [f"{name} {key.get_name()} {key.get_base64()}" for name, key in keys.items()]
        try:
            _replace(self.path, "".join(f"{line}\n" for line in lines))
        except OSError as error:
            raise SourceError(
                _("cannot write the file: {reason}").format(reason=error.strerror), mark=Mark(str(self.path))
            ) from None
        self._lines = lines


def _entry(line: str) -> paramiko.hostkeys.HostKeyEntry | None:
    from paramiko.hostkeys import HostKeyEntry, InvalidHostKey  # noqa: PLC0415  slow to import

    text = line.strip()
    if not text or text.startswith(("#", "@")):  # @cert-authority and @revoked lines are OpenSSH's own
        return None
    try:
        return HostKeyEntry.from_line(text)
    except (InvalidHostKey, ValueError):
        return None


def _is(name: str, recorded: str) -> bool:
    from paramiko.hostkeys import HostKeys  # noqa: PLC0415  slow to import

    if recorded.startswith("|1|"):
        try:
            return HostKeys.hash_host(name, recorded) == recorded
        except (ValueError, AssertionError):
            return False
    return name == recorded


def _without(line: str, names: list[str]) -> list[str]:
    """Return a line without some host names: [] when none is left on it."""
    entry = _entry(line)
    if entry is None:
        return [line]
    kept = [one for one in entry.hostnames if not any(_is(name, one) for name in names)]
    if len(kept) == len(entry.hostnames):
        return [line]
    return [",".join(kept) + " " + line.strip().partition(" ")[2]] if kept else []


def _replace(path: Path, text: str) -> None:
    """Write beside and rename, so that no reader ever sees half a file."""
    target = path.resolve()  # a link stays a link
    target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    handle, temporary = tempfile.mkstemp(prefix=f".{target.name}.", dir=target.parent)
    try:
        with os.fdopen(handle, "w", encoding="utf-8", errors="surrogateescape") as stream:
            stream.write(text)
            stream.flush()
            os.fsync(stream.fileno())
        mode = target.stat().st_mode & 0o777 if target.exists() else 0o644
        Path(temporary).chmod(mode)
        Path(temporary).replace(target)
    except BaseException:
        with contextlib.suppress(OSError):
            Path(temporary).unlink()
        raise
