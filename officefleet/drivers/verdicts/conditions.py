"""One part of one rule against one key: True, False, or None when what is recorded does not tell.

Each function sees one axis only (system, middleware, LGO, poste, peripheral, driver against system), so that
its result can be kept for every machine that shares the key.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from officefleet.drivers.verdicts.versions import holds
from officefleet.models import OsFamily

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable, Mapping

    from officefleet.drivers.catalog.rule import (
        DriverState,
        OsWhen,
        PeripheralWhen,
        Rule,
        UpdateWhen,
    )
    from officefleet.drivers.catalog.software import LgoEntry
    from officefleet.drivers.catalog.update import Update
    from officefleet.drivers.verdicts.keys import MiddlewareKey, OsKey, PosteKey
    from officefleet.drivers.verdicts.resolve import Resolved


def every(results: Iterable[bool | None]) -> bool | None:
    """Return False when any is False, else None when any is None, else True."""
    unknown = False
    for one in results:
        if one is False:
            return False
        unknown |= one is None
    return None if unknown else True


def some(results: Iterable[bool | None]) -> bool | None:
    """Return True when any is True, else None when any is None, else False."""
    unknown = False
    for one in results:
        if one:
            return True
        unknown |= one is None
    return None if unknown else False


def on_date(rule: Rule, day: dt.date) -> bool:
    """Return whether a rule is in force on a day."""
    when = rule.when.date
    if when is None:
        return True
    return (when.start is None or day >= when.start) and (when.until is None or day <= when.until)


def on_os(rule: Rule, os: OsKey, updates: Mapping[str, Update]) -> bool | None:
    """Return whether a system fulfils a rule's ``os`` and ``update``."""
    when = rule.when
    first = True if when.os is None else _os(when.os, os)
    if first is False or when.update is None:
        return first
    return every((first, _update(when.update, os, updates)))


def _os(when: OsWhen, os: OsKey) -> bool | None:
    if os.family is not OsFamily.WINDOWS and (when.build is not None or when.hvci is not None):
        return False
    if when.family and os.family not in when.family:
        return False
    if when.arch and os.arch not in when.arch:
        return False
    results: list[bool | None] = []
    if when.build is not None:
        low, high, build = when.build.min, when.build.max, os.build
        results.append(None if build is None else (low or 0) <= build and (high is None or build <= high))
    if when.hvci is not None:
        results.append(None if os.hvci is None else os.hvci is when.hvci)
    return every(results)


def _update(when: UpdateWhen, os: OsKey, updates: Mapping[str, Update]) -> bool | None:
    if os.family is not OsFamily.WINDOWS:
        return False

    def installed(kbs: Iterable[str]) -> bool | None:
        return some(updates[kb].holds(os.build, os.revision) for kb in kbs)

    came = installed(when.introduced) if when.introduced else True
    if came is False:
        return False
    cured = installed(when.fixed)
    return every((came, None if cured is None else not cured))


def on_middleware(rule: Rule, middleware: MiddlewareKey | None) -> bool | None:
    """Return whether the middleware of a poste fulfils a rule."""
    when = rule.when.middleware
    if when is None:
        return True
    known = middleware is not None
    return every(
        holds(test, getattr(middleware, name, None), known=known)
        for name in ("galss", "pcsc", "cryptolib_cps", "fsv")
        if (test := getattr(when, name)) is not None
    )


def on_lgo(rule: Rule, recorded: str | None, entry: LgoEntry | None) -> bool | None:
    """Return whether the LGO fulfils a rule; `entry` is its catalogue entry, None when it has none."""
    when = rule.when.lgo
    if when is None:
        return True
    if recorded is None:
        return None
    results: list[bool | None] = []
    if when.name:
        results.append(entry is not None and entry.name in when.name)
    if when.bits is not None:
        results.append(None if entry is None or entry.bits is None else entry.bits == when.bits)
    return every(results)


def on_lgo_needs(
    rule: Rule, entry: LgoEntry | None, build: int | None, middleware: MiddlewareKey | None
) -> bool | None:
    """Return whether what an LGO's vendor asks of a poste is lacking, where a rule wants to know."""
    when = rule.when.lgo
    if when is None or not (when.build_unsupported or when.middleware_lacking):
        return True
    if entry is None:
        return None
    results: list[bool | None] = []
    if when.build_unsupported:
        supported = None if build is None else entry.builds.holds(build)
        results.append(None if supported is None else not supported)
    if when.middleware_lacking:
        lacking = middleware and any(getattr(middleware, name.value) is None for name in entry.needs)
        results.append(bool(lacking) if middleware is not None or not entry.needs else None)
    return every(results)


def on_poste(rule: Rule, poste: PosteKey) -> bool:
    """Return whether a poste as a whole fulfils a rule."""
    when = rule.when.poste
    if when is None:
        return True
    if when.moved is not None and when.moved is not poste.moved:
        return False
    return set(when.reader_modes) <= poste.reader_modes


def on_peripheral(rule: Rule, resolved: Resolved) -> bool | None:
    """Return whether a peripheral fulfils a rule's ``peripheral`` and what of ``driver`` is not its state."""
    return every((_device(rule, resolved), _driver(rule, resolved)))


def _device(rule: Rule, resolved: Resolved) -> bool | None:
    when, key = rule.when.peripheral, resolved.key
    if when is None:
        return True
    if when.kind and key.kind not in when.kind:
        return False
    if when.usb and key.usb not in when.usb:
        return False
    if when.product_state and resolved.state not in when.product_state:
        return False
    results: list[bool | None] = []
    if when.mode:
        results.append(None if key.mode is None else key.mode in when.mode)
    if when.mode_state:
        state = resolved.mode_state()
        results.append(state is not None and state in when.mode_state)
    if when.vendor_id or when.vendor:
        results.append(_made_by(when, resolved))
    results += [resolved.has(trait) for trait in when.traits]
    for trait in when.without:
        has = resolved.has(trait)
        results.append(None if has is None else not has)
    return every(results)


def _made_by(when: PeripheralWhen, resolved: Resolved) -> bool | None:
    """Return whether the maker is one of those named: by USB vendor when there is one, else by product."""
    usb = resolved.key.usb
    if when.vendor_id and usb is not None:
        return usb[:4] in when.vendor_id
    makers = {product.vendor in when.vendor for product in resolved.products}
    return makers.pop() if len(makers) == 1 else None


def _driver(rule: Rule, resolved: Resolved) -> bool | None:  # noqa: PLR0911  a ladder of cases
    when, driver = rule.when.driver, resolved.driver
    if when is None:
        return True
    if when.name and resolved.key.driver not in when.name:
        return False
    if not when.provider and when.version is None:
        return True
    if driver is None:
        # No recorded driver: the system's own serves, whose maker is not the vendor.
        return None if resolved.key.driver is not None else False
    if when.provider and driver.provider is None:
        return None
    if when.provider and driver.provider not in when.provider:
        return False
    return when.version is None or holds(when.version, driver.version, known=True)


def on_driver_state(rule: Rule, state: DriverState) -> bool:
    """Return whether the state of a driver on a system fulfils a rule."""
    when = rule.when.driver
    return when is None or not when.state or state in when.state
