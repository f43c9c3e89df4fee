"""Which pharmacies a rollout is for: those where a play has hosts, with the canaries among them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from officefleet.engine.run import play_pattern
from officefleet.errors import SelectorError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from officefleet.engine.options import Options
    from officefleet.engine.run import Prepared
    from officefleet.inventory import Inventory

CANARIES = "canary"


@dataclass(frozen=True, slots=True)
class Candidates:
    """Pharmacies by id, in order, with the hosts that the plays name there.

    Attributes:
        canaries: those with a host in the inventory's group ``canary``.

    """

    hosts: Mapping[str, tuple[str, ...]]
    canaries: tuple[str, ...]


def candidates(prepared: Prepared, inventory: Inventory, options: Options) -> Candidates:
    """Return the pharmacies that playbooks and ``--limit`` name; hosts of no pharmacy are left out.

    Raises:
        SelectorError: no play names a host that exists.

    """
    found: dict[str, list[str]] = {}
    refused: SelectorError | None = None
    named: dict[str, None] = {}
    for play in prepared.plays:
        pattern = play_pattern(play, prepared.templar, options.extra_vars)
        try:
            named |= dict.fromkeys(inventory.select(pattern, options.limit or None))
        except SelectorError as error:
            refused = refused or SelectorError(error.message, mark=error.mark or play.mark, hint=error.hint)
    for host in named:
        home = inventory.pharmacy_of(host)
        if home is not None:
            found.setdefault(home, []).append(host)
    if not found and refused is not None:
        raise refused
    marked = inventory.groups.get(CANARIES, ())
    homes = {inventory.pharmacy_of(host) for host in marked}
    return Candidates(
        {home: tuple(found[home]) for home in sorted(found)},
        tuple(home for home in sorted(found) if home in homes),
    )
