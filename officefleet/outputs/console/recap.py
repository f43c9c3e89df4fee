"""The recap of a run: a line for each host, a line for each pharmacy, totals."""

from __future__ import annotations

from dataclasses import fields
from typing import TYPE_CHECKING

from officefleet.engine.events import Counts
from officefleet.i18n import _, ngettext
from officefleet.outputs.console.lines import Line, Span, line
from officefleet.outputs.console.render import duration
from officefleet.outputs.tally import Tally, by_pharmacy, total

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from officefleet.engine.events import RunFinished

_MOST = 40  # hosts or pharmacies that are all listed; of more only those with something to say
_STYLES = {"ok": "ok", "changed": "changed", "failed": "failed", "unreachable": "unreachable",
           "skipped": "skipped", "rescued": "changed", "ignored": "changed"}  # fmt: skip


def recap_lines(
    event: RunFinished, pharmacy_of: Callable[[str], str | None], *, check: bool, verbosity: int
) -> Iterator[Line]:
    """Yield the whole recap."""
    recap = event.recap
    yield ()
    yield line((f"== {_('Recap')}", "title"))
    yield from _hosts(recap, verbosity)
    homes = by_pharmacy(recap, pharmacy_of)
    if homes:
        yield ()
        yield line((f"== {_('Pharmacies')}", "title"))
        yield from _pharmacies(homes, verbosity)
    yield ()
    yield from _totals(event, check=check)


def _hosts(recap: Mapping[str, Counts], verbosity: int) -> Iterator[Line]:
    names = sorted(recap, key=lambda name: (_bad(recap[name]), name))  # trouble nearest to the prompt
    shown = names if len(names) <= _MOST or verbosity else [name for name in names if _bad(recap[name])]
    width = max((len(name) for name in shown), default=0)
    words = {"ok": _("ok"), "changed": _("changed"), "unreachable": _("unreachable"), "failed": _("failed"),
             "skipped": _("skipped"), "rescued": _("rescued"), "ignored": _("ignored")}  # fmt: skip
    for name in shown:
        spans = [Span(f"  {name:<{width}} ")]
        for one in fields(Counts):
            count = getattr(recap[name], one.name)
            text = f" {words[one.name]}={count:<3}"
            spans.append(Span(text, _STYLES[one.name] if count else "dim"))
        yield tuple(spans)
    yield from _rest(len(names) - len(shown))


def _rest(count: int) -> Iterator[Line]:
    if count:
        text = ngettext(
            "  {count} other without trouble; -v lists it",
            "  {count} others without trouble; -v lists them",
            count,
        )
        yield line((text.format(count=count), "dim"))


def _pharmacies(homes: Mapping[str, Tally], verbosity: int) -> Iterator[Line]:
    shown = [
        (name, tally)
        for name, tally in homes.items()
        if len(homes) <= _MOST or verbosity or tally.failed or tally.unreachable
    ]
    for name, tally in shown:
        yield (Span(f"  {name} "), *_parts(tally))
    yield from _rest(len(homes) - len(shown))


def _parts(tally: Tally) -> Iterator[Span]:
    yield Span(f" {ngettext('{count} host', '{count} hosts', tally.hosts).format(count=tally.hosts)}:")
    changed, failed, lost = tally.changed, tally.failed, tally.unreachable
    yield Span(f" {_('{count} fine').format(count=tally.fine)}", "ok")
    text = ngettext("{count} changed", "{count} changed", changed).format(count=changed)
    yield Span(f", {text}", "changed" if changed else "dim")
    if failed:
        yield Span(f", {ngettext('{count} failed', '{count} failed', failed).format(count=failed)}", "failed")
    if lost:
        text = ngettext("{count} unreachable", "{count} unreachable", lost).format(count=lost)
        yield Span(f", {text}", "unreachable")


def _totals(event: RunFinished, *, check: bool) -> Iterator[Line]:
    tasks = sum(one.ok + one.failed + one.rescued + one.unreachable for one in event.recap.values())
    changed = sum(one.changed for one in event.recap.values())
    text = _("{tasks} tasks, {changed} changes, {time}, run {run}").format(
        tasks=tasks, changed=changed, time=duration(event.seconds), run=event.run
    )
    yield (*_parts(total(event.recap)), Span(f" - {text}", "dim"))
    if check:
        yield line((f" {_('Check mode: nothing was changed.')}", "hint"))


def _bad(counts: Counts) -> bool:
    return bool(counts.failed or counts.unreachable)
