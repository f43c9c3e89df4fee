"""ini_file on a POSIX host."""

from __future__ import annotations

from officefleet.agents import text

TYPE_CHECKING = False  # importing typing would cost the host 2 ms
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from officefleet.agents.kit import Context


def read(args: Mapping[str, Any], context: Context) -> dict[str, Any]:
    return text.read(args, context)


def apply(change: Mapping[str, Any], context: Context) -> dict[str, Any]:
    return text.apply(change, context)
