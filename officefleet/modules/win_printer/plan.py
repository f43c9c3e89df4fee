"""What win_printer changes. `state` is {"printer": None or settings, "port": None or {"address", "number"}, "driver": bool}."""

from __future__ import annotations

from typing import Any

from officefleet.agents.kit import Failed
from officefleet.modules.windows import change, differing, same


def plan(state: dict[str, Any], args: dict[str, Any]) -> list[dict[str, Any]]:
    name, printer = args["name"], state["printer"]
    if args["state"] == "absent":
        return [change("remove", name, {"exists": True}, {"exists": False})] if printer else []
    changes = _port(state, args)
    made = printer is None or not same(printer["driver"], args["driver"])
    if made and not state["driver"]:
        raise Failed("the host has no printer driver %s; win_driver brings it" % args["driver"])
    if printer is None:
        after = {"driver": args["driver"], "port": args["port"]}
        changes.append(
            change("create", name, {"exists": False}, after, driver=args["driver"], port=args["port"])
        )
        printer = {**after, "shared": False, "share_name": "", "comment": "", "location": ""}
    wanted = {one: args[one] for one in ("driver", "port", "shared", "share_name", "comment", "location")}
    setting = {
        one: value
        for one, value in differing(printer, wanted).items()
        if not _alike(one, printer[one], value)
    }
    if setting:
        before = {one: printer[one] for one in setting}
        changes.append(change("set", name, before, dict(setting), set=setting))
    return changes


def _alike(name: str, found: Any, wanted: Any) -> bool:
    return name in ("driver", "port") and same(found, wanted)


def _port(state: dict[str, Any], args: dict[str, Any]) -> list[dict[str, Any]]:
    found = state["port"]
    if args["port_address"] is None:
        if found is None:
            raise Failed("the host has no printer port %s; with port_address one is made" % args["port"])
        return []
    wanted = {"address": args["port_address"], "number": args["port_number"]}
    if found == wanted:
        return []
    if found is not None:
        raise Failed(
            "the printer port %s leads to %s already; choose another name"
            % (args["port"], found["address"] or "a device")
        )
    return [change("add_port", args["port"], {}, wanted, **wanted)]
