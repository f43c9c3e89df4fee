"""The whole fleet at once: machines that rules cannot tell apart are judged once."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from officefleet.drivers.catalog.rule import Verdict
from officefleet.drivers.verdicts.keys import ContextKey, PeripheralKey, context_key, peripheral_key

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from officefleet.drivers.catalog.rule import Rule
    from officefleet.drivers.verdicts.index import RuleIndex
    from officefleet.models import Machine, Pharmacy


class MachineClass(NamedTuple):
    """Machines that no rule can tell apart: a context and peripherals, by their numbers in the table."""

    context: int
    peripherals: tuple[int, ...]


class Outcome(NamedTuple):
    """What holds for a class: the verdict, and bit sets of rules that hold and that cannot be decided."""

    verdict: Verdict
    sure: int
    undecided: int


@dataclass(frozen=True, slots=True)
class FleetSummary:
    """Counts over a fleet; a machine counts once for each rule that any of its peripherals meets."""

    machines: int
    peripherals: int
    verdicts: dict[Verdict, int]
    rules: list[tuple[Rule, int]]
    undecided: list[tuple[Rule, int]]


class FleetTable:
    """The fleet reduced to classes of machines; independent of rules, made once.

    Attributes:
        contexts: distinct contexts.
        peripherals: distinct peripheral keys.
        classes: class to the names of its machines.

    """

    def __init__(self) -> None:
        self.contexts: list[ContextKey] = []
        self.peripherals: list[PeripheralKey] = []
        self.classes: dict[MachineClass, list[str]] = {}
        self._context_numbers: dict[ContextKey, int] = {}
        self._peripheral_numbers: dict[PeripheralKey, int] = {}

    def add_pharmacies(self, pharmacies: Iterable[Pharmacy]) -> None:
        """Add every machine of some pharmacies."""
        for pharmacy in pharmacies:
            for machine in pharmacy.machines:
                self.add(machine, pharmacy)

    def add(self, machine: Machine, pharmacy: Pharmacy | None) -> None:
        """Add one machine."""
        key = context_key(machine, pharmacy)
        context = self._context_numbers.get(key)
        if context is None:
            context = self._context_numbers[key] = len(self.contexts)
            self.contexts.append(key)
        numbers = self._peripheral_numbers
        found = []
        for peripheral in machine.peripherals:
            its_key = peripheral_key(peripheral)
            number = numbers.get(its_key)
            if number is None:
                number = numbers[its_key] = len(self.peripherals)
                self.peripherals.append(its_key)
            found.append(number)
        found.sort()
        self.classes.setdefault(MachineClass(context, tuple(found)), []).append(machine.name)


class FleetJudge:
    """Judges a fleet's classes by the rules of an index."""

    def __init__(self, index: RuleIndex, table: FleetTable) -> None:
        self.index = index
        self.table = table
        self._of_verdict = {
            verdict: sum(1 << bit for bit, rule in enumerate(index.rules) if rule.verdict is verdict)
            for verdict in Verdict
        }

    def verdict(self, sure: int, undecided: int) -> Verdict:
        """Return the worst verdict of rules that hold and rules that cannot be decided."""
        if sure & self._of_verdict[Verdict.BLOCK]:
            return Verdict.BLOCK
        if undecided or sure & self._of_verdict[Verdict.UNKNOWN]:
            return Verdict.UNKNOWN
        return Verdict.WARN if sure else Verdict.OK

    def outcome(self, context: ContextKey, peripherals: Iterable[PeripheralKey]) -> Outcome:
        """Return what holds for a machine of a context with some peripherals."""
        index = self.index
        base = index.on_context(context)
        os = context.os
        sure = base.sure & index.about_poste
        undecided = (base.possible & index.about_poste) & ~sure
        for key in peripherals:
            pair = index.on_pair(key, os)
            its_possible = pair.possible & base.possible
            if its_possible:
                its_sure = pair.sure & base.sure
                sure |= its_sure
                undecided |= its_possible & ~its_sure
        return Outcome(self.verdict(sure, undecided), sure, undecided)

    def outcomes(self) -> Iterator[tuple[Outcome, list[str]]]:
        """Yield the outcome and the machines of each class."""
        contexts, keys = self.table.contexts, self.table.peripherals
        for kind, hosts in self.table.classes.items():
            yield self.outcome(contexts[kind.context], [keys[number] for number in kind.peripherals]), hosts

    def summary(self) -> FleetSummary:
        """Judge the whole fleet and count."""
        verdicts: Counter[Verdict] = Counter()
        by_masks: Counter[tuple[int, int]] = Counter()
        for outcome, hosts in self.outcomes():
            verdicts[outcome.verdict] += len(hosts)
            by_masks[outcome.sure, outcome.undecided] += len(hosts)
        holds: Counter[int] = Counter()
        open_: Counter[int] = Counter()
        for (sure, undecided), count in by_masks.items():
            for bits, tally in ((sure, holds), (undecided, open_)):
                for bit in _bits(bits):
                    tally[bit] += count
        rules = self.index.rules
        return FleetSummary(
            machines=sum(verdicts.values()),
            peripherals=sum(len(kind.peripherals) * len(hosts) for kind, hosts in self.table.classes.items()),
            verdicts={verdict: verdicts[verdict] for verdict in Verdict},
            rules=[(rules[bit], count) for bit, count in holds.most_common()],
            undecided=[(rules[bit], count) for bit, count in open_.most_common()],
        )


def _bits(mask: int) -> Iterator[int]:
    while mask:
        low = mask & -mask
        yield low.bit_length() - 1
        mask ^= low
