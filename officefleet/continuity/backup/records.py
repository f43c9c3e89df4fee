"""What was last known of each pharmacy's backups, and every drill, in the continuity file."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from officefleet.continuity.backup.facts import Report
from officefleet.continuity.database import transaction
from officefleet.durable.person import who

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Collection, Iterator


@dataclass(frozen=True, slots=True)
class DrillRecord:
    """A drill; `note` says what was proven, or why it failed."""

    host: str
    pharmacy: str
    at: float
    good: bool
    medium: str
    user: str
    note: str


class BackupRecords:
    """Reads and writes them.

    Args:
        store: the continuity file, open.

    """

    def __init__(self, store: sqlite3.Connection) -> None:
        self._store = store

    def save(self, pharmacy: str, report: Report) -> None:
        """Write down what is known of a pharmacy now; of the snapshots only the newest of each machine."""
        text = report.newest_only().model_dump_json(exclude_defaults=True)
        self._store.execute(
            "INSERT INTO backup_reports VALUES (?, ?, ?) ON CONFLICT (pharmacy)"
            " DO UPDATE SET at = excluded.at, report = excluded.report",
            (pharmacy, report.read, text),
        )

    def reports(self, pharmacies: Collection[str] | None = None) -> Iterator[tuple[str, Report]]:
        """Yield the last report of pharmacies, all by default; those never read are missing."""
        query = "SELECT pharmacy, report FROM backup_reports"
        if pharmacies is not None and len(pharmacies) == 1:
            rows = self._store.execute(query + " WHERE pharmacy = ?", tuple(pharmacies))
        else:
            rows = self._store.execute(query)
        for pharmacy, text in rows:
            if pharmacies is None or pharmacy in pharmacies:
                yield pharmacy, Report.model_validate_json(text)

    def record_drill(self, host: str, pharmacy: str, medium: str, *, good: bool, note: str) -> None:
        """Write down a drill."""
        self._store.execute(
            "INSERT INTO backup_drills VALUES (?, ?, ?, ?, ?, ?, ?)",
            (host, pharmacy, time.time(), good, medium, who(), note),
        )

    def last_good_drills(self) -> dict[str, float]:
        """Return pharmacy to when a restore was last proven."""
        query = "SELECT pharmacy, max(at) FROM backup_drills WHERE good GROUP BY pharmacy"
        return dict(self._store.execute(query).fetchall())

    def drills(self, pharmacy: str) -> list[DrillRecord]:
        """Return a pharmacy's drills, the newest first."""
        rows = self._store.execute(
            "SELECT * FROM backup_drills WHERE pharmacy = ? ORDER BY at DESC", (pharmacy,)
        )
        return [
            DrillRecord(
                row["host"],
                row["pharmacy"],
                row["at"],
                bool(row["good"]),
                row["medium"],
                row["user"],
                row["note"],
            )
            for row in rows
        ]


def import_reports(store: sqlite3.Connection, found: Collection[tuple[str, Report]]) -> None:
    """Write many reports at once."""
    with transaction(store):
        records = BackupRecords(store)
        for pharmacy, report in found:
            records.save(pharmacy, report)
