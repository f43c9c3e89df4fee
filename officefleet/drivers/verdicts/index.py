"""All rules compiled to bit sets: judging a peripheral is a few ANDs of whole numbers.

For each axis (system, middleware, LGO, poste, peripheral, driver against system) and each key met on it, two
bit sets over the rules are kept: *sure* (the axis fulfils the rule) and *possible* (it does, or what is
recorded does not tell). The AND over the axes gives the rules that hold and those that cannot be decided.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from officefleet.drivers.verdicts import conditions
from officefleet.drivers.verdicts.resolve import Resolved, Resolver, driver_state

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable, Iterable

    from officefleet.drivers.catalog.load import Catalog
    from officefleet.drivers.catalog.rule import Rule
    from officefleet.drivers.catalog.software import LgoEntry
    from officefleet.drivers.verdicts.keys import (
        ContextKey,
        MiddlewareKey,
        OsKey,
        PeripheralKey,
        PosteKey,
    )


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
        self.about_peripheral = self._set(rule.needs_peripheral for rule in self.rules)
        self.about_poste = ((1 << len(self.rules)) - 1) ^ self.about_peripheral
        self._resolver = Resolver(catalog)
        self._lgo = {
            label.casefold(): entry
            for entry in catalog.lgo.values()
            for label in (entry.name, entry.product, *entry.aliases)
        }
        self._os: dict[OsKey, Masks] = {}
        self._middleware: dict[MiddlewareKey | None, Masks] = {}
        self._lgos: dict[str | None, Masks] = {}
        self._poste: dict[PosteKey, Masks] = {}
        self._needs: dict[tuple[str | None, int | None, MiddlewareKey | None], Masks] = {}
        self._context: dict[ContextKey, Masks] = {}
        self._resolved: dict[PeripheralKey, tuple[Resolved, Masks]] = {}
        self._pairs: dict[tuple[PeripheralKey, OsKey], Masks] = {}

    @staticmethod
    def _set(bits: Iterable[bool]) -> int:
        return sum(1 << index for index, bit in enumerate(bits) if bit)

    def _masks(self, test: Callable[[Rule], bool | None]) -> Masks:
        results = [test(rule) for rule in self.rules]
        return Masks(
            self._set(result is True for result in results),
            self._set(result is not False for result in results),
        )

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
            masks = self._os[key] = self._masks(
                lambda rule: conditions.on_os(rule, key, self.catalog.updates)
            )
        return masks

    def on_middleware(self, key: MiddlewareKey | None) -> Masks:
        """Return the rules that the middleware of a poste fulfils."""
        masks = self._middleware.get(key)
        if masks is None:
            masks = self._middleware[key] = self._masks(lambda rule: conditions.on_middleware(rule, key))
        return masks

    def on_lgo(self, recorded: str | None) -> Masks:
        """Return the rules that an LGO fulfils."""
        masks = self._lgos.get(recorded)
        if masks is None:
            entry = self.lgo(recorded)
            masks = self._lgos[recorded] = self._masks(lambda rule: conditions.on_lgo(rule, recorded, entry))
        return masks

    def on_poste(self, key: PosteKey) -> Masks:
        """Return the rules that a poste as a whole fulfils."""
        masks = self._poste.get(key)
        if masks is None:
            masks = self._poste[key] = self._masks(lambda rule: conditions.on_poste(rule, key))
        return masks

    def on_context(self, key: ContextKey) -> Masks:
        """Return the rules that all of a machine but its peripherals fulfils."""
        masks = self._context.get(key)
        if masks is None:
            masks = self.on_os(key.os).both(self.on_middleware(key.middleware))
            masks = masks.both(self.on_lgo(key.lgo)).both(self.on_poste(key.poste))
            masks = self._context[key] = masks.both(self._on_lgo_needs(key))
        return masks

    def _on_lgo_needs(self, key: ContextKey) -> Masks:
        entry = self.lgo(key.lgo)
        known = (entry.name if entry else None, key.os.build, key.middleware)
        masks = self._needs.get(known)
        if masks is None:
            masks = self._needs[known] = self._masks(
                lambda rule: conditions.on_lgo_needs(rule, entry, key.os, key.middleware)
            )
        return masks

    def on_peripheral(self, key: PeripheralKey) -> Masks:
        """Return the rules that a peripheral fulfils, its driver's state apart."""
        return self._peripheral(key)[1]

    def _peripheral(self, key: PeripheralKey) -> tuple[Resolved, Masks]:
        found = self._resolved.get(key)
        if found is None:
            resolved = self._resolver.resolve(key)
            masks = self._masks(lambda rule: conditions.on_peripheral(rule, resolved))
            found = self._resolved[key] = (resolved, masks)
        return found

    def on_pair(self, key: PeripheralKey, os: OsKey) -> Masks:
        """Return the rules about peripherals that a peripheral fulfils on a system, other axes apart.

        The system's own axis is not in it: `judge` adds the whole context.
        """
        masks = self._pairs.get((key, os))
        if masks is None:
            resolved, own = self._peripheral(key)
            state = driver_state(resolved, os)
            joined = self._masks(lambda rule: conditions.on_driver_state(rule, state))
            about = Masks(self.about_peripheral, self.about_peripheral)
            masks = self._pairs[key, os] = own.both(joined).both(about)
        return masks

    def judge(self, key: PeripheralKey, context: ContextKey) -> Masks:
        """Return the rules that hold, surely or possibly, for a peripheral on a machine."""
        return self.on_pair(key, context.os).both(self.on_context(context))

    def judge_poste(self, context: ContextKey) -> Masks:
        """Return the rules about the poste itself that hold, surely or possibly."""
        return self.on_context(context).both(Masks(self.about_poste, self.about_poste))

    def rules_in(self, mask: int) -> list[Rule]:
        """Return the rules of a bit set."""
        found = []
        while mask:
            low = mask & -mask
            found.append(self.rules[low.bit_length() - 1])
            mask ^= low
        return found
