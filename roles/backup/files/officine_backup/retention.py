"""Which snapshots may go. Pure: decided by when the NAS received them, never by what a client says its clock was.

A client that was broken into could send snapshots of the future, and a rule that keeps "the last 30" would then
throw the good ones away (restic's documentation, "Security considerations in append-only mode").
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_DAY = 86400.0
_LEAST = 3  # the oldest of a few are kept whatever the clock says


class Kept(NamedTuple):
    """A snapshot and when it was received, in seconds since the epoch."""

    id: str
    received: float


def expired(found: Sequence[Kept], rule: Mapping[str, int], now: float) -> list[str]:
    """Return the ids that may go.

    Args:
        found: all snapshots of one machine on one medium.
        rule: ``all_days``: how long every one is kept; ``daily``, ``weekly``, ``monthly``: for how many such periods
            the last one of each is kept.
        now: this machine's time.

    """
    ordered = sorted(found, key=lambda one: one.received, reverse=True)
    keep = {one.id for one in ordered[:_LEAST]}
    keep |= {one.id for one in ordered if now - one.received <= rule.get("all_days", 2) * _DAY}
    for name, pattern, days in (("daily", "%Y-%m-%d", 1), ("weekly", "%G-%V", 7), ("monthly", "%Y-%m", 31)):
        seen: set[str] = set()
        for one in ordered:
            period = datetime.fromtimestamp(one.received, UTC).strftime(pattern)
            if period not in seen and now - one.received <= rule.get(name, 0) * days * _DAY:
                seen.add(period)
                keep.add(one.id)
    return [one.id for one in ordered if one.id not in keep]
