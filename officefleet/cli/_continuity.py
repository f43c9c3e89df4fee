"""Makes what the commands of continuity work with, and speaks with the person at the keyboard."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter

from officefleet.access.action import Action
from officefleet.cli import environment
from officefleet.cli.acting import acting, homes
from officefleet.cli.vault_flags import vaults
from officefleet.errors import UsageError
from officefleet.i18n import _

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from officefleet.continuity.binder.binder import Binder
    from officefleet.continuity.binder.cures import Cures
    from officefleet.continuity.contracts.interventions import Interventions
    from officefleet.continuity.setting import Setting
    from officefleet.drivers.live import LiveFacts
    from officefleet.engine.options import Options
    from officefleet.errors import OfficefleetError
    from officefleet.inventory import Inventory

Sources = Annotated[
    list[str] | None,
    Parameter(
        name=["-i", "--inventory"],
        negative="",
        help="Fleet folder, pharmacy folder, Ansible inventory file, or host list ending in a comma.",
    ),
]
AsJson = Annotated[bool, Parameter(name="--json", negative="", help="Print JSON.")]
Flag = Annotated[bool, Parameter(negative="")]
Yes = Annotated[bool, Parameter(name=["-y", "--yes"], negative="", help="Ask nothing: for scripts.")]

_SECONDS = 5.0  # to connect: whoever waits stands at a counter


class Terminal:
    """The person at the keyboard.

    Args:
        yes: every question is answered with yes.

    Attributes:
        waited: seconds that questions were open.

    """

    def __init__(self, *, yes: bool) -> None:
        self._yes = yes
        self.waited = 0.0

    def say(self, text: str) -> None:
        """Show a line."""
        sys.stdout.write(text + "\n")
        sys.stdout.flush()

    def confirm(self, question: str) -> bool:
        """Ask for a yes; anything else, and nobody there to answer, is a no."""
        import time  # noqa: PLC0415  only here

        if self._yes:
            return True
        sys.stdout.write(f"  {question} " + _("[y/N]") + " ")
        sys.stdout.flush()
        begun = time.monotonic()
        answer = sys.stdin.readline()
        self.waited += time.monotonic() - begun
        if not sys.stdin.isatty():
            sys.stdout.write("\n")
        return answer.strip().lower() in ("y", "yes", "o", "oui")


def connection_options() -> Options:
    """Return how to connect, from the environment."""
    from officefleet.engine.options import Options  # noqa: PLC0415  the engine is slow to import

    return Options(
        forks=environment.forks(None),
        user=environment.remote_user(),
        key_file=environment.private_key(),
        timeout=_SECONDS,
        known_hosts=environment.known_hosts(),
        check_host_keys=environment.checks_host_keys(),
    )


def load(sources: list[str] | None, pattern: str) -> Inventory:
    """Return the inventory with the pharmacies that a pattern may need."""
    from officefleet.inventory import default_cache_dir, load_inventory, needed_pharmacies  # noqa: PLC0415  pydantic

    return load_inventory(
        environment.inventory_sources(sources),
        only=needed_pharmacies(pattern, None),
        cache_dir=default_cache_dir(),
        opener=vaults(),
    )


def repository(sources: list[str] | None) -> Path:
    """Return the folder with ``playbooks`` and ``roles`` that goes with an inventory.

    Raises:
        UsageError: there is none.

    """
    for source in environment.inventory_sources(sources):
        folder = Path(source).resolve()
        for root in (folder.parent, *folder.parents):
            if (root / "playbooks").is_dir() and (root / "roles").is_dir():
                return root
    raise UsageError(
        _("no folder above the inventory holds playbooks and roles"),
        hint=_("keep them beside the inventory folder, as this repository does"),
    )


@contextmanager
def open_binder() -> Iterator[tuple[Binder, Cures]]:
    """Open the binder, without a fleet."""
    from officefleet.continuity.binder.binder import Binder  # noqa: PLC0415  loads pydantic
    from officefleet.continuity.binder.cures import Cures  # noqa: PLC0415  see above
    from officefleet.continuity.database import default_path, open_store  # noqa: PLC0415

    store = open_store(default_path())
    try:
        yield Binder(store), Cures(store)
    finally:
        store.close()


@contextmanager
def open_interventions() -> Iterator[Interventions]:
    """Open the calls to vendors, without a fleet."""
    from officefleet.continuity.contracts.interventions import Interventions  # noqa: PLC0415  only here
    from officefleet.continuity.database import default_path, open_store  # noqa: PLC0415

    store = open_store(default_path())
    try:
        yield Interventions(store)
    finally:
        store.close()


@contextmanager
def open_setting(
    sources: list[str] | None, pattern: str, terminal: Terminal, action: Action = Action.PLAY
) -> Iterator[Setting]:
    """Open all that a command of continuity works with, for whoever may do it.

    Args:
        sources: what ``-i`` names.
        pattern: hosts or pharmacies concerned.
        terminal: the person at the keyboard.
        action: what is about to be done; by default anything at all.

    Raises:
        AccessError: whoever types may not.

    """
    from officefleet.cli._live import read_live  # noqa: PLC0415  loads paramiko
    from officefleet.continuity.binder.binder import Binder  # noqa: PLC0415  loads pydantic
    from officefleet.continuity.database import default_path, open_store  # noqa: PLC0415
    from officefleet.continuity.journal import Journal  # noqa: PLC0415
    from officefleet.continuity.plays import Player  # noqa: PLC0415  the engine is slow to import
    from officefleet.continuity.setting import Setting  # noqa: PLC0415
    from officefleet.drivers.verdicts.gate import find_catalog  # noqa: PLC0415  loads pydantic
    from officefleet.ledger import default_path as ledger_path  # noqa: PLC0415

    inventory = load(sources, pattern)
    options = connection_options()

    def live(hosts: Sequence[str]) -> dict[str, LiveFacts | OfficefleetError]:
        return read_live(inventory, hosts, options)

    concerned = homes(inventory, inventory.select(pattern))
    store = open_store(default_path())
    try:
        with acting(inventory, concerned, action):
            yield Setting(
                inventory=inventory,
                player=Player(inventory, options, repository(sources) / "playbooks", ledger_path()),
                journal=Journal(store),
                binder=Binder(store),
                store=default_path(),
                connection=store,
                catalog=find_catalog(environment.inventory_sources(sources)),
                person=terminal,
                read_live=live,
            )
    finally:
        store.close()
