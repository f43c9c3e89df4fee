"""The whole fleet at once: machines that rules cannot tell apart are judged once."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from officefleet.drivers.catalog.rule import Verdict
from officefleet.drivers.verdicts.tally import Tally
from officefleet.inventory.reading import collection_paused

if TYPE_CHECKING:
    from collections.abc import Iterator

    from officefleet.drivers.catalog.rule import Rule
    from officefleet.drivers.verdicts.index import Masks, RuleIndex
    from officefleet.drivers.verdicts.keys import OsKey
    from officefleet.drivers.verdicts.table import FleetTable, MachineClass


class Outcome(NamedTuple):
    """What holds for a class: the verdict, and bit sets of rules that hold and that cannot be decided."""

    verdict: Verdict
    sure: int
    undecided: int


class _Peripherals(NamedTuple):
    """What the peripherals of a class make of the rules together, the machine's own axes apart.

    Attributes:
        sure: some peripheral fulfils the rule.
        open: some peripheral may fulfil it, what is recorded of it does not tell.
        possible: either.

    """

    sure: int
    open: int
    possible: int


@dataclass(frozen=True, slots=True)
class FleetSummary:
    """Counts over a fleet; a machine counts once for each rule that any of its peripherals meets."""

    machines: int
    peripherals: int
    verdicts: dict[Verdict, int]
    rules: list[tuple[Rule, int]]
    undecided: list[tuple[Rule, int]]


class FleetJudge:
    """Judges a fleet's classes by the rules of an index."""

    def __init__(self, index: RuleIndex, table: FleetTable) -> None:
        self.index = index
        self.table = table
        self._blocks, self._unknowns = (
            sum(1 << bit for bit, rule in enumerate(index.rules) if rule.verdict is verdict)
            for verdict in (Verdict.BLOCK, Verdict.UNKNOWN)
        )
        self._pairs: dict[OsKey, list[_Peripherals | None]] = {}
        self._base: dict[tuple[int, int, int, int | None], Masks] = {}
        self._on_os: dict[OsKey, tuple[Masks, list[_Peripherals | None]]] = {}

    def verdict(self, sure: int, undecided: int) -> Verdict:
        """Return the worst verdict of rules that hold and rules that cannot be decided."""
        if sure & self._blocks:
            return Verdict.BLOCK
        if undecided or sure & self._unknowns:
            return Verdict.UNKNOWN
        return Verdict.WARN if sure else Verdict.OK

    def outcome(self, kind: MachineClass, os: OsKey | None = None) -> Outcome:
        """Return what holds for a class, as it is or on another system."""
        system = self.table.systems[kind[0]] if os is None else os
        known = self._on_os.get(system)
        if known is None:
            known = self._on_os[system] = (self.index.on_os(system), self._pairs_on(system))
        on_os, pairs = known
        rest = self._base.get((kind[1], kind[2], kind[3], system.build)) or self._rest(kind, system.build)
        base_sure, base_possible = on_os[0] & rest[0], on_os[1] & rest[1]
        # AND distributes over OR, so the peripherals are joined before they meet the machine's own axes.
        about = self.index.about_poste
        met, open_, possible = about, 0, about
        for number in kind[4]:
            pair = pairs[number] or self._pair(pairs, number, system)
            met |= pair[0]
            open_ |= pair[1]
            possible |= pair[2]
        sure = base_sure & met
        undecided = base_possible & (open_ | possible & ~base_sure) & ~sure
        return Outcome(self.verdict(sure, undecided), sure, undecided)

    def _rest(self, kind: MachineClass, build: int | None) -> Masks:
        """Return what a class's middleware, LGO and poste make of the rules, on a build."""
        table, index = self.table, self.index
        middleware, lgo = table.middleware[kind.middleware], table.lgos[kind.lgo]
        masks = index.on_middleware(middleware).both(index.on_lgo(lgo))
        masks = masks.both(index.on_poste(table.poste(kind.readers)))
        masks = masks.both(index.on_lgo_needs(lgo, build, middleware))
        self._base[kind.middleware, kind.lgo, kind.readers, build] = masks
        return masks

    def _pairs_on(self, os: OsKey) -> list[_Peripherals | None]:
        """Return what is known of each peripheral on a system; a revision does not change it."""
        system = os._replace(revision=None)
        pairs = self._pairs.get(system)
        if pairs is None:
            pairs = self._pairs[system] = [None] * len(self.table.peripherals)
        return pairs

    def _pair(self, pairs: list[_Peripherals | None], number: int, os: OsKey) -> _Peripherals:
        masks = self.index.on_pair(self.table.peripherals[number], os)
        pair = _Peripherals(masks.sure, masks.possible & ~masks.sure, masks.possible)
        pairs[number] = pair
        return pair

    def outcomes(self) -> Iterator[tuple[Outcome, list[str]]]:
        """Yield the outcome and the machines of each class."""
        for kind, hosts in self.table.classes.items():
            yield self.outcome(kind), hosts

    def summary(self) -> FleetSummary:
        """Judge the whole fleet and count."""
        verdicts: Counter[Verdict] = Counter()
        holds, open_ = Tally(), Tally()
        with collection_paused():
            for outcome, hosts in self.outcomes():
                verdicts[outcome.verdict] += len(hosts)
                holds.add(outcome.sure, len(hosts))
                open_.add(outcome.undecided, len(hosts))
        rules = self.index.rules
        return FleetSummary(
            machines=sum(verdicts.values()),
            peripherals=sum(len(kind.peripherals) * len(hosts) for kind, hosts in self.table.classes.items()),
            verdicts={verdict: verdicts[verdict] for verdict in Verdict},
            rules=[(rules[bit], count) for bit, count in holds.counts()],
            undecided=[(rules[bit], count) for bit, count in open_.counts()],
        )
