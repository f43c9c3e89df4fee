"""``officefleet drivers``: will this peripheral work on this machine, and after this update?"""

from __future__ import annotations

import datetime as dt  # noqa: TC003  cyclopts reads it at run time
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import App, Parameter

from officefleet.errors import ExitCode, UsageError
from officefleet.i18n import _, language

if TYPE_CHECKING:
    from collections.abc import Iterable

    from officefleet.drivers.catalog import Verdict
    from officefleet.drivers.verdicts.index import RuleIndex
    from officefleet.drivers.verdicts.judge import MachineVerdict
    from officefleet.inventory import Inventory

command = App(name="drivers", help="Check peripherals, drivers and updates before touching a machine.")

_WHOLE_FLEET = 200
"""From this many hosts on, counts are printed rather than every verdict."""

Sources = Annotated[
    list[str] | None,
    Parameter(
        name=["-i", "--inventory"],
        help="Fleet folder, pharmacy folder, Ansible inventory file, or host list ending in a comma.",
    ),
]
Limit = Annotated[str | None, Parameter(name=["-l", "--limit"], help="Keep only these hosts.")]
CatalogFolder = Annotated[Path | None, Parameter(help="Catalogue; the inventory's own by default.")]
AsJson = Annotated[bool, Parameter(name="--json", negative="", help="Print JSON.")]
Flag = Annotated[bool, Parameter(negative="")]


@command.command
def check(
    pattern: str = "all",
    *,
    inventory: Sources = None,
    limit: Limit = None,
    catalog: CatalogFolder = None,
    spare: Flag = False,
    update: str | None = None,
    day: dt.datetime | None = None,
    as_json: AsJson = False,
) -> int:
    """Say of each peripheral whether it works on its machine; exit code 2 when something is blocked.

    Args:
        pattern: Host pattern.
        inventory: Sources.
        limit: Second host pattern.
        catalog: Catalogue.
        spare: Judge each spare with the peripherals of each poste that it stands in for.
        update: What this update would break: KB5066835, or a build such as 26100.
        day: Judge as of this day.
        as_json: JSON instead of text.

    """
    if spare and update:
        raise UsageError(_("--spare and --update cannot go together"))
    fleet = _load(inventory, pattern, limit)
    hosts = fleet.select(pattern, limit)
    index = _index(inventory, catalog, day)
    if update:
        return _check_update(fleet, hosts, index, update, as_json=as_json)
    if spare:
        return _report(_spares(fleet, hosts, index), as_json=as_json)
    if len(hosts) >= _WHOLE_FLEET and not as_json:
        return _check_fleet(fleet, hosts, index)
    return _report(_machines(fleet, hosts, index), as_json=as_json)


def _load(sources: list[str] | None, pattern: str, limit: str | None) -> Inventory:
    from officefleet.inventory import default_cache_dir, load_inventory, needed_pharmacies  # noqa: PLC0415  pydantic

    only = needed_pharmacies(pattern, limit)
    return load_inventory(sources or ["inventory"], only=only, cache_dir=default_cache_dir())


def _index(sources: list[str] | None, catalog: Path | None, day: dt.datetime | None) -> RuleIndex:
    from officefleet.drivers.verdicts.gate import find_catalog, rule_index  # noqa: PLC0415  loads pydantic

    return rule_index(catalog or find_catalog(sources or ["inventory"]), day.date() if day else None)


def _machines(fleet: Inventory, hosts: Iterable[str], index: RuleIndex) -> list[MachineVerdict]:
    from officefleet.drivers.verdicts.gate import gate  # noqa: PLC0415  loads pydantic

    return gate(fleet, hosts, catalog=index.catalog, day=index.day)


def _spares(fleet: Inventory, hosts: Iterable[str], index: RuleIndex) -> list[MachineVerdict]:
    from officefleet.drivers.verdicts.gate import stand_ins  # noqa: PLC0415  loads pydantic
    from officefleet.drivers.verdicts.judge import judge_stand_in  # noqa: PLC0415  loads pydantic

    chosen = set(hosts)
    homes = dict.fromkeys(home for host in hosts if (home := fleet.pharmacy_of(host)))
    found = []
    for home in homes:
        pharmacy = fleet.pharmacy(home)
        for spare, poste in stand_ins(pharmacy):
            if spare.name in chosen or poste.name in chosen:
                found.append(judge_stand_in(index, spare, poste, pharmacy))
    return found


def _report(verdicts: list[MachineVerdict], *, as_json: bool) -> int:
    from officefleet.drivers.report import count_lines, machine_lines  # noqa: PLC0415  loads pydantic
    from officefleet.drivers.verdicts.judge import worst  # noqa: PLC0415  loads pydantic

    overall = worst([one.verdict for one in verdicts])
    if as_json:
        _print_json({"verdict": overall.value, "machines": [one.to_json(language()) for one in verdicts]})
    else:
        _print_lines(line for one in verdicts for line in machine_lines(one))
        _print_lines(count_lines(verdicts))
    return _exit_code(overall)


def _check_fleet(fleet: Inventory, hosts: list[str], index: RuleIndex) -> int:
    from officefleet.drivers.report import fleet_lines  # noqa: PLC0415  loads pydantic
    from officefleet.drivers.verdicts.fleet import FleetJudge  # noqa: PLC0415  loads pydantic
    from officefleet.drivers.verdicts.judge import worst  # noqa: PLC0415  loads pydantic
    from officefleet.drivers.verdicts.table import fleet_table  # noqa: PLC0415  loads pydantic

    summary = FleetJudge(index, fleet_table(fleet, hosts)).summary()
    _print_lines(fleet_lines(summary))
    return _exit_code(worst([verdict for verdict, count in summary.verdicts.items() if count]))


def _check_update(fleet: Inventory, hosts: list[str], index: RuleIndex, update: str, *, as_json: bool) -> int:
    from officefleet.drivers.report import update_lines  # noqa: PLC0415  loads pydantic
    from officefleet.drivers.verdicts.fleet import FleetJudge  # noqa: PLC0415  loads pydantic
    from officefleet.drivers.verdicts.table import fleet_table  # noqa: PLC0415  loads pydantic
    from officefleet.drivers.verdicts.update import judge_update, parse_target  # noqa: PLC0415  loads pydantic

    target = parse_target(update, index.catalog)
    impact = judge_update(FleetJudge(index, fleet_table(fleet, hosts)), target)
    if as_json:
        _print_json(impact.to_json(language()))
    else:
        _print_lines(update_lines(impact))
    return _exit_code(impact.verdict)


def _exit_code(verdict: Verdict) -> int:
    from officefleet.drivers.catalog import Verdict as Known  # noqa: PLC0415  loads pydantic

    return ExitCode.FAILED if verdict is Known.BLOCK else ExitCode.OK


def _print_json(value: object) -> None:
    json.dump(value, sys.stdout, ensure_ascii=False, indent=2, default=str)
    sys.stdout.write("\n")


def _print_lines(lines: Iterable[str]) -> None:
    sys.stdout.writelines(f"{line}\n" for line in lines)
