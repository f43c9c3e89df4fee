"""Inventory scripts: an executable that prints its hosts and groups as JSON, as Ansible calls it.

https://docs.ansible.com/ansible/2.18/dev_guide/developing_inventory.html#inventory-scripts is the contract.
"""

from __future__ import annotations

import json
import os
import subprocess
from typing import TYPE_CHECKING, Any

from officefleet.errors import InventoryError, Mark
from officefleet.i18n import _

if TYPE_CHECKING:
    from pathlib import Path

    from officefleet.inventory.members import Members

_PATIENCE = 120.0  # seconds; a script asks a cloud or a database
_META = "_meta"


def is_script(file: Path, head: bytes) -> bool:
    """Return whether a file is to be run: it begins with ``#!`` and may be executed."""
    return head.startswith(b"#!") and os.access(file, os.X_OK)


def read_script(file: Path, members: Members) -> None:
    """Add the hosts, groups and variables that a script prints.

    Raises:
        InventoryError: it fails, takes too long, or prints something else.

    """
    mark = Mark(str(file))
    data = _ask(file, "--list")
    meta = data.pop(_META, None)
    hosts: dict[str, None] = {}
    for name, body in data.items():
        hosts.update(dict.fromkeys(_group(name, body, members, mark)))
    known = (meta or {}).get("hostvars") if isinstance(meta, dict) else None
    for host in {**dict.fromkeys(known or ()), **hosts}:
        variables = (known or {}).get(host) if known is not None else _ask(file, "--host", host)
        if variables is not None and not isinstance(variables, dict):
            raise InventoryError(
                _("variables of host {name!r} must be a mapping").format(name=host), mark=mark
            )
        members.add("all" if host in hosts else "ungrouped", host, variables or {})


def _group(name: str, body: Any, members: Members, mark: Mark) -> list[str]:
    """Add one group and return its hosts."""
    members.group(name)
    if isinstance(body, list):
        body = {"hosts": body}
    if not isinstance(body, dict):
        raise InventoryError(
            _("group {name!r} must hold hosts, vars or children").format(name=name), mark=mark
        )
    found = [str(host) for host in body.get("hosts") or ()]
    for host in found:
        members.add(name, host, {})
    for variable, value in (body.get("vars") or {}).items():
        members.group_variable(name, str(variable), value, mark)
    for child in body.get("children") or ():
        members.group(str(child))
        members.link(name, str(child), mark)
    return found


def _ask(file: Path, *words: str) -> dict[str, Any]:
    try:
        done = subprocess.run(
            [str(file.resolve()), *words],
            capture_output=True,
            check=False,
            timeout=_PATIENCE,
            cwd=file.resolve().parent,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise InventoryError(
            _("the inventory script cannot be run: {reason}").format(reason=error), mark=Mark(str(file))
        ) from None
    if done.returncode:
        lines = done.stderr.decode("utf-8", "replace").strip().splitlines()
        raise InventoryError(
            _("the inventory script ended with {code}: {reason}").format(
                code=done.returncode, reason=lines[-1] if lines else ""
            ),
            mark=Mark(str(file)),
        )
    try:
        data = json.loads(done.stdout or b"{}")
    except ValueError:
        data = None
    if not isinstance(data, dict):
        raise InventoryError(
            _("the inventory script does not print a JSON mapping"),
            mark=Mark(str(file)),
            hint=_("try it by hand with --list"),
        )
    return data
