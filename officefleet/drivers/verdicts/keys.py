"""What rules may ask of a machine and of a peripheral, reduced to small keys that many share.

160,000 machines have few distinct systems and few distinct peripherals: rules are evaluated once a key.
"""

from __future__ import annotations

from operator import attrgetter
from typing import TYPE_CHECKING, NamedTuple

from officefleet.models import PeripheralKind, PeripheralMode

if TYPE_CHECKING:
    from officefleet.models import (
        Architecture,
        Machine,
        Middleware,
        OsFamily,
        Peripheral,
        Pharmacy,
    )


class OsKey(NamedTuple):
    """A system; None: not recorded."""

    family: OsFamily
    build: int | None
    revision: int | None
    arch: Architecture
    hvci: bool | None


class PeripheralKey(NamedTuple):
    """A peripheral, without what is its own (serial number, port, COM number)."""

    kind: PeripheralKind
    usb: str | None
    mode: PeripheralMode | None
    product: str | None
    driver: str | None
    networked: bool


class MiddlewareKey(NamedTuple):
    """Versions; None: not installed."""

    galss: str | None
    pcsc: str | None
    cryptolib_cps: str | None
    fsv: str | None


class PosteKey(NamedTuple):
    """A poste as a whole: the modes of its card readers, and whether they come from another machine."""

    reader_modes: frozenset[PeripheralMode]
    moved: bool = False


class ContextKey(NamedTuple):
    """All of a machine that rules may ask for, its peripherals apart; None: not recorded."""

    os: OsKey
    middleware: MiddlewareKey | None
    lgo: str | None
    poste: PosteKey


_OS = attrgetter("family", "build", "revision", "arch", "hvci")
_MIDDLEWARE = attrgetter("galss", "pcsc", "cryptolib_cps", "fsv")
_PERIPHERAL = attrgetter("kind", "usb", "mode", "product", "driver")
_READERS = (PeripheralKind.VITALE_READER, PeripheralKind.CPS_READER)


def os_key(machine: Machine) -> OsKey:
    """Return the system of a machine."""
    return OsKey._make(_OS(machine.os))


def middleware_key(middleware: Middleware | None) -> MiddlewareKey | None:
    """Return the middleware of a machine, None when nothing is recorded."""
    return None if middleware is None else MiddlewareKey._make(_MIDDLEWARE(middleware))


def peripheral_key(peripheral: Peripheral) -> PeripheralKey:
    """Return what rules may ask of a peripheral."""
    return PeripheralKey._make((*_PERIPHERAL(peripheral), peripheral.address is not None))


def context_key(machine: Machine, pharmacy: Pharmacy | None, *, moved: bool = False) -> ContextKey:
    """Return what rules may ask of a machine; its LGO is the pharmacy's."""
    lgo = pharmacy.lgo.name if pharmacy is not None and pharmacy.lgo is not None else None
    modes = frozenset(
        one.mode for one in machine.peripherals if one.kind in _READERS and one.mode is not None
    )
    return ContextKey(os_key(machine), middleware_key(machine.middleware), lgo, PosteKey(modes, moved))
