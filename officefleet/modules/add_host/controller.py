"""What add_host does on the controller."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from officefleet.modules.add_host.spec import AddHostArgs
    from officefleet.modules.contract import Controller

# name:port, [IPv6]:port; a bare IPv6 address has more than one colon and no port
_WITH_PORT = re.compile(r"^(?P<name>[^:\[\]]+|\[[0-9A-Fa-f:.]+\]):(?P<port>\d+)$")


def act(args: AddHostArgs, controller: Controller) -> dict[str, Any]:
    """Return {"add_host": {"host_name", "groups", "host_vars"}}; the engine adds it to its inventory."""
    name = args.name
    variables = dict(args.variables)
    found = _WITH_PORT.match(name)
    if found:
        name = found["name"].strip("[]")
        variables.setdefault("ansible_ssh_port", int(found["port"]))
    groups = [group for group in dict.fromkeys(args.groups) if group]
    return {"changed": True, "add_host": {"host_name": name, "groups": groups, "host_vars": variables}}
