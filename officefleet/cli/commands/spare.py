"""``officefleet spare``: the spare poste stands ready, stands in, and stands down."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING

from cyclopts import App

from officefleet.access.action import Action
from officefleet.cli._continuity import AsJson, Flag, Sources, Terminal, Yes, load, open_setting
from officefleet.errors import ExitCode, UsageError
from officefleet.i18n import _

if TYPE_CHECKING:
    from collections.abc import Iterable

    from officefleet.continuity.status import SpareStatus
    from officefleet.inventory import Inventory
    from officefleet.models import Machine

command = App(name="spare", help="The spare poste: ready, swapped in, swapped back.")


@command.command
def status(pattern: str = "all", *, inventory: Sources = None, as_json: AsJson = False) -> int:
    """Say of each spare whether it could stand in now, and why; exit code 2 when one could not.

    Args:
        pattern: Pharmacies or hosts.
        inventory: Sources.
        as_json: JSON instead of text.

    """
    from officefleet.continuity.parts import benches  # noqa: PLC0415  the engine is slow to import
    from officefleet.continuity.status import Readiness, statuses  # noqa: PLC0415  the engine is slow to import

    with open_setting(inventory, pattern, Terminal(yes=True), Action.LOOK) as setting:
        homes = dict.fromkeys(
            home
            for host in setting.inventory.select(pattern)
            if (home := setting.inventory.pharmacy_of(host))
        )
        places = [setting.inventory.pharmacy(home) for home in homes]
        found = [one for place in places for one in statuses(setting, place)]
        swapped = {one.poste for one in found if one.poste}
        dead = {place.id: benches(setting, place, swapped) for place in places}
    if as_json:
        rows = [
            {**one.to_json(), "dead": [row.to_json() for row in dead.get(one.pharmacy, ())]} for one in found
        ]
        json.dump(rows, sys.stdout, ensure_ascii=False, indent=2)
        sys.stdout.write("\n")
    else:
        _say(line for one in found for line in _status_lines(one))
        _say(row.text() for rows in dead.values() for row in rows)
        if not found:
            _say([_("no spare")])
    bad = {Readiness.NOT_READY, Readiness.INTERRUPTED}
    return ExitCode.FAILED if any(one.readiness in bad for one in found) else ExitCode.OK


@command.command
def provision(pattern: str = "secours", *, inventory: Sources = None) -> int:
    """Make spares ready to stand in for their postes.

    Args:
        pattern: A spare, or a pharmacy.
        inventory: Sources.

    """
    from officefleet.cli._continuity import repository  # noqa: PLC0415  see above
    from officefleet.cli.commands.run import play  # noqa: PLC0415  the engine is slow to import
    from officefleet.cli.run_flags import RunFlags  # noqa: PLC0415  see above

    fleet = load(inventory, pattern)
    names = [one.name for one in _spares(fleet, pattern)]
    flags = RunFlags(inventory=inventory, limit=",".join(names))
    playbook = str(repository(inventory) / "playbooks" / "provision-spare.yml")
    return play((playbook,), flags, Action.SWAP)


@command.command
def swap(
    poste: str,
    *,
    spare: str | None = None,
    undo: Flag = False,
    anyway: Flag = False,
    without_register: Flag = False,
    yes: Yes = False,
    inventory: Sources = None,
) -> int:
    """Let a spare take the place of a poste that failed; the same command goes on after any interruption.

    Args:
        poste: The poste that failed.
        spare: Which spare; the first that can when it is not given.
        undo: Take everything back, whether the poste answers or not.
        anyway: Accept that a peripheral's driver is blocked, or that no licence is free.
        without_register: The NAS does not answer and the poste is unplugged.
        yes: The cables are moved: ask nothing.
        inventory: Sources.

    """
    from officefleet.cli._swap_report import SwapReport  # noqa: PLC0415
    from officefleet.continuity.preflight import Wish  # noqa: PLC0415  the engine is slow to import
    from officefleet.continuity.swap import swap_in, swap_out  # noqa: PLC0415  see above

    terminal = Terminal(yes=yes)
    report = SwapReport(terminal)
    with open_setting(inventory, poste, terminal, Action.SWAP) as setting:
        if undo:
            done = swap_out(setting, poste, report, repaired=False)
            report.close(_("{spare} is a spare again").format(spare=done.spare))
        else:
            done = swap_in(setting, Wish(poste, spare, anyway, without_register), report)
            report.close(_("{spare} stands in for {poste}").format(spare=done.spare, poste=done.poste))
    return ExitCode.OK


@command.command(name="swap-back")
def swap_back(poste: str, *, yes: Yes = False, inventory: Sources = None) -> int:
    """Give a repaired poste its place back; the spare becomes a spare again.

    Args:
        poste: The poste that was repaired.
        yes: The cables are moved: ask nothing.
        inventory: Sources.

    """
    from officefleet.cli._swap_report import SwapReport  # noqa: PLC0415
    from officefleet.continuity.swap import swap_out  # noqa: PLC0415  the engine is slow to import

    terminal = Terminal(yes=yes)
    report = SwapReport(terminal)
    with open_setting(inventory, poste, terminal, Action.SWAP) as setting:
        done = swap_out(setting, poste, report, repaired=True)
    report.close(_("{poste} is back, {spare} is a spare again").format(poste=done.poste, spare=done.spare))
    return ExitCode.OK


@command.command
def drill(pattern: str = "secours", *, inventory: Sources = None) -> int:
    """Prove that spares could stand in, without touching a live poste; once a month is right.

    Args:
        pattern: A spare, or a pharmacy.
        inventory: Sources.

    """
    from officefleet.continuity.status import drill as rehearse  # noqa: PLC0415  the engine is slow to import

    good = True
    with open_setting(inventory, pattern, Terminal(yes=True), Action.SWAP) as setting:
        for spare in _spares(setting.inventory, pattern):
            report = rehearse(setting, spare)
            good = good and report.good
            _say([f"{spare.name}: {_('drill passed') if report.good else _('drill FAILED')}"])
            _say(f"  {line}" for line in report.lines)
    return ExitCode.OK if good else ExitCode.FAILED


def _spares(fleet: Inventory, pattern: str) -> list[Machine]:
    """Return the spares among some hosts.

    Raises:
        UsageError: there is none.

    """
    from officefleet.models import MachineKind  # noqa: PLC0415  loads pydantic

    machines = [machine for host in fleet.select(pattern) if (machine := fleet.machine(host)) is not None]
    found = [one for one in machines if one.kind is MachineKind.SPARE]
    if not found:
        raise UsageError(
            _("{pattern!r} names no spare").format(pattern=pattern),
            hint=_("officefleet inventory hosts secours lists them"),
        )
    return found


def _status_lines(one: SpareStatus) -> Iterable[str]:
    from officefleet.continuity.fitness import Weight, day  # noqa: PLC0415  the engine is slow to import
    from officefleet.continuity.status import Readiness  # noqa: PLC0415  see above

    verdict = {
        Readiness.READY: _("ready"),
        Readiness.WARNING: _("ready, with warnings"),
        Readiness.NOT_READY: _("NOT READY"),
        Readiness.STANDS_IN: _("stands in for {poste}").format(poste=one.poste),
        Readiness.INTERRUPTED: _("the swap of {poste} was interrupted").format(poste=one.poste),
    }[one.readiness]
    since = _(" since {when}").format(when=day(one.since)) if one.since else ""
    yield f"{one.spare} ({one.pharmacy}): {verdict}{since}"
    marks = {Weight.GOOD: _("ok"), Weight.WARN: _("warning"), Weight.BLOCK: _("block")}
    for reason in one.reasons:
        yield f"  [{marks[reason.weight]}] {reason.text}"
    if one.readiness is Readiness.INTERRUPTED:
        yield "  -> " + _("officefleet spare swap {poste} goes on, with --undo it goes back").format(
            poste=one.poste
        )


def _say(lines: Iterable[str]) -> None:
    sys.stdout.writelines(f"{line}\n" for line in lines)
