from __future__ import annotations

from officefleet.agents.steps import step

TYPE_CHECKING = False  # typing costs an agent several milliseconds at its start
if TYPE_CHECKING:
    from typing import Any


def plan(state: dict[str, Any], args: dict[str, Any]) -> list[dict[str, Any]]:
    """`state` is {"gid": number or None}."""
    name, gid = args["name"], state["gid"]
    if args["state"] == "absent":
        if gid is None:
            return []
        words = ["-f"] if args["force"] else []
        return [step("groupdel", *words, name, path=name, before={"gid": gid}, after={"gid": None})]
    number = [] if args["gid"] is None else ["-g", str(args["gid"])]
    shared = ["-o"] if args["non_unique"] and number else []
    after = {"gid": args["gid"]}
    if gid is None:
        words = [*number, *shared, *(["-r"] if args["system"] else [])]
        for limit in ("gid_min", "gid_max"):
            if args[limit] is not None:
                words += ["-K", "%s=%d" % (limit.upper(), args[limit])]
        return [step("groupadd", *words, name, path=name, before={"gid": None}, after=after)]
    if number and gid != args["gid"]:
        return [step("groupmod", *number, *shared, name, path=name, before={"gid": gid}, after=after)]
    return []


def result(state: dict[str, Any], args: dict[str, Any], changes: list[dict[str, Any]]) -> dict[str, Any]:
    found = {"name": args["name"], "state": args["state"]}
    if args["state"] == "present":
        found["system"] = args["system"]
        gid = args["gid"] if args["gid"] is not None else state["gid"]
        if gid is not None:
            found["gid"] = gid
    return found
