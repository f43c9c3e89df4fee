"""All rules compiled to bit sets: judging a peripheral is a few ANDs of whole numbers.

For each axis (system, middleware, LGO, poste, peripheral, driver against system) and each key met on it, two
bit sets over the rules are kept: *sure* (the axis fulfils the rule) and *possible* (it does, or what is
recorded does not tell). The AND over the axes gives the rules that hold and those that cannot be decided.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from officefleet.drivers.verdicts import conditions
from officefleet.drivers.verdicts.keys import MiddlewareKey
from officefleet.drivers.verdicts.resolve import Resolved, Resolver, driver_state

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable, Iterable

    from officefleet.drivers.catalog.load import Catalog
    from officefleet.drivers.catalog.rule import DriverState, Rule
    from officefleet.drivers.catalog.software import LgoEntry
    from officefleet.drivers.verdicts.keys import ContextKey, OsKey, PeripheralKey, PosteKey
    from officefleet.models import PeripheralKind


class Masks(NamedTuple):
    """Bit i is rule i: `sure` holds, `possible` holds or is not known; `sure` is a part of `possible`."""

    sure: int
    possible: int

    def both(self, other: Masks) -> Masks:
        """Return what holds on both axes."""
        return Masks(self.sure & other.sure, self.possible & other.possible)


class RuleIndex:
    """The rules of a catalogue, compiled for one day; keys are evaluated once and remembered.

    Attributes:
        rules: in the order of their bits.
        about_poste: bit set of the rules about the poste itself.
        about_peripheral: bit set of the others.

    """

    def __init__(self, catalog: Catalog, day: dt.date) -> None:
        self.catalog = catalog
        self.day = day
        self.rules: tuple[Rule, ...] = tuple(
            rule for rule in catalog.rules.values() if conditions.on_date(rule, day)
        )
        self._all = (1 << len(self.rules)) - 1
        self.about_peripheral = self._set(rule.needs_peripheral for rule in self.rules)
        self.about_poste = self._all ^ self.about_peripheral
        self._resolver = Resolver(catalog)
        self._lgo = {
            label.casefold(): entry
            for entry in catalog.lgo.values()
            for label in (entry.name, entry.product, *entry.aliases)
        }
        self._asking = {
            "os": self._where(lambda rule: rule.when.os is not None or rule.when.update is not None),
            "middleware": self._where(lambda rule: rule.when.middleware is not None),
            "lgo": self._where(lambda rule: rule.when.lgo is not None),
            "poste": self._where(lambda rule: rule.when.poste is not None),
            "driver_state": self._where(lambda rule: rule.when.driver is not None),
        }
        self._of_kind: dict[PeripheralKind, list[int]] = {}
        self._os: dict[OsKey, Masks] = {}
        self._middleware: dict[MiddlewareKey | None, Masks] = {}
        self._lgos: dict[str | None, Masks] = {}
        self._poste: dict[PosteKey, Masks] = {}
        self._needs: dict[tuple[str | None, int | None, MiddlewareKey | None], Masks] = {}
        self._resolved: dict[PeripheralKey, tuple[Resolved, Masks]] = {}
        self._states: dict[DriverState, Masks] = {}

    @staticmethod
    def _set(bits: Iterable[bool]) -> int:
        return sum(1 << index for index, bit in enumerate(bits) if bit)

    def _where(self, asks: Callable[[Rule], bool]) -> list[int]:
        return [index for index, rule in enumerate(self.rules) if asks(rule)]

    def _masks(self, asking: list[int], test: Callable[[Rule], bool | None], *, others: bool = True) -> Masks:
        """Evaluate the rules that ask something of an axis; the others hold, or fail, on it."""
        sure = possible = 0
        for index in asking:
            result = test(self.rules[index])
            if result is not False:
                possible |= 1 << index
                if result:
                    sure |= 1 << index
        rest = 0
        if others:
            rest = self._all
            for index in asking:
                rest ^= 1 << index
        return Masks(sure | rest, possible | rest)

    def resolved(self, key: PeripheralKey) -> Resolved:
        """Return what the catalogue knows of a peripheral."""
        return self._peripheral(key)[0]

    def lgo(self, recorded: str | None) -> LgoEntry | None:
        """Return the catalogue's entry for an LGO as a pharmacy names it, or None."""
        return self._lgo.get(recorded.casefold()) if recorded is not None else None

    def on_os(self, key: OsKey) -> Masks:
        """Return the rules that a system fulfils."""
        masks = self._os.get(key)
        if masks is None:
            updates = self.catalog.updates
            masks = self._os[key] = self._masks(
                self._asking["os"], lambda rule: conditions.on_os(rule, key, updates)
            )
        return masks

    def on_middleware(self, key: MiddlewareKey | None) -> Masks:
        """Return the rules that the middleware of a poste fulfils."""
        masks = self._middleware.get(key)
        if masks is None:
            masks = self._middleware[key] = self._masks(
                self._asking["middleware"], lambda rule: conditions.on_middleware(rule, key)
            )
        return masks

    def on_lgo(self, recorded: str | None) -> Masks:
        """Return the rules that an LGO fulfils."""
        masks = self._lgos.get(recorded)
        if masks is None:
            entry = self.lgo(recorded)
            masks = self._lgos[recorded] = self._masks(
                self._asking["lgo"], lambda rule: conditions.on_lgo(rule, recorded, entry)
            )
        return masks

    def on_lgo_needs(
        self, recorded: str | None, build: int | None, middleware: MiddlewareKey | None
    ) -> Masks:
        """Return the rules that hold of what an LGO's vendor asks of a poste."""
        entry = self.lgo(recorded)
        if middleware is not None:  # only whether each is installed matters
            middleware = MiddlewareKey._make(one and "+" for one in middleware)
        key = (entry.name if entry else None, build, middleware)
        masks = self._needs.get(key)
        if masks is None:
            masks = self._needs[key] = self._masks(
                self._asking["lgo"], lambda rule: conditions.on_lgo_needs(rule, entry, build, middleware)
            )
        return masks

    def on_poste(self, key: PosteKey) -> Masks:
        """Return the rules that a poste as a whole fulfils."""
        masks = self._poste.get(key)
        if masks is None:
            masks = self._poste[key] = self._masks(
                self._asking["poste"], lambda rule: conditions.on_poste(rule, key)
            )
        return masks

    def on_context(self, key: ContextKey) -> Masks:
        """Return the rules that all of a machine but its peripherals fulfils."""
        masks = self.on_os(key.os).both(self.on_middleware(key.middleware)).both(self.on_lgo(key.lgo))
        return masks.both(self.on_poste(key.poste)).both(
            self.on_lgo_needs(key.lgo, key.os.build, key.middleware)
        )

    def on_peripheral(self, key: PeripheralKey) -> Masks:
        """Return the rules that a peripheral fulfils, its driver's state apart."""
        return self._peripheral(key)[1]

    def _peripheral(self, key: PeripheralKey) -> tuple[Resolved, Masks]:
        found = self._resolved.get(key)
        if found is None:
            resolved = self._resolver.resolve(key)
            asking = self._of_kind.get(key.kind)
            if asking is None:
                asking = self._of_kind[key.kind] = self._where(
                    lambda rule: rule.needs_peripheral and _takes_kind(rule, key.kind)
                )
            masks = self._masks(asking, lambda rule: conditions.on_peripheral(rule, resolved), others=False)
            found = self._resolved[key] = (resolved, masks)
        return found

    def on_pair(self, key: PeripheralKey, os: OsKey) -> Masks:
        """Return the rules about peripherals that a peripheral fulfils on a system, other axes apart.

        Of the system only family, build, architecture and memory integrity count here.
        """
        resolved, own = self._peripheral(key)
        state = driver_state(resolved, os)
        joined = self._states.get(state)
        if joined is None:
            joined = self._states[state] = self._masks(
                self._asking["driver_state"], lambda rule: conditions.on_driver_state(rule, state)
            )
        return own.both(joined)

    def judge(self, key: PeripheralKey, context: ContextKey) -> Masks:
        """Return the rules that hold, surely or possibly, for a peripheral on a machine."""
        return self.on_pair(key, context.os).both(self.on_context(context))

    def judge_poste(self, context: ContextKey) -> Masks:
        """Return the rules about the poste itself that hold, surely or possibly."""
        return self.on_context(context).both(Masks(self.about_poste, self.about_poste))

    def rules_in(self, mask: int) -> list[Rule]:
        """Return the rules of a bit set."""
        return [self.rules[bit] for bit in bits_of(mask)]


def bits_of(mask: int) -> list[int]:
    """Return the numbers of the bits that are set, in order."""
    found = []
    while mask:
        low = mask & -mask
        found.append(low.bit_length() - 1)
        mask ^= low
    return found


def _takes_kind(rule: Rule, kind: PeripheralKind) -> bool:
    when = rule.when.peripheral
    return when is None or not when.kind or kind in when.kind
