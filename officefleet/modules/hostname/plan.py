from __future__ import annotations

TYPE_CHECKING = False  # typing costs an agent several milliseconds at its start
if TYPE_CHECKING:
    from typing import Any


def plan(state: dict[str, Any], args: dict[str, Any]) -> list[dict[str, Any]]:
    """`state` is {"permanent": text of /etc/hostname, "current": what the kernel says}."""
    name = args["name"]
    changes = []
    if state["permanent"] != name:
        changes.append(
            {
                "op": "write",
                "path": "/etc/hostname",
                "name": name,
                "before": {"permanent": state["permanent"]},
                "after": {"permanent": name},
            }
        )
    if state["current"] != name:
        changes.append(
            {
                "op": "set",
                "path": "kernel.hostname",
                "name": name,
                "before": {"current": state["current"]},
                "after": {"current": name},
            }
        )
    return changes


def result(state: dict[str, Any], args: dict[str, Any], changes: list[dict[str, Any]]) -> dict[str, Any]:
    name = args["name"]
    facts = {"hostname": name.split(".")[0], "nodename": name, "domain": name.partition(".")[2]}
    if "." in name:
        facts["fqdn"] = name
    return {"name": name, "ansible_facts": facts}


def diff(state: dict[str, Any], args: dict[str, Any], changes: list[dict[str, Any]]) -> dict[str, Any]:
    if not changes:
        return {}
    old = state["permanent"] if state["permanent"] != args["name"] else state["current"]
    return {"before": "hostname = %s\n" % old, "after": "hostname = %s\n" % args["name"]}
