"""Asks ansible-core what its inventory says: run as a program, prints JSON.

Arguments: the playbook's folder, the sources separated by newlines, the patterns separated by newlines.
"""

from __future__ import annotations

import json
import sys

from ansible.inventory.manager import InventoryManager
from ansible.parsing.dataloader import DataLoader
from ansible.vars.manager import VariableManager

_MAGIC = {
    "ansible_config_file",
    "ansible_facts",
    "ansible_playbook_python",
    "ansible_version",
    "groups",
    "omit",
    "playbook_dir",
}


def main() -> None:
    play, sources, patterns = sys.argv[1:4]
    loader = DataLoader()
    loader.set_basedir(play)
    inventory = InventoryManager(loader=loader, sources=sources.split("\n"))
    variables = VariableManager(loader=loader, inventory=inventory)
    variables.safe_basedir = True
    hosts = {}
    for host in inventory.get_hosts():
        found = variables.get_vars(host=host, include_hostvars=False)
        names = found.pop("group_names")
        kept = {k: v for k, v in found.items() if k not in _MAGIC and not k.startswith("inventory_")}
        hosts[host.name] = {"groups": names, "vars": kept}
    selected = {one: [host.name for host in inventory.get_hosts(one)] for one in patterns.split("\n")}
    print(json.dumps({"hosts": hosts, "selected": selected}))  # noqa: T201  its caller reads it


main()
