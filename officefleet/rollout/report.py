"""Rollouts as text for a terminal and as plain data."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from officefleet.i18n import _, ngettext
from officefleet.rollout.states import PharmacyState, RolloutState

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable, Iterator, Sequence

    from officefleet.rollout.states import Job, Outcome, WaveCounts
    from officefleet.rollout.store import Entry, Record


def moment(when: dt.datetime) -> str:
    """Return a moment for people: in its own time zone, UTC as this computer's."""
    local = when.astimezone() if not when.utcoffset() else when
    return local.strftime("%Y-%m-%d %H:%M %Z")


def wave_line(wave: WaveCounts, waves: int) -> str:
    """Return what announces a wave."""
    return ngettext(
        "Wave {number} of {waves}: {count} pharmacy",
        "Wave {number} of {waves}: {count} pharmacies",
        wave.size,
    ).format(number=wave.number + 1, waves=waves, count=wave.size)


def turn_lines(job: Job, outcome: Outcome) -> Iterator[str]:
    """Yield what is said of a pharmacy's turn."""
    yield _line(job.pharmacy, outcome.state, outcome.reason, outcome.due, outcome.machines_ok, outcome.run)
    yield from (f"    {one}" for one in outcome.refused)


def entry_lines(entry: Entry) -> Iterator[str]:
    """Yield what is said of a pharmacy of a rollout that is over or under way."""
    yield _line(entry.pharmacy, entry.state, entry.reason, entry.due, entry.machines_ok, entry.run)
    yield from (f"    {one}" for one in entry.refused)


def _line(
    pharmacy: str, state: PharmacyState, reason: str, due: dt.datetime | None, machines: int, run: str
) -> str:
    parts = [state.label]
    if reason:
        parts.append(reason)
    if due is not None:
        parts.append(_("next turn {when}").format(when=moment(due)))
    if machines:
        parts.append(ngettext("{count} machine", "{count} machines", machines).format(count=machines))
    text = f"  {pharmacy}: " + "; ".join(parts)
    return text + (" " + _("(run {run})").format(run=run) if run else "")


def wave_lines(waves: Sequence[WaveCounts]) -> Iterator[str]:
    """Yield each wave in figures."""
    for wave in waves:
        counts = ", ".join(
            f"{state.label}: {wave.count(state)}" for state in PharmacyState if wave.count(state)
        )
        yield wave_line(wave, len(waves)) + f" ({counts})"


def head_line(record: Record, *, under_way: bool) -> str:
    """Return how a rollout stands, as one line."""
    state = record.state.label
    if record.state is RolloutState.RUNNING and not under_way:
        state = _("was killed")
    text = _("{name}, begun {when}: {state}").format(
        name=record.name, when=moment(record.started), state=state
    )
    return text + (f"; {record.reason}" if record.reason else "")


def closing_lines(record: Record, next_due: dt.datetime | None) -> Iterator[str]:
    """Yield how a rollout stands and what to do next."""
    if record.state is RolloutState.FINISHED:
        yield _("The rollout {name} is finished.").format(name=record.name)
    elif record.state is RolloutState.STOPPED:
        yield _("The rollout {name} has stopped: {reason}.").format(name=record.name, reason=record.reason)
        yield _("Once the cause is gone: officefleet rollout --name {name} --resume --retry").format(
            name=record.name
        )
    else:
        when = (
            _("from {when} on").format(when=moment(next_due)) if next_due else _("when they can be disturbed")
        )
        yield _("Pharmacies are waiting. {when}: officefleet rollout --name {name} --resume").format(
            when=when[0].upper() + when[1:], name=record.name
        )


def to_json(
    record: Record, waves: Sequence[WaveCounts], entries: Iterable[Entry], *, under_way: bool
) -> dict[str, Any]:
    """Return a rollout as plain data; moments are ISO 8601 with their offset."""
    return {
        "name": record.name,
        "state": record.state.value,
        "under_way": under_way,
        "reason": record.reason,
        "started": record.started.isoformat(),
        "finished": record.finished.isoformat() if record.finished else None,
        "settings": dict(record.settings),
        "waves": [
            {
                "number": one.number + 1,
                "size": one.size,
                **{state.value: one.count(state) for state in PharmacyState},
            }
            for one in waves
        ],
        "pharmacies": [
            {
                "id": one.pharmacy,
                "wave": one.wave + 1,
                "state": one.state.value,
                "reason": one.reason,
                "due": one.due.isoformat() if one.due else None,
                "tries": one.tries,
                "machines_ok": one.machines_ok,
                "refused": list(one.refused),
                "run": one.run,
            }
            for one in entries
        ],
    }
