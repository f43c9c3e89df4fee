"""Verdicts for people and programs: one machine, its peripherals, what was found and why."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from officefleet.drivers.catalog.rule import Verdict
from officefleet.drivers.verdicts.keys import context_key, peripheral_key
from officefleet.drivers.verdicts.missing import missing_facts

if TYPE_CHECKING:
    from collections.abc import Sequence

    from officefleet.drivers.catalog.rule import Rule
    from officefleet.drivers.verdicts.index import Masks, RuleIndex
    from officefleet.drivers.verdicts.keys import ContextKey, PeripheralKey
    from officefleet.models import Machine, Peripheral, Pharmacy


@dataclass(frozen=True, slots=True)
class Finding:
    """A rule that holds, or that cannot be decided because facts are missing.

    Attributes:
        verdict: the rule's, or unknown when it is undecided.
        missing: names of the facts that would decide it; empty when it holds.

    """

    rule: Rule
    verdict: Verdict
    missing: tuple[str, ...] = ()

    def to_json(self, language: str) -> dict[str, Any]:
        """Return the finding as plain data."""
        return {
            "rule": self.rule.id,
            "verdict": self.verdict.value,
            "title": self.rule.title.in_language(language),
            "reason": self.rule.reason.in_language(language),
            "cure": self.rule.cure.in_language(language),
            "source": self.rule.source.title,
            "missing": list(self.missing),
        }


@dataclass(frozen=True, slots=True)
class PeripheralVerdict:
    """What is said of one peripheral on one machine."""

    peripheral: Peripheral
    verdict: Verdict
    findings: tuple[Finding, ...]

    def to_json(self, language: str) -> dict[str, Any]:
        """Return the verdict as plain data."""
        return {
            "peripheral": self.peripheral.name,
            "kind": self.peripheral.kind.value,
            "product": self.peripheral.product,
            "verdict": self.verdict.value,
            "findings": [one.to_json(language) for one in self.findings],
        }


@dataclass(frozen=True, slots=True)
class MachineVerdict:
    """What is said of one machine.

    Attributes:
        verdict: the worst of its findings and its peripherals.
        findings: about the poste itself.
        stands_in_for: the machine whose peripherals were judged on it, or None.

    """

    host: str
    verdict: Verdict
    findings: tuple[Finding, ...]
    peripherals: tuple[PeripheralVerdict, ...]
    stands_in_for: str | None = None

    def to_json(self, language: str) -> dict[str, Any]:
        """Return the verdict as plain data."""
        return {
            "host": self.host,
            "stands_in_for": self.stands_in_for,
            "verdict": self.verdict.value,
            "findings": [one.to_json(language) for one in self.findings],
            "peripherals": [one.to_json(language) for one in self.peripherals],
        }


def worst(verdicts: Sequence[Verdict]) -> Verdict:
    """Return the worst of several verdicts, ok of none."""
    return max(verdicts, key=lambda one: one.severity, default=Verdict.OK)


def judge_machine(index: RuleIndex, machine: Machine, pharmacy: Pharmacy | None) -> MachineVerdict:
    """Return the verdicts on a machine with its own peripherals, from what is recorded."""
    return _judge(index, machine.name, context_key(machine, pharmacy), machine.peripherals)


def judge_stand_in(
    index: RuleIndex, spare: Machine, poste: Machine, pharmacy: Pharmacy | None
) -> MachineVerdict:
    """Return the verdicts on a spare that takes over the peripherals of another machine."""
    own = context_key(spare, pharmacy, moved=True)
    readers = context_key(poste, pharmacy, moved=True).poste
    context = own._replace(poste=readers)
    return _judge(index, spare.name, context, poste.peripherals, stands_in_for=poste.name)


def _judge(
    index: RuleIndex,
    host: str,
    context: ContextKey,
    peripherals: Sequence[Peripheral],
    *,
    stands_in_for: str | None = None,
) -> MachineVerdict:
    findings = _findings(index, index.judge_poste(context), context, None)
    judged = []
    for peripheral in peripherals:
        key = peripheral_key(peripheral)
        found = _findings(index, index.judge(key, context), context, key)
        judged.append(PeripheralVerdict(peripheral, worst([one.verdict for one in found]), found))
    verdict = worst([*(one.verdict for one in findings), *(one.verdict for one in judged)])
    return MachineVerdict(host, verdict, findings, tuple(judged), stands_in_for)


def _findings(
    index: RuleIndex, masks: Masks, context: ContextKey, key: PeripheralKey | None
) -> tuple[Finding, ...]:
    """Return the findings of a bit set, the worst first."""
    found = [Finding(rule, rule.verdict) for rule in index.rules_in(masks.sure)]
    resolved = index.resolved(key) if key is not None else None
    found += [
        Finding(rule, Verdict.UNKNOWN, missing_facts(rule, context, resolved))
        for rule in index.rules_in(masks.possible & ~masks.sure)
    ]
    return tuple(sorted(found, key=lambda one: (-one.verdict.severity, bool(one.missing), one.rule.id)))
