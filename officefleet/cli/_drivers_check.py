"""The work of ``officefleet drivers check``: from inventory, live, for spares, for an update."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING

from officefleet.drivers.catalog import Verdict
from officefleet.drivers.drift import Drift, drift, with_facts
from officefleet.drivers.report import count_lines, fleet_lines, label, machine_lines, update_lines
from officefleet.drivers.verdicts.fleet import FleetJudge
from officefleet.drivers.verdicts.gate import gate, stand_ins
from officefleet.drivers.verdicts.judge import judge_machine, judge_stand_in, worst
from officefleet.drivers.verdicts.table import fleet_table
from officefleet.drivers.verdicts.update import judge_update, parse_target
from officefleet.errors import ExitCode, OfficefleetError
from officefleet.i18n import _, language

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from officefleet.drivers.verdicts.index import RuleIndex
    from officefleet.drivers.verdicts.judge import MachineVerdict
    from officefleet.inventory import Inventory

_WHOLE_FLEET = 200
"""From this many on, counts are printed rather than every verdict; of spares, those that cannot be used."""


def check_recorded(fleet: Inventory, hosts: Sequence[str], index: RuleIndex, *, as_json: bool) -> int:
    """Judge hosts by what the inventory records."""
    if len(hosts) >= _WHOLE_FLEET and not as_json:
        summary = FleetJudge(index, fleet_table(fleet, hosts)).summary()
        print_lines(fleet_lines(summary))
        print_lines([_("For single machines name a pharmacy, or print all with --json.")])
        return exit_code([verdict for verdict, count in summary.verdicts.items() if count])
    return _report(gate(fleet, hosts, catalog=index.catalog, day=index.day), as_json=as_json)


def check_spares(fleet: Inventory, hosts: Sequence[str], index: RuleIndex, *, as_json: bool) -> int:
    """Judge each spare with the peripherals of each poste that it stands in for."""
    chosen = set(hosts)
    homes = dict.fromkeys(home for host in hosts if (home := fleet.pharmacy_of(host)))
    verdicts = [
        judge_stand_in(index, spare, poste, pharmacy)
        for pharmacy in (fleet.pharmacy(home) for home in homes)
        for spare, poste in stand_ins(pharmacy)
        if spare.name in chosen or poste.name in chosen
    ]
    return _report(verdicts, as_json=as_json)


def check_update(
    fleet: Inventory, hosts: Sequence[str], index: RuleIndex, update: str, *, as_json: bool
) -> int:
    """Say what an update would break."""
    target = parse_target(update, index.catalog)
    impact = judge_update(FleetJudge(index, fleet_table(fleet, hosts)), target)
    if as_json:
        print_json(impact.to_json(language()))
    else:
        print_lines(update_lines(impact))
    return exit_code([impact.verdict])


def check_live(fleet: Inventory, hosts: Sequence[str], index: RuleIndex, *, as_json: bool) -> int:
    """Read the machines, say what differs from the inventory, judge them as they are."""
    from officefleet.access.action import Action  # noqa: PLC0415  only this needs connections
    from officefleet.cli import environment  # noqa: PLC0415  see above
    from officefleet.cli._live import read_live  # noqa: PLC0415  loads paramiko
    from officefleet.cli.acting import refuse_strangers  # noqa: PLC0415  see above
    from officefleet.engine.options import Options  # noqa: PLC0415

    options = Options(
        user=environment.remote_user(),
        key_file=environment.private_key(),
        known_hosts=environment.known_hosts(),
        check_host_keys=environment.checks_host_keys(),
    )
    modelled = [host for host in hosts if fleet.machine(host) is not None]
    refuse_strangers(fleet, modelled, Action.LOOK)
    verdicts: list[MachineVerdict] = []
    drifts: dict[str, list[Drift]] = {}
    failed: dict[str, OfficefleetError] = {}
    for host, facts in read_live(fleet, modelled, options).items():
        machine = fleet.machine(host)
        if isinstance(facts, OfficefleetError):
            failed[host] = facts
        elif machine is not None:
            home = fleet.pharmacy_of(host)
            drifts[host] = drift(machine, facts, index.catalog)
            pharmacy = fleet.pharmacy(home) if home is not None else None
            verdicts.append(judge_machine(index, with_facts(machine, facts), pharmacy))
    _report_live(verdicts, drifts, failed, as_json=as_json)
    found = [one.verdict for one in verdicts] + [one.verdict for many in drifts.values() for one in many]
    code = exit_code(found)
    return ExitCode.UNREACHABLE if failed and code is ExitCode.OK else code


def _report_live(
    verdicts: Sequence[MachineVerdict],
    drifts: dict[str, list[Drift]],
    failed: dict[str, OfficefleetError],
    *,
    as_json: bool,
) -> None:
    if as_json:
        machines = [
            {**one.to_json(language()), "drift": [found.to_json() for found in drifts[one.host]]}
            for one in verdicts
        ]
        unreachable = [{"host": host, "reason": error.message} for host, error in failed.items()]
        print_json({"machines": machines, "unreachable": unreachable})
        return
    for one in verdicts:
        print_lines(machine_lines(one))
        print_lines(f"  [{label(found.verdict)}] {found.message}" for found in drifts[one.host])
    print_lines(f"{host}: {error.message}" for host, error in failed.items())
    print_lines(count_lines(verdicts))


def _report(verdicts: Sequence[MachineVerdict], *, as_json: bool) -> int:
    overall = worst([one.verdict for one in verdicts])
    if as_json:
        print_json({"verdict": overall.value, "machines": [one.to_json(language()) for one in verdicts]})
    else:
        many = len(verdicts) >= _WHOLE_FLEET
        shown = [one for one in verdicts if not many or one.verdict.severity > Verdict.WARN.severity]
        print_lines(line for one in shown for line in machine_lines(one))
        print_lines(count_lines(verdicts))
    return exit_code([overall])


def exit_code(verdicts: Sequence[Verdict]) -> ExitCode:
    """Return 2 when anything is blocked, else 0."""
    return ExitCode.FAILED if Verdict.BLOCK in verdicts else ExitCode.OK


def print_json(value: object) -> None:
    """Print one JSON document."""
    json.dump(value, sys.stdout, ensure_ascii=False, indent=2, default=str)
    sys.stdout.write("\n")


def print_lines(lines: Iterable[str]) -> None:
    """Print lines."""
    sys.stdout.writelines(f"{line}\n" for line in lines)


def no_such_peripheral(host: str, name: str, known: Iterable[str]) -> str:
    """Return the message for a peripheral that a host does not have."""
    return _("{host} has no peripheral {name!r}; it has: {known}").format(
        host=host, name=name, known=", ".join(known) or "-"
    )
