"""What win_acl changes. `state` is {"kind", "sid", "rules": [{"sid", "rights", "type", "inherit", "propagation"}]}, in .NET's numbers."""

from __future__ import annotations

from typing import Any

from officefleet.agents.kit import Failed
from officefleet.modules.win_acl.rights import SYNCHRONIZE, number
from officefleet.modules.windows import change

_INHERIT = {"containerinherit": 1, "objectinherit": 2, "none": 0, "": 0}
_PROPAGATION = {"None": 0, "NoPropagateInherit": 1, "InheritOnly": 2}
_FOR_FOLDERS = 3


def rule(state: dict[str, Any], args: dict[str, Any]) -> dict[str, Any]:
    """Return the rule that a task speaks of.

    Raises:
        Failed: nothing at the path, nobody of that name, or rights that this kind of thing does not have.

    """
    kind = state["kind"]
    if kind == "absent":
        raise Failed("%s does not exist" % args["path"])
    if state["sid"] is None:
        raise Failed("there is no account %s" % args["user"])
    bits = number(args["rights"], registry=kind == "key")
    if bits is None:
        raise Failed("a %s has no rights %s" % (kind, args["rights"]))
    if kind != "key" and args["type"] == "allow":
        bits |= SYNCHRONIZE
    inherit = _FOR_FOLDERS if kind in ("directory", "key") else 0
    if args["inherit"] is not None and kind != "file":
        inherit = sum({_INHERIT[part.strip().lower()] for part in args["inherit"].split(",")})
    return {
        "sid": state["sid"],
        "rights": bits,
        "type": args["type"],
        "inherit": inherit,
        "propagation": _PROPAGATION[args["propagation"]] if inherit else 0,
    }


def plan(state: dict[str, Any], args: dict[str, Any]) -> list[dict[str, Any]]:
    wanted = rule(state, args)
    found = wanted in state["rules"]
    if found == (args["state"] == "present"):
        return []
    more = {"rule": wanted, "follow": args["follow"]}
    label = {"%s %s %s" % (args["type"], args["user"], args["rights"]): True}
    if found:
        return [change("remove", args["path"], label, {}, **more)]
    return [change("add", args["path"], {}, label, **more)]
