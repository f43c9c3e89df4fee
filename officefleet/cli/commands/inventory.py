"""``officefleet inventory``: what there is, who is in which group, what contradicts itself."""

from __future__ import annotations

import json
import sys
from pathlib import Path  # noqa: TC003  cyclopts reads it at run time
from typing import TYPE_CHECKING, Annotated, Any

from cyclopts import App, Parameter

from officefleet.cli.vault_flags import vaults
from officefleet.errors import ExitCode, UsageError
from officefleet.i18n import _, ngettext

if TYPE_CHECKING:
    from officefleet.inventory import Inventory

command = App(name="inventory", help="Show and check hosts, groups, variables and models.")

Sources = Annotated[
    list[str] | None,
    Parameter(
        name=["-i", "--inventory"],
        help="Fleet folder, pharmacy folder, Ansible inventory file, or host list ending in a comma.",
    ),
]
Limit = Annotated[str | None, Parameter(name=["-l", "--limit"], help="Keep only these hosts.")]
AsJson = Annotated[bool, Parameter(name="--json", negative="", help="Print JSON.")]


@command.command(name="list")
def list_(
    pattern: str = "all", *, inventory: Sources = None, limit: Limit = None, as_json: AsJson = False
) -> None:
    """List pharmacies with their machines; the pattern chooses hosts.

    Args:
        pattern: Host pattern.
        inventory: Sources.
        limit: Second host pattern.
        as_json: JSON instead of a table.

    """
    fleet = _load(inventory, pattern, limit)
    hosts = fleet.select(pattern, limit)
    if as_json:
        _print_json([_summary(fleet, host) for host in hosts])
        return
    from rich.console import Console  # noqa: PLC0415  slow to import
    from rich.table import Table  # noqa: PLC0415  slow to import

    table = Table(box=None, pad_edge=False)
    for title in (_("Host"), _("Pharmacy"), _("Kind"), _("System"), _("Address")):
        table.add_column(title)
    for host in hosts:
        row = _summary(fleet, host)
        table.add_row(*(str(row[key] or "-") for key in ("host", "pharmacy", "kind", "os", "address")))
    Console().print(table)
    sys.stdout.write(ngettext("{count} host", "{count} hosts", len(hosts)).format(count=len(hosts)) + "\n")


@command.command
def show(host: str, *, inventory: Sources = None, as_json: AsJson = False) -> None:
    """Show a host's groups and merged variables.

    Args:
        host: Name of the host.
        inventory: Sources.
        as_json: JSON instead of YAML.

    """
    fleet = _load(inventory, host, None)
    names = fleet.select(host)
    if names != [host]:
        raise UsageError(
            _("{pattern!r} is not one host").format(pattern=host),
            hint=_("see `officefleet inventory hosts PATTERN`"),
        )
    from officefleet.engine.masking import Mask  # noqa: PLC0415  not needed by the other commands

    mask = Mask()
    if fleet.opener is not None:
        fleet.opener.tell(mask.add)
    variables = fleet.variables(host)  # reads encrypted files, whose texts are known to the mask from then on
    found = mask.clean({"host": host, "groups": fleet.group_names(host), "variables": variables})
    if as_json:
        _print_json(found)
        return
    import yaml  # noqa: PLC0415  not needed by the other commands

    plain = json.loads(json.dumps(found, default=str))
    sys.stdout.write(yaml.safe_dump(plain, allow_unicode=True, sort_keys=False))


@command.command
def hosts(pattern: str, *, inventory: Sources = None, limit: Limit = None, as_json: AsJson = False) -> None:
    """Print the names of the hosts that a pattern chooses, one a line.

    Args:
        pattern: Host pattern, e.g. officine_0421:&comptoir:!secours.
        inventory: Sources.
        limit: Second host pattern.
        as_json: A JSON list.

    """
    chosen = _load(inventory, pattern, limit).select(pattern, limit)
    if as_json:
        _print_json(chosen)
    else:
        sys.stdout.writelines(f"{host}\n" for host in chosen)


@command.command
def graph(group: str = "all", *, inventory: Sources = None, as_json: AsJson = False) -> None:
    """Draw the groups as a tree.

    Args:
        group: Where the tree begins.
        inventory: Sources.
        as_json: Group names with their children and hosts.

    """
    fleet = _load(inventory, group, None)
    if group not in fleet.groups:
        fleet.select(group)  # says which name is near
        raise UsageError(_("{name!r} is not a group").format(name=group))
    if as_json:
        _print_json(
            {
                name: {"children": fleet.groups.children(name), "hosts": list(fleet.groups[name])}
                for name in fleet.groups
            }
        )
        return
    sys.stdout.writelines(f"{line}\n" for line in _tree(fleet, group, ""))


@command.command
def check(*, inventory: Sources = None, as_json: AsJson = False) -> int:
    """Check the models and what contradicts itself between files.

    Args:
        inventory: Sources.
        as_json: A JSON list of problems.

    """
    from officefleet.inventory.invalid import refuse  # noqa: PLC0415  loads pydantic

    fleet = _load(inventory, None, None)
    problems = fleet.check()
    if as_json:
        _print_json([{"place": str(p.mark), "message": p.message, "hint": p.hint} for p in problems])
        return ExitCode.INVALID if problems else ExitCode.OK
    if problems:
        raise refuse(problems)
    sys.stdout.write(
        _("{pharmacies} pharmacies, {hosts} hosts: no contradiction.").format(
            pharmacies=len(fleet.digests), hosts=len(fleet.hosts)
        )
        + "\n"
    )
    return ExitCode.OK


@command.command
def generate(folder: Path, *, pharmacies: int = 20, seed: int = 421) -> None:
    """Write a made-up fleet, the same for the same seed.

    Args:
        folder: Where; must not hold a fleet.
        pharmacies: How many.
        seed: Chooses names, places and equipment.

    """
    from officefleet.inventory.generate import generate as write  # noqa: PLC0415  rarely needed

    if not 1 <= pharmacies <= 99_999:  # noqa: PLR2004  five digits
        raise UsageError(_("--pharmacies takes 1 to 99,999"))
    try:
        machines = write(folder, pharmacies, seed=seed)
    except FileExistsError:
        raise UsageError(
            _("{folder} already holds a fleet").format(folder=folder), hint=_("name a new folder")
        ) from None
    sys.stdout.write(
        _("{pharmacies} pharmacies with {machines} machines in {folder}").format(
            pharmacies=pharmacies, machines=machines, folder=folder
        )
        + "\n"
    )


def _load(sources: list[str] | None, pattern: str | None, limit: str | None) -> Inventory:
    from officefleet.inventory import default_cache_dir, load_inventory, needed_pharmacies  # noqa: PLC0415  pydantic

    only = None if pattern is None else needed_pharmacies(pattern, limit)
    return load_inventory(sources or ["inventory"], only=only, cache_dir=default_cache_dir(), opener=vaults())


def _summary(fleet: Inventory, host: str) -> dict[str, Any]:
    machine = fleet.machine(host)
    if machine is None:
        address = fleet.variables(host).get("ansible_host", host)
        return {"host": host, "pharmacy": None, "kind": None, "os": None, "address": address}
    return {
        "host": host,
        "pharmacy": fleet.pharmacy_of(host),
        "kind": machine.kind.value,
        "os": f"{machine.os.family.value} {machine.os.version}",
        "address": str(machine.address),
    }


def _tree(fleet: Inventory, group: str, indent: str) -> list[str]:
    lines = [f"{indent}@{group}:"]
    deeper = indent + "  "
    for child in (name for name in fleet.groups.children(group) if fleet.groups[name]):
        lines += _tree(fleet, child, deeper)
    lines += [f"{deeper}{host}" for host in fleet.groups.direct(group)]
    return lines


def _print_json(value: object) -> None:
    json.dump(value, sys.stdout, ensure_ascii=False, indent=2, default=str)
    sys.stdout.write("\n")
