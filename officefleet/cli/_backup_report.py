"""Draws what `officefleet backup` has to say."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING

from officefleet.continuity.backup.verdict import NAS, moment
from officefleet.i18n import _

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from officefleet.continuity.backup.verdict import Copy, Verdict
    from officefleet.continuity.backup.work import Outcome, Snapshot

_SHOWN = 50  # pharmacies in the answer for a fleet; --json has all


def audit_lines(found: Sequence[Verdict], silent: Mapping[str, str]) -> Iterator[str]:
    """Yield the verdicts, the bad ones first and whole; a fleet's good ones are only counted."""
    few = len(found) <= _SHOWN
    bad = [one for one in found if not one.good or one.pharmacy in silent]
    for one in (*bad[:_SHOWN], *([one for one in found if one not in bad] if few else ())):
        yield from _verdict_lines(one, silent.get(one.pharmacy, ""))
    if len(bad) > _SHOWN:
        yield _("... and {count} more; --json lists all").format(count=len(bad) - _SHOWN)
    if len(found) > 1:
        met = sum(one.three_two_one for one in found)
        yield _("{count} pharmacies: {good} without a breach, 3-2-1 met in {met}").format(
            count=len(found), good=sum(one.good for one in found), met=met
        )


def _verdict_lines(one: Verdict, silence: str) -> Iterator[str]:
    verdict = _("3-2-1 met") if one.three_two_one else _("3-2-1 NOT met")
    yield f"{one.pharmacy}: {verdict}"
    if silence:
        told = moment(one.read) if one.read else _("never")
        yield "  " + _("not asked now ({reason}); last told: {when}").format(reason=silence, when=told)
    for copy in one.copies:
        yield "  " + _copy_line(copy)
    proven = moment(one.proven) if one.proven else _("never")
    yield "  " + _("last proven restore: {when}").format(when=proven)
    for mirror in one.mirrors:
        yield "  " + _("mirror {name} (availability, no backup)").format(name=mirror)
    for breach in one.breaches:
        yield f"  [{_('breach')}] {breach.text}"


def _copy_line(copy: Copy) -> str:
    when = moment(copy.newest) if copy.newest is not None else _("none")
    state = _("good") if copy.good else _("NOT good")
    if copy.medium == NAS:
        return _("NAS: {when}, {state}").format(when=when, state=state)
    if not copy.offsite:
        return _("disk {name}: {when}, {state}, plugged in").format(name=copy.medium, when=when, state=state)
    return _("disk {name}: {when}, {state}, with {holder}").format(
        name=copy.medium, when=when, state=state, holder=copy.holder or "?"
    )


def audit_json(found: Sequence[Verdict], silent: Mapping[str, str]) -> str:
    """Return the verdicts as JSON."""
    rows = [{**one.to_json(), "not_asked": silent.get(one.pharmacy)} for one in found]
    value = {
        "at": time.time(),
        "good": all(one.good for one in found) and not silent,
        "pharmacies": rows,
    }
    return json.dumps(value, ensure_ascii=False, indent=1) + "\n"


def outcome_lines(found: Iterable[Outcome]) -> Iterator[str]:
    """Yield what happened on each machine."""
    for one in found:
        mark = _("ok") if one.good else (_("no answer") if one.silent else _("FAILED"))
        yield from (f"[{mark}] {line}" for line in one.lines if line)


def outcome_json(found: Iterable[Outcome]) -> str:
    """Return what happened as JSON."""
    rows = [
        {"host": one.host, "good": one.good, "answers": not one.silent, "said": list(one.lines)}
        for one in found
    ]
    return json.dumps(rows, ensure_ascii=False, indent=1) + "\n"


def snapshot_lines(found: Iterable[Snapshot]) -> Iterator[str]:
    """Yield a line a snapshot, the newest first."""
    for one in sorted(found, key=lambda one: one.time, reverse=True):
        yield f"{one.id[:8]}  {one.time.astimezone():%Y-%m-%d %H:%M}  {', '.join(one.paths)}"
