"""Names the facts that would decide a rule: "unknown" must say what to record."""

from __future__ import annotations

from typing import TYPE_CHECKING

from officefleet.drivers.catalog.rule import ProductState

if TYPE_CHECKING:
    from collections.abc import Iterator

    from officefleet.drivers.catalog.rule import Rule
    from officefleet.drivers.verdicts.keys import ContextKey
    from officefleet.drivers.verdicts.resolve import Resolved


def missing_facts(rule: Rule, context: ContextKey, resolved: Resolved | None) -> tuple[str, ...]:
    """Return the inventory's names of what an undecided rule wants to know."""
    return tuple(dict.fromkeys([*_of_machine(rule, context), *_of_peripheral(rule, resolved)]))


def _of_machine(rule: Rule, context: ContextKey) -> Iterator[str]:
    when, os = rule.when, context.os
    if os.build is None and (when.update or (when.os and when.os.build)):
        yield "os.build"
    if os.revision is None and when.update:
        yield "os.revision"
    if os.hvci is None and when.os and when.os.hvci is not None:
        yield "os.hvci"
    if context.middleware is None and when.middleware:
        for name in ("galss", "pcsc", "cryptolib_cps", "fsv"):
            if getattr(when.middleware, name) is not None:
                yield f"middleware.{name}"
    if when.lgo:
        yield "lgo.name" if context.lgo is None else "lgo.bits"


def _of_peripheral(rule: Rule, resolved: Resolved | None) -> Iterator[str]:
    if resolved is None:
        return
    when = rule.when
    if when.peripheral:
        if when.peripheral.mode and resolved.key.mode is None:
            yield "peripheral.mode"
        if resolved.state is not ProductState.KNOWN and (
            when.peripheral.traits or when.peripheral.without or when.peripheral.vendor
        ):
            yield "peripheral.product"
    if (
        when.driver
        and (when.driver.provider or when.driver.version)
        and (resolved.driver is None or resolved.driver.provider is None)
    ):
        yield "peripheral.driver"
