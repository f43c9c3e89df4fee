"""What was done after an attack, when and by whom: the record that the reports are made of."""

from __future__ import annotations

import datetime as dt
import json
import sqlite3
import uuid
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from officefleet.durable.person import who
from officefleet.errors import ContinuityError
from officefleet.i18n import _

if TYPE_CHECKING:
    from collections.abc import Mapping

_SLACK = dt.timedelta(minutes=5)  # clocks differ


class Kind(StrEnum):
    """What a fact says."""

    ISOLATED = "isolated"
    EVIDENCE = "evidence"
    JUDGED = "judged"
    CLEAN = "clean"
    REBUILT = "rebuilt"
    RESTORED = "restored"
    ROTATED = "rotated"
    PROVEN = "proven"
    NOTE = "note"


@dataclass(frozen=True, slots=True)
class Fact:
    """One thing that was done or found."""

    at: dt.datetime
    user: str
    kind: Kind
    value: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Recovery:
    """One attack on one machine.

    Attributes:
        discovered: when somebody saw it: the time limits of the law run from then.

    """

    id: str
    pharmacy: str
    machine: str
    discovered: dt.datetime
    opened: dt.datetime
    closed: dt.datetime | None
    user: str


class Recoveries:
    """Reads and writes recoveries; every call is durable when it returns.

    Args:
        store: the continuity file, open.

    """

    def __init__(self, store: sqlite3.Connection) -> None:
        self._store = store

    def open(self, pharmacy: str, machine: str, discovered: dt.datetime | None = None) -> Recovery:
        """Begin a recovery, or return the one of this machine that has begun already.

        Args:
            pharmacy: id.
            machine: host name.
            discovered: with zone; now by default. A recovery that has begun keeps its own.

        Raises:
            ContinuityError: that lies in the future.

        """
        now = dt.datetime.now(tz=dt.UTC).replace(microsecond=0)
        seen = discovered or now
        if seen > now + _SLACK:
            raise ContinuityError(
                _("{moment} lies in the future").format(moment=seen.isoformat(timespec="minutes"))
            )
        row = (
            f"r{now:%Y%m%d}-{machine}-{uuid.uuid4().hex[:6]}",
            pharmacy,
            machine,
            seen.isoformat(),
            now.isoformat(),
            None,
            who(),
        )
        try:
            self._store.execute("INSERT INTO recoveries VALUES (?, ?, ?, ?, ?, ?, ?)", row)
        except sqlite3.IntegrityError:
            return self.of(machine)
        return self.of(machine)

    def of(self, machine: str) -> Recovery:
        """Return the recovery of a machine that is under way, else its last one.

        Raises:
            ContinuityError: it never had one.

        """
        row = self._store.execute(
            "SELECT * FROM recoveries WHERE machine = ? ORDER BY closed IS NULL DESC, opened DESC, rowid DESC LIMIT 1",
            (machine,),
        ).fetchone()
        if row is None:
            raise ContinuityError(
                _("no recovery of {machine} has begun").format(machine=machine),
                hint=_("officefleet ransomware open {machine}").format(machine=machine),
            )
        return Recovery(
            row["id"],
            row["pharmacy"],
            row["machine"],
            dt.datetime.fromisoformat(row["discovered"]),
            dt.datetime.fromisoformat(row["opened"]),
            dt.datetime.fromisoformat(row["closed"]) if row["closed"] else None,
            row["user"],
        )

    def write(self, recovery: Recovery, kind: Kind, value: Mapping[str, Any]) -> None:
        """Write down a fact."""
        now = dt.datetime.now(tz=dt.UTC).replace(microsecond=0)
        self._store.execute(
            "INSERT INTO recovery_facts VALUES (?, ?, ?, ?, ?)",
            (
                recovery.id,
                now.isoformat(),
                who(),
                kind.value,
                json.dumps(value, ensure_ascii=False, default=str),
            ),
        )

    def facts(self, recovery: Recovery) -> list[Fact]:
        """Return what was written down, in order."""
        rows = self._store.execute(
            "SELECT at, user, kind, value FROM recovery_facts WHERE recovery = ? ORDER BY rowid",
            (recovery.id,),
        )
        return [
            Fact(
                dt.datetime.fromisoformat(row["at"]), row["user"], Kind(row["kind"]), json.loads(row["value"])
            )
            for row in rows
        ]

    def close(self, recovery: Recovery) -> None:
        """End a recovery; what comes next is another one."""
        now = dt.datetime.now(tz=dt.UTC).replace(microsecond=0)
        self._store.execute(
            "UPDATE recoveries SET closed = ? WHERE id = ? AND closed IS NULL", (now.isoformat(), recovery.id)
        )
