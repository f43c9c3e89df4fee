"""The gate that run, swap, rebuild and rollout pass before they touch a machine."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import TYPE_CHECKING

from officefleet.drivers.catalog.load import load_catalog
from officefleet.drivers.verdicts.fleet import FleetJudge
from officefleet.drivers.verdicts.index import RuleIndex
from officefleet.drivers.verdicts.judge import MachineVerdict, judge_machine, judge_stand_in
from officefleet.drivers.verdicts.table import fleet_table
from officefleet.drivers.verdicts.update import UpdateImpact, judge_update, parse_target
from officefleet.models import MachineKind

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from officefleet.drivers.catalog.load import Catalog
    from officefleet.inventory import Inventory
    from officefleet.models import Machine, Pharmacy


def find_catalog(sources: Sequence[str | Path]) -> Path:
    """Return the catalogue that goes with inventory sources: the ``catalog`` folder of the fleet."""
    for source in sources:
        path = Path(source)
        for root in (path, path.resolve().parent.parent):
            if (root / "catalog").is_dir():
                return root / "catalog"
    return Path(sources[0] if sources else "inventory") / "catalog"


def rule_index(catalog: Catalog | Path, day: dt.date | None = None) -> RuleIndex:
    """Return a catalogue's rules compiled for a day, today when none is given.

    Raises:
        DriverError: the catalogue cannot be read or contradicts itself.

    """
    loaded = load_catalog(catalog) if isinstance(catalog, Path) else catalog
    return RuleIndex(loaded, day or dt.datetime.now(tz=dt.UTC).date())


def gate(
    inventory: Inventory,
    hosts: Iterable[str],
    *,
    catalog: Catalog | Path = Path("inventory/catalog"),
    day: dt.date | None = None,
) -> list[MachineVerdict]:
    """Return the verdicts on some hosts, from what is recorded; hosts without a model are left out.

    Raises:
        DriverError: the catalogue cannot be read or contradicts itself.

    """
    index = rule_index(catalog, day)
    found = []
    for host in hosts:
        machine = inventory.machine(host)
        if machine is not None:
            found.append(judge_machine(index, machine, _home(inventory, host)))
    return found


def gate_stand_in(
    inventory: Inventory,
    spare: str,
    poste: str,
    *,
    catalog: Catalog | Path = Path("inventory/catalog"),
    day: dt.date | None = None,
) -> MachineVerdict | None:
    """Return the verdict on a spare that takes over a poste's peripherals; None when either has no model.

    Raises:
        DriverError: the catalogue cannot be read or contradicts itself.

    """
    ours, theirs = inventory.machine(spare), inventory.machine(poste)
    if ours is None or theirs is None:
        return None
    return judge_stand_in(rule_index(catalog, day), ours, theirs, _home(inventory, poste))


def gate_update(
    inventory: Inventory,
    hosts: Iterable[str],
    update: str,
    *,
    catalog: Catalog | Path = Path("inventory/catalog"),
    day: dt.date | None = None,
) -> UpdateImpact:
    """Return what a system update would break on some hosts, before it is approved.

    Args:
        inventory: where the hosts' models are.
        hosts: those without a model are left out.
        update: ``KB5066835``, or a build such as ``26100`` or ``26100.2605``.
        catalog: the catalogue or its folder.
        day: judge as of this day, today when none is given.

    Raises:
        DriverError: an update that the catalogue does not know, or a catalogue that contradicts itself.

    """
    index = rule_index(catalog, day)
    judge = FleetJudge(index, fleet_table(inventory, hosts))
    return judge_update(judge, parse_target(update, index.catalog))


def stand_ins(pharmacy: Pharmacy) -> Iterator[tuple[Machine, Machine]]:
    """Yield each spare of a pharmacy with each machine that it stands in for."""
    for spare in pharmacy.of_kind(MachineKind.SPARE):
        named = spare.stands_in_for or [one.name for one in pharmacy.of_kind(MachineKind.COUNTER)]
        for name in named:
            poste = pharmacy.machine(name)
            if poste is not None:
                yield spare, poste


def _home(inventory: Inventory, host: str) -> Pharmacy | None:
    name = inventory.pharmacy_of(host)
    return inventory.pharmacy(name) if name is not None else None
