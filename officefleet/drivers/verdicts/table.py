"""A fleet reduced to classes of machines that no rule can tell apart; independent of rules, made once."""

from __future__ import annotations

import json
from operator import attrgetter
from typing import TYPE_CHECKING, Any, NamedTuple

from officefleet.drivers.verdicts.keys import (
    ContextKey,
    MiddlewareKey,
    OsKey,
    PeripheralKey,
    PosteKey,
    middleware_key,
    os_key,
)
from officefleet.inventory.reading import collection_paused
from officefleet.models import Architecture, OsFamily, PeripheralKind, PeripheralMode

if TYPE_CHECKING:
    from collections.abc import Container, Iterable

    from officefleet.inventory import Inventory
    from officefleet.models import Machine, Pharmacy

_PERIPHERAL = attrgetter("kind", "usb", "mode", "product", "driver")
_READERS = (PeripheralKind.VITALE_READER, PeripheralKind.CPS_READER)


class MachineClass(NamedTuple):
    """Machines that no rule can tell apart, by the numbers of their keys in the table.

    Attributes:
        readers: bit set of the modes of its card readers.
        peripherals: sorted; one that it has twice is there twice.

    """

    os: int
    middleware: int
    lgo: int
    readers: int
    peripherals: tuple[int, ...]


class FleetTable:
    """The fleet's classes and the keys that they are made of.

    Attributes:
        systems, middleware, lgos, peripherals: keys by number.
        classes: class to the names of its machines.

    """

    def __init__(self) -> None:
        self.systems: list[OsKey] = []
        self.middleware: list[MiddlewareKey | None] = []
        self.lgos: list[str | None] = []
        self.peripherals: list[PeripheralKey] = []
        self.classes: dict[MachineClass, list[str]] = {}
        self._numbers: tuple[dict[Any, int], dict[Any, int], dict[Any, int]] = ({}, {}, {})
        self._plugged: dict[tuple[Any, ...], int] = {}
        self._networked: dict[tuple[Any, ...], int] = {}
        self._modes: list[PeripheralMode] = []
        self._reader_bits: list[int] = []

    def add_pharmacies(self, pharmacies: Iterable[Pharmacy]) -> None:
        """Add every machine of some pharmacies."""
        with collection_paused():  # walking millions of models again and again would double the time
            for pharmacy in pharmacies:
                for machine in pharmacy.machines:
                    self.add(machine, pharmacy)

    def add(self, machine: Machine, pharmacy: Pharmacy | None) -> None:
        """Add one machine."""
        lgo = pharmacy.lgo if pharmacy is not None else None
        systems, middleware, lgos = self._numbers
        found = []
        readers = 0
        for peripheral in machine.peripherals:
            key = _PERIPHERAL(peripheral)
            numbers = self._plugged if peripheral.address is None else self._networked
            number = numbers.get(key)
            if number is None:
                number = numbers[key] = self._new(PeripheralKey._make((*key, numbers is self._networked)))
            found.append(number)
            readers |= self._reader_bits[number]
        found.sort()
        self.classes.setdefault(
            MachineClass(
                _number(systems, self.systems, os_key(machine)),
                _number(middleware, self.middleware, middleware_key(machine.middleware)),
                _number(lgos, self.lgos, lgo.name if lgo is not None else None),
                readers,
                tuple(found),
            ),
            [],
        ).append(machine.name)

    def add_json(self, pharmacy: dict[str, Any], hosts: Container[str]) -> None:
        """Add some machines of a pharmacy given as JSON of its model, fields at their default left out.

        The same classes as by `add`: a text enumeration is equal to its value, and no objects are made.
        """
        systems, middleware, lgos = self._numbers
        recorded = pharmacy.get("lgo")
        lgo = _number(lgos, self.lgos, recorded["name"] if recorded else None)
        for machine in pharmacy["machines"]:
            if machine["name"] not in hosts:
                continue
            found = []
            readers = 0
            for one in machine.get("peripherals", ()):
                get = one.get
                key = (one["kind"], get("usb"), get("mode"), get("product"), get("driver"))
                numbers = self._plugged if get("address") is None else self._networked
                number = numbers.get(key)
                if number is None:
                    number = numbers[key] = self._new(_peripheral_of_json(one))
                found.append(number)
                readers |= self._reader_bits[number]
            found.sort()
            kind = MachineClass(
                _number(systems, self.systems, _os_of_json(machine["os"])),
                _number(middleware, self.middleware, _middleware_of_json(machine.get("middleware"))),
                lgo,
                readers,
                tuple(found),
            )
            self.classes.setdefault(kind, []).append(machine["name"])

    def _new(self, key: PeripheralKey) -> int:
        bit = 0
        if key.kind in _READERS and key.mode is not None:
            if key.mode not in self._modes:
                self._modes.append(key.mode)
            bit = 1 << self._modes.index(key.mode)
        self._reader_bits.append(bit)
        self.peripherals.append(key)
        return len(self.peripherals) - 1

    def poste(self, readers: int) -> PosteKey:
        """Return the poste's key of a class's bit set of reader modes."""
        return PosteKey(frozenset(mode for bit, mode in enumerate(self._modes) if readers >> bit & 1))

    def context(self, kind: MachineClass) -> ContextKey:
        """Return a class's context."""
        return ContextKey(
            self.systems[kind.os],
            self.middleware[kind.middleware],
            self.lgos[kind.lgo],
            self.poste(kind.readers),
        )


def _os_of_json(os: dict[str, Any]) -> OsKey:
    return OsKey(
        OsFamily(os["family"]),
        os.get("build"),
        os.get("revision"),
        Architecture(os.get("arch", Architecture.X64)),
        os.get("hvci"),
    )


def _middleware_of_json(found: dict[str, Any] | None) -> MiddlewareKey | None:
    return None if found is None else MiddlewareKey._make(found.get(name) for name in MiddlewareKey._fields)


def _peripheral_of_json(one: dict[str, Any]) -> PeripheralKey:
    mode = one.get("mode")
    return PeripheralKey(
        kind=PeripheralKind(one["kind"]),
        usb=one.get("usb"),
        mode=PeripheralMode(mode) if mode is not None else None,
        product=one.get("product"),
        driver=one.get("driver"),
        networked=one.get("address") is not None,
    )


def _number(numbers: dict[Any, int], keys: list[Any], key: Any) -> int:
    number = numbers.get(key)
    if number is None:
        number = numbers[key] = len(keys)
        keys.append(key)
    return number


def fleet_table(inventory: Inventory, hosts: Iterable[str]) -> FleetTable:
    """Return the table of some hosts; those without a model are left out."""
    by_home: dict[str, set[str]] = {}
    for host in hosts:
        home = inventory.pharmacy_of(host)
        if home is not None:
            by_home.setdefault(home, set()).add(host)
    table = FleetTable()
    with collection_paused():
        for home, names in by_home.items():
            table.add_json(json.loads(inventory.pharmacy_json(home)), names)
    return table
