"""What the machines themselves say: whether they answer, what a spare was provisioned with, the register."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from officefleet.continuity.knock import silences
from officefleet.continuity.plays import Played
from officefleet.i18n import _
from officefleet.models import MachineKind

if TYPE_CHECKING:
    from collections.abc import Sequence

    from officefleet.continuity.plays import Player
    from officefleet.models import Pharmacy

PLAYBOOK = "inspect-postes.yml"
_DISKS = 1 << 20  # characters of what all its disks say
_LONGEST = 1 << 16  # characters of a host's answer that are looked at


@dataclass(frozen=True, slots=True)
class Reading:
    """What one machine says.

    Attributes:
        silence: why it does not answer, "" when it does.
        problem: a task that failed on it.
        provisioned: what a spare was provisioned with, None when it was not.
        facts: its facts, without the ``ansible_`` in front.
        disks: name and smartctl's JSON of each of its disks.
        image_version: of the golden image it was restored from, "" when it does not say.

    """

    silence: str = ""
    problem: str = ""
    provisioned: Mapping[str, Any] | None = None
    facts: Mapping[str, Any] = field(default_factory=dict)
    disks: tuple[tuple[str, str], ...] = ()
    image_version: str = ""

    @property
    def answers(self) -> bool:
        """Whether it could be talked to."""
        return not self.silence


@dataclass(frozen=True, slots=True)
class Readings:
    """What several machines say.

    Attributes:
        register: poste to the machine that carries its identity; None when no register could be read.
        no_register: why.
        provisioning: whether it was asked what provisioning would change.
        changes: tasks of the provisioning that would change something, by spare.

    """

    machines: Mapping[str, Reading]
    register: Mapping[str, str] | None
    no_register: str = ""
    provisioning: bool = False
    changes: Mapping[str, Sequence[str]] = field(default_factory=dict)


def nas_of(pharmacy: Pharmacy) -> str:
    """Return the machine with the pharmacy's register, "" when there is none."""
    found = pharmacy.of_kind(MachineKind.NAS)
    return found[0].name if found else ""


def read(player: Player, pharmacy: Pharmacy, hosts: Sequence[str], *, provisioning: bool = False) -> Readings:
    """Ask machines and the register; a machine that does not answer holds nothing up.

    Args:
        player: plays the playbook that asks.
        pharmacy: theirs.
        hosts: which, without the NAS.
        provisioning: also say what provisioning the spares among them would change.

    """
    nas = nas_of(pharmacy)
    names = [*dict.fromkeys(hosts), *([nas] if nas else [])]
    playbooks = [PLAYBOOK, *(["provision-spare.yml"] if provisioning else [])]
    silent = silences(player.inventory, names, player.options)
    limit = ",".join(name for name in names if name not in silent)
    played = Played()
    if limit:
        played = player.play(playbooks, {"inspected": limit}, limit=limit, check=True)
    played.silent |= silent
    machines = {name: _reading(played, name) for name in names}
    register = _register(played, nas, {one.name for one in pharmacy.machines}) if nas else None
    return Readings(machines, register, _no_register(machines, nas, register), provisioning, played.changed)


def _reading(played: Played, host: str) -> Reading:
    results = played.results.get(host, {})
    problem = next((f"{task}: {why}" for name, task, why in played.failures if name == host), "")
    facts = results.get("Gathering Facts", {}).get("ansible_facts")
    return Reading(
        silence=played.silent.get(host, ""),
        problem=problem,
        provisioned=_json(results.get("Provisioned", {})),
        facts={
            str(name).removeprefix("ansible_"): value
            for name, value in (facts.items() if isinstance(facts, Mapping) else ())
        },
        disks=_disks(results.get("Disks", {})),
        image_version=str(results.get("Image version", {}).get("stdout", ""))[:64].strip(),
    )


def _disks(result: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    """Return each disk's name and what smartctl said of it: lines of name, tab, JSON."""
    if result.get("rc") != 0:
        return ()
    lines = str(result.get("stdout", ""))[:_DISKS].splitlines()
    return tuple((name[:32], text) for name, tab, text in (line.partition("\t") for line in lines) if tab)


def _json(result: Mapping[str, Any]) -> Mapping[str, Any] | None:
    if result.get("rc") != 0:
        return None
    try:
        found = json.loads(str(result.get("stdout", ""))[:_LONGEST])
    except ValueError:
        return None
    return found if isinstance(found, dict) else None


def _register(played: Played, nas: str, known: set[str]) -> dict[str, str] | None:
    """Return the register, taking from it only what names machines of the pharmacy."""
    result = played.results.get(nas, {}).get("Register", {})
    if result.get("rc") != 0:
        return None
    found: dict[str, str] = {}
    for line in str(result.get("stdout", ""))[:_LONGEST].splitlines():
        try:
            entry = json.loads(line)
            poste, machine = entry["identity"], entry["machine"]
        except (ValueError, KeyError, TypeError):
            continue
        if poste in known and machine in known and poste != machine:
            found[poste] = machine
    return found


def _no_register(machines: Mapping[str, Reading], nas: str, register: Mapping[str, str] | None) -> str:
    if register is not None:
        return ""
    if not nas:
        return _("the pharmacy has no NAS")
    return machines[nas].silence or _(
        "{nas} has no register: the configuration was never pushed to it"
    ).format(nas=nas)
