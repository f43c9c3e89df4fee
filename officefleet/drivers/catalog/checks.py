"""What contradicts itself between catalogue entries: no single file can see it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from officefleet.errors import DriverError, nearest
from officefleet.i18n import _

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from officefleet.drivers.catalog.load import Catalog
    from officefleet.drivers.catalog.rule import Rule


def check(catalog: Catalog) -> list[DriverError]:
    """Return every contradiction, each at its entry's file."""
    return [
        *_products(catalog),
        *_shared_ids(catalog),
        *_spellings(catalog),
        *_rule_references(catalog),
        *_rule_contradictions(catalog),
        *_update_order(catalog),
    ]


def _products(catalog: Catalog) -> Iterator[DriverError]:
    from officefleet.drivers.catalog.load import usb_names  # noqa: PLC0415  load imports this file

    listed = usb_names()
    for product in catalog.products.values():
        mark = catalog.mark("peripherals", product.name)
        for mode in product.modes:
            for name in mode.drivers:
                driver = catalog.drivers.get(name)
                if driver is None:
                    yield DriverError(
                        _("{product}: the driver {driver!r} is not in the catalogue").format(
                            product=product.name, driver=name
                        ),
                        mark=mark,
                        hint=_guess(name, catalog.drivers),
                    )
                elif mode.usb and driver.usb_ids() and not set(mode.usb) & set(driver.usb_ids()):
                    yield DriverError(
                        _("{product}: the driver {driver!r} serves none of the ids of mode {mode}").format(
                            product=product.name, driver=name, mode=mode.mode.value
                        ),
                        mark=mark,
                        hint=_("correct the ids of one of the two"),
                    )
            if product.usb_source is None:
                for usb in mode.usb:
                    if usb not in listed:
                        yield DriverError(
                            _("{product}: the USB id {usb} is not in the shipped list").format(
                                product=product.name, usb=usb
                            ),
                            mark=mark,
                            hint=_("check it, then say in usb_source where it comes from"),
                        )


def _shared_ids(catalog: Catalog) -> Iterator[DriverError]:
    owners: dict[str, str] = {}
    for product in catalog.products.values():
        for usb in sorted({usb for mode in product.modes for usb in mode.usb}):
            other = owners.setdefault(usb, product.name)
            if other != product.name and not (product.shared_usb and catalog.products[other].shared_usb):
                yield DriverError(
                    _("{first} and {second} claim the same USB id {usb}").format(
                        first=other, second=product.name, usb=usb
                    ),
                    mark=catalog.mark("peripherals", product.name),
                    hint=_("if both truly bear it, set shared_usb: true in both"),
                )


def _spellings(catalog: Catalog) -> Iterator[DriverError]:
    owners: dict[str, str] = {}
    for product in catalog.products.values():
        for spelling in {one.casefold() for one in (product.product, product.name, *product.aliases)}:
            other = owners.setdefault(spelling, product.name)
            if other != product.name:
                yield DriverError(
                    _("{first} and {second} are both called {name!r}").format(
                        first=other, second=product.name, name=spelling
                    ),
                    mark=catalog.mark("peripherals", product.name),
                )


def _rule_references(catalog: Catalog) -> Iterator[DriverError]:
    vendors = {product.vendor for product in catalog.products.values()}
    for rule in catalog.rules.values():
        when = rule.when
        wanted: list[tuple[str, Iterable[str], Iterable[str]]] = []
        if when.update:
            wanted.append((_("update"), (*when.update.introduced, *when.update.fixed), catalog.updates))
        if when.driver:
            wanted.append((_("driver"), when.driver.name, catalog.drivers))
        if when.lgo:
            wanted.append((_("LGO"), when.lgo.name, catalog.lgo))
        if when.peripheral:
            wanted.append((_("vendor"), when.peripheral.vendor, vendors))
        for what, names, known in wanted:
            for name in names:
                if name not in known:
                    yield DriverError(
                        _("{rule}: the {what} {name!r} is not in the catalogue").format(
                            rule=rule.id, what=what, name=name
                        ),
                        mark=catalog.mark("rules", rule.id),
                        hint=_guess(name, known),
                    )


def _rule_contradictions(catalog: Catalog) -> Iterator[DriverError]:
    seen: dict[str, Rule] = {}
    for rule in catalog.rules.values():
        key = rule.when.model_dump_json()
        other = seen.setdefault(key, rule)
        if other is not rule:
            what = (
                _("{first} and {second} have the same conditions and other verdicts")
                if other.verdict is not rule.verdict
                else _("{first} and {second} have the same conditions")
            )
            yield DriverError(
                what.format(first=other.id, second=rule.id),
                mark=catalog.mark("rules", rule.id),
                hint=_("keep one of the two"),
            )


def _update_order(catalog: Catalog) -> Iterator[DriverError]:
    """Yield rules whose fix is older than what it fixes."""
    for rule in catalog.rules.values():
        if rule.when.update is None:
            continue
        for bad in (catalog.updates.get(kb) for kb in rule.when.update.introduced):
            for good in (catalog.updates.get(kb) for kb in rule.when.update.fixed):
                if bad is None or good is None:
                    continue
                early = [
                    build
                    for build, revision in good.builds.items()
                    if build in bad.builds and revision < bad.builds[build]
                ]
                if early:
                    yield DriverError(
                        _("{rule}: {good} comes before {bad} on build {build}, it cannot fix it").format(
                            rule=rule.id, good=good.kb, bad=bad.kb, build=early[0]
                        ),
                        mark=catalog.mark("rules", rule.id),
                    )


def _guess(name: str, known: Iterable[str]) -> str:
    near = nearest(name, known)
    return _("did you mean {name!r}?").format(name=near) if near else ""
