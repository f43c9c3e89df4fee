"""What the steps of one rebuild share, and who is told how it goes."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Protocol

from officefleet.continuity.knock import endpoint
from officefleet.continuity.rebuild.persona import Persona
from officefleet.continuity.rebuild.rescue import Owner, RescueLine
from officefleet.continuity.road import Walker

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from officefleet.continuity.rebuild.journal import Rebuild
    from officefleet.continuity.rebuild.preflight import Plan
    from officefleet.continuity.setting import Setting
    from officefleet.images.identity import Identity
    from officefleet.models import Machine
    from officefleet.transports.base import Endpoint

_SSH = 22
_POLL = 0.3


class Follower(Walker, Protocol):
    """Follows one rebuild from its plan on."""

    def planned(self, plan: Plan, seconds: float) -> None:
        """Tell of the preflight's result."""

    def resumed(self, rebuild: Rebuild) -> None:
        """Tell that an interrupted rebuild goes on."""

    def progress(self, event: Mapping[str, Any]) -> None:
        """Tell how far the restore is: see `officefleet.images.progress.Progress`."""

    def waiting(self, text: str) -> None:
        """Tell what a person has to do, or what is waited for."""


@dataclass(frozen=True, slots=True)
class RescueDoor:
    """How postes in the rescue environment are reached.

    Attributes:
        user: login name there.
        host_keys: gives the public host keys that a poste may show there, as in a known_hosts file.
        work: see `RescueLine`.
        program: see `RescueLine`.
        send: asks a poste whose system still runs to start into the rescue environment; returns what a person
            should know, "" when it cannot be asked.

    """

    host_keys: Callable[[str], tuple[str, ...]]
    user: str = "root"
    work: str = "/run/officefleet"
    program: str = "officefleet-restore"
    send: Callable[[str], str] | None = None


@dataclass(frozen=True, slots=True)
class Tools:
    """What the command line gives to rebuilds.

    Attributes:
        door: to the rescue environment.
        record_key: writes down a poste's new host key: address, port, public key.
        trust: file of the trusted root key.
        stopped: whether the person has asked to stop.

    """

    door: RescueDoor
    record_key: Callable[[str, int, str], None]
    trust: Path
    stopped: Callable[[], bool] = lambda: False


@dataclass(frozen=True, slots=True)
class Journey:
    """One rebuild on its way."""

    setting: Setting
    tools: Tools
    rebuild: Rebuild
    machine: Machine
    follower: Follower
    patience: float

    @property
    def folder(self) -> Path:
        """Where this rebuild keeps what must not be lost before it is over."""
        return folder_of(self.setting.store, self.rebuild.id)

    @property
    def owner(self) -> Owner:
        """Whose it is, for others who ask."""
        one = self.rebuild
        return Owner(one.id, one.user, one.controller, one.since)

    def home(self) -> Endpoint:
        """Return how the poste is reached when it is itself."""
        return endpoint(self.setting.inventory, self.rebuild.poste, self.setting.player.options)

    def rescue(self) -> Endpoint:
        """Return how the poste is reached in the rescue environment: no key but its own there is accepted."""
        place, door = self.home(), self.tools.door
        address = self.rebuild.order.address or place.address
        file = self.folder / "rescue_hosts"
        name = address if place.port == _SSH else f"[{address}]:{place.port}"
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        keys = [f"{name} {key}\n" for key in door.host_keys(self.rebuild.poste)]
        file.write_text("".join(keys), encoding="ascii")
        return replace(
            place, address=address, user=door.user, password="", known_hosts=(str(file),), check_host_key=True
        )

    def line(self) -> RescueLine:
        """Return a connection to the rescue environment, made when it is first used."""
        return RescueLine(self.rescue(), work=self.tools.door.work, program=self.tools.door.program)

    def identity(self) -> Identity:
        """Return who the poste will be."""
        variables = self.setting.inventory.variables(self.rebuild.poste)
        return Persona(self.folder).get(self.rebuild.poste, variables, self.home())

    def pause(self, seconds: float = _POLL) -> None:
        """Wait a moment between two looks.

        Raises:
            KeyboardInterrupt: the person has asked to stop.

        """
        end = time.monotonic() + seconds
        while True:
            if self.tools.stopped():
                raise KeyboardInterrupt
            left = end - time.monotonic()
            if left <= 0:
                return
            time.sleep(min(left, 0.2))


def folder_of(store: Path, rebuild: str) -> Path:
    """Return where a rebuild keeps its files, beside the continuity file."""
    return store.with_name(store.name + ".rebuilds") / rebuild
