"""cronvar on a POSIX host: a crontab is read and written as cron does it."""

from __future__ import annotations

from officefleet.modules.cron.posix import apply as write_crontab
from officefleet.modules.cron.posix import read as read_crontab

TYPE_CHECKING = False  # typing costs an agent several milliseconds at its start
if TYPE_CHECKING:
    from typing import Any

    from officefleet.agents.kit import Context


def read(args: dict[str, Any], context: Context) -> dict[str, Any]:
    return read_crontab(args, context)


def apply(change: dict[str, Any], context: Context) -> dict[str, Any]:
    return write_crontab(change, context)
