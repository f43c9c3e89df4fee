"""pam_limits on a POSIX host."""

from __future__ import annotations

from officefleet.agents import textfile, writing

TYPE_CHECKING = False  # typing costs an agent several milliseconds at its start
if TYPE_CHECKING:
    from typing import Any

    from officefleet.agents.kit import Context


def read(args: dict[str, Any], context: Context) -> dict[str, Any]:
    return textfile.look(args["dest"], args, context)


def apply(change: dict[str, Any], context: Context) -> dict[str, Any]:
    return writing.apply(change, context)
