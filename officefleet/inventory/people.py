"""Who is listed for a pharmacy, and whose keys its machines let in."""

from __future__ import annotations

from typing import TYPE_CHECKING

from officefleet.models import Role

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterator

    from officefleet.models import FleetSettings, Person, Pharmacy


def people_of(settings: FleetSettings, pharmacy: Pharmacy) -> Iterator[tuple[Person, bool]]:
    """Yield who is listed, the groupement's staff first, with whether their keys open the machines.

    A key that opens a machine opens all of it, so that of somebody who only looks does not.
    """
    for home in settings.groupements:
        if home.id == pharmacy.groupement:
            for person in home.people:
                yield person, True
    for one in pharmacy.people:
        yield one, one.role is Role.TITULAIRE or bool(one.may)


def keys_let_in(settings: FleetSettings, pharmacy: Pharmacy, today: dt.date) -> list[str]:
    """Return the public keys that a pharmacy's machines let in; [] when nobody is listed: then none is managed."""
    return [
        key
        for person, opens in people_of(settings, pharmacy)
        if opens and (person.until is None or person.until >= today)
        for key in person.keys
    ]
