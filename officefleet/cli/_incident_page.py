"""Makes a page of the binder from what a person types, filled in from the inventory."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from officefleet.cli._continuity import load
from officefleet.continuity.binder.page import Page, new_id
from officefleet.errors import UsageError
from officefleet.i18n import _

if TYPE_CHECKING:
    from officefleet.models import Machine


def make_page(given: dict[str, Any], sources: list[str] | None) -> Page:
    """Return a new page.

    Raises:
        UsageError: a value makes no sense, or neither host nor pharmacy is given.
        SelectorError: the host is unknown.

    """
    host = given.get("machine")
    if host is not None:
        fleet = load(sources, host)
        name = fleet.select(host)[0]
        machine = fleet.machine(name)
        given = {**given, "machine": name, "pharmacy": fleet.pharmacy_of(name)}
        if machine is not None:
            given = {**_of_machine(machine, given), **given}
    if given.get("pharmacy") is None:
        raise UsageError(
            _("no machine and no pharmacy is named"),
            hint=_("name the machine with --host or the pharmacy with --pharmacy"),
        )
    now = dt.datetime.now(tz=dt.UTC).replace(microsecond=0)
    try:
        return Page(id=new_id(host), opened=now, **given)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        raise UsageError(
            _("{name}: {reason}").format(name=".".join(str(one) for one in first["loc"]), reason=first["msg"])
        ) from None


def _of_machine(machine: Machine, given: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    if machine.os.build is not None:
        found["build"] = machine.os.build
    name = given.get("peripheral")
    if name is None:
        return found
    peripheral = next((one for one in machine.peripherals if one.name == name), None)
    if peripheral is None:
        raise UsageError(
            _("{host} has no peripheral {name!r}; it has: {known}").format(
                host=machine.name, name=name, known=", ".join(one.name for one in machine.peripherals) or "-"
            )
        )
    if peripheral.usb is not None:
        found["device"] = peripheral.usb
    if peripheral.driver is not None:
        found["driver"] = peripheral.driver
    return found
