"""What the image commands share: where the store and the trusted keys are, and how sizes are shown."""

from __future__ import annotations

import json
import os
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from cyclopts import Parameter

from officefleet.errors import UsageError
from officefleet.i18n import _

if TYPE_CHECKING:
    from collections.abc import Sequence

    from officefleet.images.index import Index
    from officefleet.images.keys import KeySet, Trust
    from officefleet.images.progress import Progress
    from officefleet.images.source import Source
    from officefleet.images.store import Store

_UNITS = ("B", "KB", "MB", "GB", "TB")
_STEP = 1000

StoreOption = Annotated[str, Parameter(name="--store", env_var="OFFICEFLEET_STORE")]
StoreFolder = Annotated[Path, Parameter(name="--store", env_var="OFFICEFLEET_STORE")]
TrustOption = Annotated[Path, Parameter(name="--trust", env_var="OFFICEFLEET_TRUST")]


def default_trust() -> Path:
    """Return where the keys that this user trusts are kept."""
    base = os.environ.get("XDG_CONFIG_HOME") or str(Path.home() / ".config")
    return Path(base) / "officefleet" / "trust.json"


@dataclass(frozen=True, slots=True)
class Session:
    """A local store with its verified key set."""

    store: Store
    keys: KeySet
    trust: Trust

    def read(self, data: bytes) -> Index:
        """Return a verified index; age is no error here, only forgery is."""
        from officefleet.images.index import read_index  # noqa: PLC0415  slow to import

        now = int(time.time())
        return read_index(data, self.keys, self.trust, now=now, allow_older=True, allow_expired=True)


def open_session(folder: Path, trust_file: Path) -> Session:
    """Return the store in a folder, its key set checked against the pinned root."""
    from officefleet.images.keys import Trust  # noqa: PLC0415  slow to import
    from officefleet.images.store import Store  # noqa: PLC0415  slow to import

    store = Store.open(folder)
    before = Trust.load(trust_file)
    keys, trust = before.accept_keys(store.read_keys(), now=int(time.time()))
    if trust != before:
        trust.save(trust_file)
    return Session(store, keys, trust)


def read_remote(source: Source, trust: Trust, name: str, version: int | None) -> Index:
    """Return a verified index of a store in a folder or over HTTP; age is no error here."""
    from officefleet.images.job import Wish, fetch_index  # noqa: PLC0415  slow to import

    wish = Wish(
        store=source.name,
        image=name,
        version=version,
        target=Path(os.devnull),
        allow_older=True,
        allow_expired=True,
    )
    return fetch_index(source, wish, trust)[0]


def split_name(text: str) -> tuple[str, int | None]:
    """Return the name and version in ``NAME`` or ``NAME@VERSION``.

    Raises:
        UsageError: the version is no number.

    """
    name, at, version = text.partition("@")
    if at and not version.isdecimal():
        raise UsageError(_("{text} is not NAME or NAME@VERSION.").format(text=text))
    return name, int(version) if at else None


def size_text(count: float) -> str:
    """Return bytes for people, in decimal units as disks are sold."""
    for unit in _UNITS:
        if count < _STEP or unit == _UNITS[-1]:
            return f"{count:.0f} {unit}" if unit == "B" else f"{count:.1f} {unit}"
        count /= _STEP
    raise AssertionError("unreachable")


def date_text(moment: int) -> str:
    """Return a day, UTC."""
    return time.strftime("%Y-%m-%d", time.gmtime(moment))


def write_table(rows: Sequence[Sequence[str]]) -> None:
    """Write rows in columns as wide as they need."""
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))] if rows else []
    for row in rows:
        line = "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        sys.stdout.write(line.rstrip() + "\n")


def write_json(value: Any) -> None:
    """Write one JSON document."""
    sys.stdout.write(json.dumps(value, indent=2, sort_keys=True) + "\n")


def write_line(text: str) -> None:
    """Write one line of result."""
    sys.stdout.write(text + "\n")


def show_progress(progress: Progress) -> None:
    """Draw one line on a terminal: share done, rate, time left."""
    if not sys.stderr.isatty():
        return
    share = 100 * progress.done // progress.total if progress.total else 100
    left = (
        ""
        if progress.seconds_left is None
        else _("{seconds} s left").format(seconds=round(progress.seconds_left))
    )
    phases = {"compare": _("restoring"), "verify": _("reading back"), "finish": _("finishing")}
    rate = size_text(progress.rate)
    sys.stderr.write(f"\r\033[K{phases[progress.phase]} {share} % {rate}/s {left}")
    sys.stderr.flush()


def end_progress() -> None:
    """Clear the line that `show_progress` drew."""
    if sys.stderr.isatty():
        sys.stderr.write("\r\033[K")
        sys.stderr.flush()
