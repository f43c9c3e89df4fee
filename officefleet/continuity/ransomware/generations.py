"""Finds the last clean generation of a backup with few looks into it: a hundred snapshots need about eight."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from officefleet.continuity.ransomware.signs import (
    ENCRYPTED,
    TELLING,
    File,
    Finding,
    Generation,
    Verdict,
    alone,
    compare,
    judge,
)
from officefleet.errors import ContinuityError
from officefleet.i18n import _

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from officefleet.continuity.backup.work import Snapshot

_MOST = 5_000_000  # files of one answer that are taken


@dataclass(frozen=True, slots=True)
class Judged:
    """A snapshot with its verdict."""

    snapshot: Snapshot
    verdict: Verdict
    findings: tuple[Finding, ...]


@dataclass(frozen=True, slots=True)
class Search:
    """How a search ended.

    Attributes:
        clean: the newest snapshot before the first that is not clean; None: not one is clean.
        judged: all that were looked into, oldest first.

    """

    clean: Snapshot | None
    judged: tuple[Judged, ...]


def search(snapshots: Sequence[Snapshot], look: Callable[[Snapshot], Generation]) -> Search:
    """Return the last clean snapshot.

    What is encrypted stays encrypted in what is backed up later, so halving finds where it began. Each look is compared with
    the newest one that is known to be clean, never with another that may be encrypted already; far apart, many files are
    gone or rewritten, so only telling signs count until the two lie side by side.

    Args:
        snapshots: oldest first; not empty.
        look: reads one; seconds.

    """
    judged: dict[int, Judged] = {}
    clean = look(snapshots[0])
    first = tuple(alone(clean))
    judged[0] = Judged(snapshots[0], judge(first), first)
    if judged[0].verdict is Verdict.ENCRYPTED:
        return Search(None, (judged[0],))
    good, bad = 0, len(snapshots)
    probe = len(snapshots) - 1
    while good + 1 < bad:
        seen = look(snapshots[probe])
        found = tuple(compare(clean, seen))
        one = Judged(snapshots[probe], judge(found), found)
        judged[probe] = one
        side_by_side = probe == good + 1
        if _is_bad(one, strict=side_by_side):
            bad = probe
        else:
            good, clean = probe, seen
            if one.verdict is Verdict.SUSPECT:  # only of what time brings: gone and rewritten files
                judged[probe] = Judged(one.snapshot, Verdict.CLEAN, found)
        probe = (good + bad) // 2
    return Search(snapshots[good], tuple(judged[place] for place in sorted(judged)))


def _is_bad(one: Judged, *, strict: bool) -> bool:
    if one.verdict is Verdict.SUSPECT and not strict:
        return any(finding.sign in TELLING for finding in one.findings)
    return one.verdict is not Verdict.CLEAN


def generation_of(snapshot: Snapshot, answer: Mapping[str, Any]) -> Generation:
    """Return what a machine saw in a snapshot; it is not believed further than its types go.

    Raises:
        ContinuityError: it answers nonsense.

    """
    try:
        files = {
            str(one["path"]): File(int(one["size"]), str(one["mtime"])) for one in answer["files"][:_MOST]
        }
        random = {
            str(path): float(bits) >= ENCRYPTED
            for path, bits in answer["entropy"].items()
            if math.isfinite(float(bits))
        }
        canaries = {str(path): sound is True for path, sound in answer["canaries"].items()}
    except (KeyError, TypeError, ValueError, AttributeError):
        raise ContinuityError(
            _("what was seen in the snapshot {id} makes no sense").format(id=snapshot.id[:8])
        ) from None
    return Generation(snapshot.id, files, random, canaries)
