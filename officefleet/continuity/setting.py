"""What every command of continuity works with: the fleet, the engine, the journal and the person."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from officefleet.drivers.verdicts.gate import rule_index
from officefleet.errors import ContinuityError
from officefleet.i18n import _

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from officefleet.continuity.binder.binder import Binder
    from officefleet.continuity.journal import Journal
    from officefleet.continuity.plays import Player
    from officefleet.drivers.live import LiveFacts
    from officefleet.drivers.verdicts.index import RuleIndex
    from officefleet.errors import OfficefleetError
    from officefleet.inventory import Inventory
    from officefleet.models import Machine, Pharmacy


class Person(Protocol):
    """The person in front of the machines."""

    def say(self, text: str) -> None:
        """Show a line."""

    def confirm(self, question: str) -> bool:
        """Ask for a yes; False is a no, and so is nobody there to ask."""


@dataclass(frozen=True, slots=True)
class Setting:
    """What a command works with.

    Attributes:
        store: path of the continuity file; locks lie beside it.
        connection: the file, open.
        catalog: the driver catalogue's folder.
        read_live: reads what hangs on live machines.

    """

    inventory: Inventory
    player: Player
    journal: Journal
    binder: Binder
    store: Path
    connection: sqlite3.Connection
    catalog: Path
    person: Person
    read_live: Callable[[Sequence[str]], dict[str, LiveFacts | OfficefleetError]]

    def machine(self, name: str) -> Machine:
        """Return a machine's model.

        Raises:
            ContinuityError: no pharmacy has it, or the name is a pattern of none or several.
            SelectorError: the name is unknown.

        """
        found = self.inventory.machine(name)
        if found is None:
            hosts = self.inventory.select(name)
            if len(hosts) != 1:
                raise ContinuityError(
                    _("{pattern!r} names {count} machines, one is needed").format(
                        pattern=name, count=len(hosts)
                    ),
                    hint=_("officefleet inventory hosts {pattern} lists them").format(pattern=name),
                )
            found = self.inventory.machine(hosts[0])
        if found is None:
            raise ContinuityError(_("{host} is not a machine of a pharmacy").format(host=name))
        return found

    def home(self, name: str) -> Pharmacy:
        """Return a machine's pharmacy."""
        found = self.inventory.pharmacy_of(name)
        if found is None:
            raise ContinuityError(_("{host} is not a machine of a pharmacy").format(host=name))
        return self.inventory.pharmacy(found)

    def rules(self) -> RuleIndex:
        """Return the rules of the driver catalogue, as of today."""
        return rule_index(self.catalog)
