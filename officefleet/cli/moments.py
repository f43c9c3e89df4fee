"""Reads the days and times that a person types."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from officefleet.errors import UsageError
from officefleet.i18n import _

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo


def moment(text: str, zone: ZoneInfo) -> dt.datetime:
    """Return a time; without a zone of its own it is one of the pharmacy's.

    Raises:
        UsageError: it is none.

    """
    try:
        found = dt.datetime.fromisoformat(text)
    except ValueError:
        raise UsageError(
            _("{text!r} is not a time").format(text=text), hint=_("for example 2026-11-24T14:30")
        ) from None
    return found if found.tzinfo else found.replace(tzinfo=zone)


def day(text: str) -> dt.date:
    """Return a day.

    Raises:
        UsageError: it is none.

    """
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        raise UsageError(
            _("{text!r} is not a day").format(text=text), hint=_("for example 2026-11-24")
        ) from None
