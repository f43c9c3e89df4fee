"""What the steps of one rebuild share, and who is told how it goes."""

from __future__ import annotations

import hashlib
import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Protocol

from officefleet.continuity.knock import endpoint, silence
from officefleet.continuity.rebuild.persona import Persona
from officefleet.continuity.rebuild.rescue import Owner, RescueLine
from officefleet.continuity.road import Walker
from officefleet.errors import HostKeyError, UnreachableError
from officefleet.transports.base import connect

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from officefleet.continuity.rebuild.journal import Rebuild
    from officefleet.continuity.rebuild.persona import Made
    from officefleet.continuity.rebuild.preflight import Plan
    from officefleet.continuity.setting import Setting
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
        armed: whether a poste that restarts comes up there by itself.
        arrived: told when a poste is there: it must not come up there again.

    """

    host_keys: Callable[[str], tuple[str, ...]]
    user: str = "root"
    work: str = "/run/officefleet"
    program: str = "officefleet-restore"
    armed: Callable[[str], bool] = lambda _poste: False
    arrived: Callable[[str], None] = lambda _poste: None


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
        """Return how the poste is reached over SSH when it is itself, whatever else reaches it."""
        place = endpoint(self.setting.inventory, self.rebuild.poste, self.setting.player.options)
        return place if place.kind == "ssh" else replace(place, kind="ssh", port=_SSH, password="")

    def rescues(self) -> list[Endpoint]:
        """Return how the poste may be reached in the rescue environment: one place a key, no other key is accepted."""
        place, door = self.home(), self.tools.door
        address = self.rebuild.order.address or place.address
        name = address if place.port == _SSH else f"[{address}]:{place.port}"
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        found = []
        for key in door.host_keys(self.rebuild.poste):
            file = self.folder / f"rescue-{hashlib.sha256(key.encode()).hexdigest()[:12]}.hosts"
            if not file.exists():
                file.write_text(f"{name} {key}\n", encoding="ascii")
            known = (str(file),)
            found.append(
                replace(
                    place,
                    address=address,
                    user=door.user,
                    password="",
                    known_hosts=known,
                    check_host_key=True,
                )
            )
        return found

    def in_rescue(self) -> str:
        """Return who answers there: "right" the rescue environment, "other" something else, "" nobody."""
        seen = ""
        for place in self.rescues():
            who = answers(place)
            if who == "right":
                self._chosen.write_text(place.known_hosts[0], encoding="utf-8")
                return who
            seen = seen or who
        return seen

    def rescue(self) -> Endpoint:
        """Return the place that answered last, else that of the newest key."""
        places = self.rescues()
        last = self._chosen.read_text(encoding="utf-8") if self._chosen.exists() else ""
        return next((one for one in places if one.known_hosts == (last,)), places[0])

    @property
    def _chosen(self) -> Path:
        return self.folder / "rescue"

    def line(self) -> RescueLine:
        """Return a connection to the rescue environment, made when it is first used."""
        return RescueLine(self.rescue(), work=self.tools.door.work, program=self.tools.door.program)

    def identity(self) -> Made:
        """Return who the poste will be."""
        poste, system = self.rebuild.poste, self.rebuild.order.system
        return Persona(self.folder).get(system, poste, self.setting.inventory.variables(poste), self.home())

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


def answers(place: Endpoint) -> str:
    """Return who answers at a place: "right" the machine with the key that is recorded, "other", or "" nobody.

    Raises:
        AuthenticationError: the right machine, but it does not let this person in.

    """
    if silence(place):
        return ""
    transport = connect(place)
    try:
        channel = transport.start("true")
        channel.exit_status(timeout=10)
        channel.close()
    except HostKeyError:
        return "other"
    except UnreachableError:
        return ""
    finally:
        transport.close()
    return "right"
