"""Turns groups, failures and the recap into lines."""

from __future__ import annotations

from typing import TYPE_CHECKING

from officefleet.engine.events import Status
from officefleet.errors import Mark
from officefleet.i18n import _, ngettext
from officefleet.outputs import results
from officefleet.outputs.console.lines import Line, Span, block, line
from officefleet.outputs.problems import excerpt

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from officefleet.outputs.console.board import Failure, Group, Under

_NAMES = 6  # hosts that are named before "+N"
_SAID = 8  # different messages of one task that are shown without -v
_UNREACHABLE = 12  # unreachable hosts that are listed at once
_TAIL = 6  # lines of standard error
_ITEMS = 4  # failing items of a loop that are shown
_WIDTH = 44  # of a task's title
STYLES = {
    Status.FAILED: "failed",
    Status.UNREACHABLE: "unreachable",
    Status.RESCUED: "changed",
    Status.IGNORED: "changed",
    Status.CHANGED: "changed",
    Status.OK: "ok",
    Status.SKIPPED: "skipped",
}


def word(status: Status) -> str:
    """Return a status in the user's language."""
    return {
        Status.OK: _("ok"),
        Status.CHANGED: _("changed"),
        Status.SKIPPED: _("skipped"),
        Status.FAILED: _("failed"),
        Status.IGNORED: _("ignored"),
        Status.RESCUED: _("rescued"),
        Status.UNREACHABLE: _("unreachable"),
    }[status]


def names(hosts: Sequence[str], limit: int = _NAMES) -> str:
    """Return the first host names, and how many more there are."""
    more = len(hosts) - limit
    return ", ".join(sorted(hosts)[:limit]) + (f" +{more}" if more > 0 else "")


def duration(seconds: float) -> str:
    """Return a time as a person says it: "0.4 s", "12 s", "3 min 05 s"."""
    if seconds < 10:  # noqa: PLR2004  tenths matter below ten seconds
        return f"{seconds:.1f} s"
    if seconds < 60:  # noqa: PLR2004  a minute
        return f"{seconds:.0f} s"
    if seconds < 3600:  # noqa: PLR2004  an hour
        return f"{int(seconds) // 60} min {int(seconds) % 60:02} s"
    return f"{int(seconds) // 3600} h {int(seconds) // 60 % 60:02} min"


def play_header(title: str, count: int) -> Iterator[Line]:
    """Yield a play's heading."""
    hosts = ngettext("{count} host", "{count} hosts", count).format(count=count)
    yield ()
    yield line((f"== {title} ", "title"), (f"({hosts})", "dim"))


def group(found: Group, verbosity: int) -> Iterator[Line]:
    """Yield a task's line, what it printed, its diffs and, with -v, every result."""
    title = f"{_('handler')} {found.title}" if found.handler else found.title
    spans = [Span(f"  {title:<{_WIDTH}}")]
    for status, style in STYLES.items():
        if found.count(status):
            spans.append(Span(f"  {word(status)} {found.count(status)}", style))
    slow = found.ended - found.begun
    if slow >= 1:
        spans.append(Span(f"  {duration(slow)}", "dim"))
    bad = [*found.hosts.get(Status.FAILED, ()), *found.hosts.get(Status.UNREACHABLE, ())]
    shown = bad or found.hosts.get(Status.CHANGED, [])
    total = sum(len(hosts) for hosts in found.hosts.values())
    if shown and (bad or len(shown) < total):
        spans.append(Span(f"  {names(shown)}", "dim"))
    yield tuple(spans)
    yield from _said(found, verbosity)
    for text, hosts in sorted(found.diffs.items(), key=lambda one: min(one[1])):
        yield line((f"    {names(hosts)}:", "dim"))
        for row in text.split("\n"):
            yield line(("      " + row, _diff_style(row)))
    if verbosity:
        for host, status, result in found.details:
            yield line((f"    {host}: {word(status)} ", STYLES[status]), results.details(result))


def _said(found: Group, verbosity: int) -> Iterator[Line]:
    for number, (text, hosts) in enumerate(found.said.items()):
        if number == _SAID and not verbosity:
            more = sum(len(one) for one in list(found.said.values())[number:])
            rest = ngettext(
                "... and {count} host more; -v shows it", "... and {count} hosts more; -v shows them", more
            )
            yield line((f"    {rest.format(count=more)}", "dim"))
            return
        if "\n" in text:
            yield line((f"    {names(hosts)}:", "dim"))
            yield from block(text, indent="      ")
        else:
            yield line((f"    {names(hosts)}: ", "dim"), text)


def _diff_style(row: str) -> str:
    if row.startswith("+"):
        return "ok"
    if row.startswith("-"):
        return "failed"
    return "dim" if row.startswith("@@") else ""


def failure(found: Failure) -> Iterator[Line]:
    """Yield a failure: hosts, place, excerpt, message, the end of standard error, one hint."""
    event = found.event
    style = STYLES[event.status]
    if event.status is Status.UNREACHABLE:
        yield from _unreachable(found)
        return
    said = names(list(found.hosts))
    if found.known:
        yield line(
            (f"  {said}: {word(event.status)}, ", style), _("as above: {task}").format(task=event.task)
        )
        return
    yield line((f"  {said}: {word(event.status)}: {event.task}", style))
    given = [(label, result) for label, result in results.failing(event)]
    mark = _mark(str(given[0][1].get("mark") or "")) or event.mark
    yield line((f"    {mark}", "dim"))
    for row in excerpt(mark):
        yield line(("  " + row, "dim"))
    for label, result in given[:_ITEMS]:
        yield from _why(label, result)
    if len(given) > _ITEMS:
        more = len(given) - _ITEMS
        yield line(
            (
                f"    {ngettext('and {count} item more', 'and {count} items more', more).format(count=more)}",
                "dim",
            )
        )
    hint = results.hint(given[0][1])
    if hint:
        yield line(("    " + _("hint: {hint}").format(hint=hint), "hint"))


def _unreachable(found: Failure) -> Iterator[Line]:
    for host, said in list(found.hosts.items())[:_UNREACHABLE]:
        lead = "" if said.startswith(host) else f"{host}: "
        yield line((f"  {word(Status.UNREACHABLE)}: ", "unreachable"), lead + said)
    more = len(found.hosts) - _UNREACHABLE
    if more > 0:
        rest = ngettext("and {count} host more", "and {count} hosts more", more).format(count=more)
        yield line((f"    {rest}", "dim"))
    hint = results.hint(found.event.result)
    if hint:
        yield line(("    " + _("hint: {hint}").format(hint=hint), "hint"))


def _why(label: str, result: Mapping[str, object]) -> Iterator[Line]:
    message = str(result.get("censored") or result.get("msg") or _("no message"))
    if "rc" in result:
        message += f" (rc {result['rc']})"
    lead = f"{label}: " if label else ""
    yield from block(lead + message, indent="    ", last=_TAIL)
    text = str(result.get("stderr") or result.get("module_stderr") or "").strip()
    if not text and result.get("rc"):
        text = str(result.get("stdout") or "").strip()
    if text and text not in message:
        yield from block(text, indent="    | ", style="dim", last=_TAIL)


def _mark(text: str) -> Mark | None:
    file, _colon, rest = text.rpartition(":")
    file, _colon, number = file.rpartition(":")
    if not (file and number.isdigit() and rest.isdigit()):
        return None
    return Mark(file, int(number), int(rest))


def note(text: str, host: str, mark: Mark | None) -> Iterator[Line]:
    """Yield a remark of the engine."""
    place = f" ({mark})" if mark else ""
    yield line((f"  {host + ': ' if host else ''}{text}", "changed"), (place, "dim"))


def under_way(under: Mapping[str, Under], now: float, limit: int) -> Iterator[Line]:
    """Yield the tasks that take long: host, task, time, the last thing said."""
    slow = sorted(
        ((now - one.since, host, one) for host, one in under.items() if now - one.since >= 1), reverse=True
    )
    for seconds, host, one in slow[:limit]:
        yield line(
            (f"  {duration(seconds):>10}  ", "dim"),
            (host, "title"),
            f"  {one.task}",
            (f"  {one.text[-100:]}", "dim"),
        )
    if len(slow) > limit:
        more = len(slow) - limit
        yield line(
            (
                f"  {ngettext('and {count} host more', 'and {count} hosts more', more).format(count=more)}",
                "dim",
            )
        )
