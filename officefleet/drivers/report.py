"""Verdicts as text for a terminal: what does not work, why, what cures it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from officefleet.drivers.catalog.rule import Verdict
from officefleet.i18n import _, language, ngettext

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from officefleet.drivers.verdicts.fleet import FleetSummary
    from officefleet.drivers.verdicts.judge import Finding, MachineVerdict
    from officefleet.drivers.verdicts.update import UpdateImpact

_SHOWN_HOSTS = 10


def label(verdict: Verdict) -> str:
    """Return a verdict's name for people."""
    return {
        Verdict.OK: _("ok"),
        Verdict.WARN: _("warning"),
        Verdict.UNKNOWN: _("unknown"),
        Verdict.BLOCK: _("block"),
    }[verdict]


def machine_lines(verdict: MachineVerdict) -> Iterator[str]:
    """Yield the report of one machine, one line an element."""
    title = verdict.host
    if verdict.stands_in_for:
        title = _("{spare} standing in for {poste}").format(spare=verdict.host, poste=verdict.stands_in_for)
    yield f"{title}: {label(verdict.verdict)}"
    yield from _finding_lines(verdict.findings, "  ")
    for one in verdict.peripherals:
        product = f" ({one.peripheral.product})" if one.peripheral.product else ""
        yield f"  {one.peripheral.name}{product}: {label(one.verdict)}"
        yield from _finding_lines(one.findings, "    ")


def _finding_lines(findings: Sequence[Finding], indent: str) -> Iterator[str]:
    lang = language()
    for one in findings:
        if not one.missing:
            yield f"{indent}[{label(one.verdict)}] {one.rule.reason.in_language(lang)}"
            yield f"{indent}  -> {one.rule.cure.in_language(lang)}"
            yield f"{indent}  {one.rule.id}; {one.rule.source.title} ({one.rule.source.date.isoformat()})"
    undecided = [one for one in findings if one.missing]
    if undecided:
        facts = sorted({fact for one in undecided for fact in one.missing})
        yield f"{indent}[{label(Verdict.UNKNOWN)}] " + _(
            "cannot be decided: {rules}; not recorded: {facts}"
        ).format(rules=", ".join(one.rule.id for one in undecided), facts=", ".join(facts))


def count_lines(verdicts: Sequence[MachineVerdict]) -> Iterator[str]:
    """Yield the closing line of a check."""
    counts = ", ".join(
        f"{label(kind)}: {count}"
        for kind in reversed(Verdict)
        if (count := sum(one.verdict is kind for one in verdicts))
    )
    machines = ngettext("{count} verdict", "{count} verdicts", len(verdicts)).format(count=len(verdicts))
    yield f"{machines} ({counts})" if counts else machines


def fleet_lines(summary: FleetSummary) -> Iterator[str]:
    """Yield the report of a whole fleet: counts by verdict and by rule."""
    lang = language()
    yield _("{machines} machines, {peripherals} peripherals").format(
        machines=summary.machines, peripherals=summary.peripherals
    )
    for kind in reversed(Verdict):
        yield f"  {label(kind)}: {summary.verdicts[kind]}"
    for rule, count in summary.rules:
        yield f"  {count:>8}  [{label(rule.verdict)}] {rule.title.in_language(lang)} ({rule.id})"
    for rule, count in summary.undecided:
        yield f"  {count:>8}  [{label(Verdict.UNKNOWN)}] " + _("cannot be decided: {rule}").format(
            rule=rule.id
        )


def update_lines(impact: UpdateImpact) -> Iterator[str]:
    """Yield what an update would break."""
    lang = language()
    yield _("{update}: {verdict}; for {concerned} of {machines} machines").format(
        update=impact.target.name,
        verdict=label(impact.verdict),
        concerned=impact.concerned,
        machines=impact.machines,
    )
    for rule, hosts in impact.broken:
        yield f"  [{label(rule.verdict)}] {len(hosts)}: {rule.reason.in_language(lang)}"
        yield f"    -> {rule.cure.in_language(lang)}"
        yield f"    {rule.id}; {rule.source.title}"
        yield f"    {_some(hosts)}"
    for rule, hosts in impact.undecided:
        text = _("cannot be decided: {rule}").format(rule=rule.id)
        yield f"  [{label(Verdict.UNKNOWN)}] {len(hosts)}: {text}"
        yield f"    {_some(hosts)}"
    if impact.not_recorded:
        text = _("Windows build not recorded: {hosts}").format(hosts=_some(impact.not_recorded))
        yield f"  [{label(Verdict.UNKNOWN)}] {len(impact.not_recorded)}: {text}"


def _some(hosts: Sequence[str]) -> str:
    more = len(hosts) - _SHOWN_HOSTS
    shown = ", ".join(hosts[:_SHOWN_HOSTS])
    return shown + (", " + _("and {count} more").format(count=more) if more > 0 else "")
