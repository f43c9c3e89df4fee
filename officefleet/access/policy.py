"""Says who somebody is by their key, and whether they may do a thing in a pharmacy."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING

from officefleet.access.action import Action
from officefleet.access.keys import fingerprint
from officefleet.errors import AccessError
from officefleet.i18n import _
from officefleet.inventory.people import people_of
from officefleet.models import Grant, OfficinePerson, Person, Role

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Sequence

    from officefleet.inventory import Inventory


_GRANTED = {
    Action.SWAP: Grant.SWAP,
    Action.REBUILD: Grant.REBUILD,
    Action.CURE: Grant.CURE,
    Action.BACKUP: Grant.BACKUP,
}


@dataclass(frozen=True, slots=True)
class Actor:
    """The person behind a key.

    Attributes:
        id: as the inventory has it.
        key: fingerprint, as the machines' own logs show it.

    """

    id: str
    key: str

    def __str__(self) -> str:
        """Return what the ledger and the binder write down."""
        return f"{self.id} ({self.key})"


def authorize(
    inventory: Inventory,
    pharmacies: Sequence[str],
    action: Action,
    keys: Callable[[], Sequence[str]],
    today: dt.date | None = None,
) -> Actor | None:
    """Return who acts, or None where no pharmacy concerned lists anybody.

    Args:
        inventory: with the pharmacies.
        pharmacies: ids of all that are concerned.
        action: what is about to be done.
        keys: gives the public keys at hand; asked only where somebody is listed.
        today: for tests.

    Raises:
        AccessError: a pharmacy lists people and none of them has one of the keys, or may not do this.

    """
    day = today or dt.datetime.now().astimezone().date()
    staff = {one.id for one in inventory.settings.groupements if one.people}
    guarded = [one for one in pharmacies if _is_guarded(inventory, one, staff)]
    actor: Actor | None = None
    at_hand = keys() if guarded else ()
    for place in guarded:
        person, key = _find(inventory, place, at_hand, day)
        _must_be_allowed(person, place, action)
        actor = actor or Actor(person.id, fingerprint(key))
    return actor


def _is_guarded(inventory: Inventory, pharmacy: str, staff: Collection[str]) -> bool:
    digest = inventory.digests[pharmacy]
    return digest.guarded or digest.groupement in staff


def _find(inventory: Inventory, pharmacy: str, keys: Sequence[str], day: dt.date) -> tuple[Person, str]:
    if not keys:
        raise AccessError(
            _("no SSH key is at hand, and {pharmacy} lists who may work on it").format(pharmacy=pharmacy),
            hint=_("name the private key with OFFICEFLEET_PRIVATE_KEY, or start the SSH agent"),
        )
    expired: Person | None = None
    for person, _opens in people_of(inventory.settings, inventory.pharmacy(pharmacy)):
        key = next((one for one in keys if one in person.keys), None)
        if key is None:
            continue
        if person.until is None or person.until >= day:
            return person, key
        expired = person
    if expired is not None:
        raise AccessError(
            _("the keys of {person} were valid until {day}").format(person=expired.id, day=expired.until),
            hint=_("whoever keeps the inventory can set `until` anew"),
        )
    raise AccessError(
        _("{pharmacy} does not list whoever has the key {key}").format(pharmacy=pharmacy, key=_shown(keys)),
        hint=_(
            "a titulaire's key works in their own pharmacy only; people are listed in pharmacy.yml and fleet.yml"
        ),
    )


def _must_be_allowed(person: Person, pharmacy: str, action: Action) -> None:
    if action is Action.LOOK or not isinstance(person, OfficinePerson):
        return
    if person.role is Role.TITULAIRE and action is not Action.ROLLOUT:
        return
    if _GRANTED.get(action) in person.may:
        return
    raise AccessError(
        _("{person} may not do this in {pharmacy}: {action}").format(
            person=person.id, pharmacy=pharmacy, action=action.value
        ),
        hint=_(
            "the groupement's staff may roll out; a titulaire may do the rest, a collaborator what `may` lists"
        ),
    )


def _shown(keys: Iterable[str]) -> str:
    return ", ".join(fingerprint(one) for one in keys)
