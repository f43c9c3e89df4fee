"""The calls to vendors, as the continuity file keeps them."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING

from officefleet.durable.person import who
from officefleet.errors import ContinuityError
from officefleet.i18n import _

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Collection
    from decimal import Decimal

_FAR = dt.timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Intervention:
    """One call to a vendor.

    Attributes:
        id: of the call; sorts by its day.
        vendor: slug, as the pharmacy's contracts have it.
        incident: id of a page of the binder, "" for none.
        called, responded, repaired: with time zone; None: not yet, or nobody wrote it down.
        minutes: that people of the pharmacy spent on it.
        euros: billed apart from the contract.
        on_site: somebody came.

    """

    id: str
    pharmacy: str
    vendor: str
    called: dt.datetime
    incident: str = ""
    responded: dt.datetime | None = None
    repaired: dt.datetime | None = None
    minutes: int = 0
    cents: int = 0
    on_site: bool = False
    note: str = ""

    @property
    def hours_to_response(self) -> float | None:
        """How long the vendor took to answer."""
        return _hours(self.called, self.responded)

    @property
    def hours_to_repair(self) -> float | None:
        """How long it stood still."""
        return _hours(self.called, self.repaired)


class Interventions:
    """Reads and writes the calls.

    Args:
        store: the continuity file, open.

    """

    def __init__(self, store: sqlite3.Connection) -> None:
        self._store = store

    def record(self, one: Intervention) -> None:
        """Write a call down; one of the same id is replaced.

        Raises:
            ContinuityError: its times contradict one another, or lie in the future.

        """
        _check(one)
        self._store.execute(
            "INSERT OR REPLACE INTO interventions VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                one.id,
                one.pharmacy,
                one.vendor,
                one.incident,
                one.called.isoformat(),
                one.responded.isoformat() if one.responded else None,
                one.repaired.isoformat() if one.repaired else None,
                one.minutes,
                one.cents,
                one.on_site,
                who(),
                one.note,
            ),
        )

    def find(
        self,
        *,
        since: dt.date | None = None,
        until: dt.date | None = None,
        vendor: str = "",
        pharmacies: Collection[str] | None = None,
    ) -> list[Intervention]:
        """Return the calls of a time, the oldest first; None and "" leave a bound open."""
        rows = self._store.execute("SELECT * FROM interventions ORDER BY called, id").fetchall()
        found = [_intervention(row) for row in rows]
        return [
            one
            for one in found
            if (since is None or one.called.date() >= since)
            and (until is None or one.called.date() <= until)
            and vendor in ("", one.vendor)
            and (pharmacies is None or one.pharmacy in pharmacies)
        ]


def cents(euros: Decimal) -> int:
    """Return an amount in cents.

    Raises:
        ContinuityError: below 0, or with parts of a cent.

    """
    whole = euros * 100
    if whole < 0 or whole != whole.to_integral_value():
        raise ContinuityError(
            _("{amount} is not an amount in euros").format(amount=euros), hint=_("for example 180 or 89.90")
        )
    return int(whole)


def _check(one: Intervention) -> None:
    known = [moment for moment in (one.called, one.responded, one.repaired) if moment is not None]
    if known != sorted(known):
        raise ContinuityError(
            _("a call is answered after it is made, and repaired after it is answered"),
            hint=_("check --called, --responded and --repaired"),
        )
    if known[-1] > dt.datetime.now(tz=dt.UTC) + _FAR:
        raise ContinuityError(
            _("{moment} lies in the future").format(moment=known[-1].isoformat(timespec="minutes")),
            hint=_("a call is written down when it is over"),
        )


def _intervention(row: sqlite3.Row) -> Intervention:
    return Intervention(
        id=row["id"],
        pharmacy=row["pharmacy"],
        vendor=row["vendor"],
        incident=row["incident"],
        called=dt.datetime.fromisoformat(row["called"]),
        responded=_moment(row["responded"]),
        repaired=_moment(row["repaired"]),
        minutes=row["minutes"],
        cents=row["cents"],
        on_site=bool(row["on_site"]),
        note=row["note"],
    )


def _moment(text: str | None) -> dt.datetime | None:
    return dt.datetime.fromisoformat(text) if text else None


def _hours(begin: dt.datetime, end: dt.datetime | None) -> float | None:
    return None if end is None else (end - begin).total_seconds() / 3600
