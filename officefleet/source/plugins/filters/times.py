"""Filters over dates and times."""

from __future__ import annotations

import time
from datetime import datetime
from typing import Any, Final

from officefleet.errors import TemplateError
from officefleet.i18n import _
from officefleet.source.plugins.kinds import Plugins, a_text, wrong_kind


def strftime(value: Any, second: Any = None, utc: bool = False) -> str:  # noqa: FBT001, FBT002  by position in playbooks
    """Return a moment (seconds since 1970, now when not given) written as a ``strftime`` format says."""
    if not isinstance(value, str):
        raise wrong_kind("strftime", a_text(), value)
    moment = None
    if second is not None:
        try:
            moment = float(second)
        except (TypeError, ValueError):
            raise TemplateError(_("Invalid value for epoch value ({text})").format(text=second)) from None
    try:
        return time.strftime(value, time.gmtime(moment) if utc else time.localtime(moment))
    except (OverflowError, ValueError, OSError) as error:
        raise TemplateError(_("strftime: {reason}").format(reason=error)) from None


def to_datetime(value: Any, format: str = "%Y-%m-%d %H:%M:%S") -> datetime:  # noqa: A002  playbooks name it so
    """Return the date and time that a text says; two of them can be subtracted."""
    if not isinstance(value, str):
        raise wrong_kind("to_datetime", a_text(), value)
    try:
        return datetime.strptime(value, format)  # noqa: DTZ007  naive, as playbooks subtract them
    except ValueError as error:
        raise TemplateError(_("to_datetime: {reason}").format(reason=error)) from None


FILTERS: Final[Plugins] = {"strftime": strftime, "to_datetime": to_datetime}
