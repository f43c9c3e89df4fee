"""Makes sure that whoever types may do what they ask for, and that the record names them."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from officefleet.cli import environment
from officefleet.durable.person import acting_as

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from officefleet.access.action import Action
    from officefleet.engine.options import Options
    from officefleet.engine.run import Prepared
    from officefleet.inventory import Inventory


@contextmanager
def acting(
    inventory: Inventory, pharmacies: Iterable[str], action: Action, key_file: str = ""
) -> Iterator[str]:
    """Let whoever types act in some pharmacies: yield their name, with which `who` answers inside.

    Threads that are begun inside need a copy of the context (`contextvars.copy_context`), or the name. It is "" where no pharmacy lists anybody.

    Args:
        inventory: with the pharmacies.
        pharmacies: ids of all that are concerned.
        action: what is about to be done.
        key_file: the private key that was named, "" for the usual ones.

    Raises:
        AccessError: they may not.

    """
    from officefleet.access.keys import keys_at_hand  # noqa: PLC0415  many commands touch no pharmacy
    from officefleet.access.policy import authorize  # noqa: PLC0415  loads pydantic

    actor = authorize(
        inventory, sorted(pharmacies), action, lambda: keys_at_hand(key_file or environment.private_key())
    )
    name = str(actor) if actor else ""
    with acting_as(name):
        yield name


def refuse_strangers(inventory: Inventory, hosts: Iterable[str], action: Action) -> None:
    """Make sure that whoever types may do something with some hosts, where no record is written.

    Raises:
        AccessError: they may not.

    """
    with acting(inventory, homes(inventory, hosts), action):
        pass


def may(inventory: Inventory, host: str, action: Action) -> bool:
    """Return whether whoever types may do something with a host."""
    from officefleet.errors import AccessError  # noqa: PLC0415  only here

    try:
        refuse_strangers(inventory, [host], action)
    except AccessError:
        return False
    return True


def homes(inventory: Inventory, hosts: Iterable[str]) -> set[str]:
    """Return the pharmacies of some hosts."""
    return {home for host in hosts if (home := inventory.pharmacy_of(host)) is not None}


def played_homes(prepared: Prepared, inventory: Inventory, options: Options) -> set[str]:
    """Return the pharmacies whose hosts the plays name."""
    if not inventory.digests:
        return set()
    from officefleet.errors import SelectorError  # noqa: PLC0415  not needed without a fleet
    from officefleet.rollout.candidates import candidates  # noqa: PLC0415  see above

    try:
        return set(candidates(prepared, inventory, options).hosts)
    except SelectorError:
        return set()  # the run itself says so
