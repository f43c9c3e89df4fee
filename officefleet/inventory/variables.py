"""Merges a host's variables in Ansible's order, weakest first."""

from __future__ import annotations

import datetime as dt
import sys
from typing import TYPE_CHECKING, Any

from officefleet.inventory.people import keys_let_in
from officefleet.models import Connection

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from officefleet.inventory.graph import Graph
    from officefleet.inventory.varfiles import VariableFiles
    from officefleet.models import FleetSettings, Machine, Pharmacy

IMPLICIT = {"ansible_connection": "local", "ansible_python_interpreter": sys.executable or "/usr/bin/python3"}
"""What a localhost that no file defines gets."""


def group_variables(
    groups: Sequence[str], graph: Graph, files: VariableFiles, folders: Sequence[Path], playbook: Path | None
) -> dict[str, Any]:
    """Return what groups give a host: inventory files, then ``all`` files, then the groups' files.

    Args:
        groups: the host's groups without ``all``, weakest first.
        graph: holds the inventory files' variables.
        files: reads group_vars.
        folders: whose group_vars count, weakest first.
        playbook: the playbook's folder, or None.

    """
    merged = dict(graph.groups["all"].variables)
    for name in groups:
        merged.update(graph.groups[name].variables)
    plays = [] if playbook is None else [playbook]
    for folder in [*folders, *plays]:
        merged.update(files.group(folder, "all"))
    for folder in [*folders, *plays]:
        for name in groups:
            merged.update(files.group(folder, name))
    return merged


def host_variables(
    name: str, own: dict[str, Any], files: VariableFiles, folders: Sequence[Path], playbook: Path | None
) -> dict[str, Any]:
    """Return what a host has of its own: inventory file, then host_vars beside inventory and playbook."""
    merged = dict(own)
    for folder in folders:
        merged.update(files.host(folder, name))
    if playbook is not None:
        merged.update(files.host(playbook, name))
    return merged


def machine_defaults(machine: Machine) -> dict[str, Any]:
    """Return what a machine's model implies and any variable may override."""
    return {"ansible_connection": machine.effective_connection().value}


def machine_variables(
    machine: Machine, pharmacy: Pharmacy, settings: FleetSettings, folder: Path
) -> dict[str, Any]:
    """Return what a machine's model says outright: how to reach it, and the models for templates.

    `inventory_dir` is the fleet's folder, two levels above the pharmacy's.
    """
    found: dict[str, Any] = {
        "inventory_dir": str(folder.absolute().parent.parent),
        "inventory_file": str(folder.absolute() / "pharmacy.yml"),
        "ansible_host": str(machine.address),
    }
    if machine.connection is not None:
        found["ansible_connection"] = machine.connection.value
    if machine.effective_connection() is not Connection.LOCAL and machine.port is not None:
        found["ansible_port"] = machine.port
    if machine.user is not None:
        found["ansible_user"] = machine.user
    found["machine"] = machine.model_dump(mode="json")
    found["officine"] = {
        **pharmacy.model_dump(mode="json", exclude={"machines", "people", "contracts"}),
        "region_slug": pharmacy.region_slug,
        "timezone": pharmacy.timezone,
        "machines": [one.name for one in pharmacy.machines],
    }
    found["officine_keys"] = keys_let_in(settings, pharmacy, dt.datetime.now().astimezone().date())
    return found
