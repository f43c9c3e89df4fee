"""When a pharmacy may be disturbed: outside its opening hours and its turns of garde, in its own time zone.

Which days are public holidays is what the `holidays` library says for the pharmacy's subdivision: Alsace-Moselle
and the overseas departments have their own, which the calendars of `opening_hours` do not know.
"""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from opening_hours import OpeningHours

    from officefleet.models import Pharmacy

_HORIZONS = (3, 10, 62)  # days looked ahead, as far as is needed; nobody plans a reboot further away
_QUOTED_OR_HOLIDAY = re.compile(r'"[^"]*"|\b(PH|SH)\b')
_EVERY_DAY = "Mo-Su"


@dataclass(frozen=True, slots=True)
class Quiet:
    """A time in which a pharmacy is closed.

    Attributes:
        start: aware, in the pharmacy's time zone; not before the moment that was asked about.
        end: when it opens again or its garde begins; None: not within two months.

    """

    start: dt.datetime
    end: dt.datetime | None


class OpeningTimes:
    """A pharmacy's opening hours and garde.

    On a public holiday a rule for ``PH`` counts as one for every day, on other days for none. Nobody knows here
    when school holidays are: rules for ``SH`` may or may not hold, and what may be open counts as open. So does
    what the hours call unknown, and a day whose holiday rule cannot be evaluated.

    Hours that run past midnight are followed by the rules of the day on which they began, except into and out of
    public holidays, where each day's own rules count.

    """

    def __init__(self, pharmacy: Pharmacy) -> None:
        self.zone = ZoneInfo(pharmacy.timezone)
        self._subdivision = pharmacy.holidays_subdivision
        self._usual = _variants(pharmacy.opening_hours, holiday=False)
        self._holiday = _variants(pharmacy.opening_hours, holiday=True)
        self._garde = [(one.start, one.end) for one in pharmacy.garde]

    def quiet(self, moment: dt.datetime, least: dt.timedelta) -> Quiet | None:
        """Return the first time from `moment` on in which the pharmacy is closed for at least `least`.

        Args:
            moment: aware.
            least: how long the work may take.

        Returns:
            The rest of the present closing time when it is long enough; None when the pharmacy is never closed
            that long within two months.

        """
        for days in _HORIZONS:
            limit = moment + dt.timedelta(days=days)
            start = moment
            for begins, ends in self._busy(moment, limit):
                if begins - start >= least:
                    return Quiet(start.astimezone(self.zone), begins.astimezone(self.zone))
                start = max(start, ends)
            if limit - start >= least:
                return Quiet(start.astimezone(self.zone), None)
        return None

    def is_quiet(self, moment: dt.datetime, least: dt.timedelta = dt.timedelta()) -> bool:
        """Return whether the pharmacy is closed at a moment and for `least` after it."""
        found = self.quiet(moment, max(least, dt.timedelta(seconds=1)))
        return found is not None and found.start == moment

    def _busy(self, start: dt.datetime, end: dt.datetime) -> list[tuple[dt.datetime, dt.datetime]]:
        """Return when it is open or on duty between two moments, in order of the beginnings, in UTC."""
        first = start.astimezone(self.zone).date() - dt.timedelta(days=1)
        days = (end.astimezone(self.zone).date() - first).days + 1
        found = [span for day in range(days) for span in self._open(first + dt.timedelta(days=day))]
        found += self._garde
        utc = [(one.astimezone(dt.UTC), other.astimezone(dt.UTC)) for one, other in found]
        return sorted((one, other) for one, other in utc if other > start and one < end)

    def _open(self, day: dt.date) -> Iterator[tuple[dt.datetime, dt.datetime]]:
        midnight = dt.datetime.combine(day, dt.time())
        variants = self._holiday if day in _holidays(self._subdivision, day.year) else self._usual
        if variants is None:
            yield (
                midnight.replace(tzinfo=self.zone),
                (midnight + dt.timedelta(days=1)).replace(tzinfo=self.zone),
            )
            return
        from opening_hours import State  # noqa: PLC0415  slow to load

        for hours in variants:
            for begins, ends, state, _comment in hours.intervals(midnight, midnight + dt.timedelta(days=1)):
                if state != State.CLOSED:
                    yield begins.replace(tzinfo=self.zone), ends.replace(tzinfo=self.zone)


def _variants(text: str, *, holiday: bool) -> list[OpeningHours] | None:
    """Return the hours as they may hold on a day; None when they cannot be evaluated."""
    from opening_hours import OpeningHours, validate  # noqa: PLC0415  slow to load

    always = {"PH"} if holiday else set()
    texts = sorted({_with_days(text, always), _with_days(text, always | {"SH"})})
    return [OpeningHours(one) for one in texts] if all(validate(one) for one in texts) else None


def _with_days(text: str, names: Collection[str]) -> str:
    """Return opening hours in which the holidays of these names are every day."""
    return _QUOTED_OR_HOLIDAY.sub(lambda found: _EVERY_DAY if found[1] in names else found[0], text)


@cache
def _holidays(subdivision: str | None, year: int) -> frozenset[dt.date]:
    import holidays  # noqa: PLC0415  slow to load

    return frozenset(holidays.country_holidays("FR", subdiv=subdivision, years=year))
