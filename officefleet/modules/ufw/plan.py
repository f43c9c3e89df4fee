from __future__ import annotations

TYPE_CHECKING = False  # typing costs an agent several milliseconds at its start
if TYPE_CHECKING:
    from typing import Any

_POLICIES = {"DROP": "deny", "ACCEPT": "allow", "REJECT": "reject"}
_CHAINS = {"in": "INPUT", "incoming": "INPUT", "out": "OUTPUT", "outgoing": "OUTPUT", "routed": "FORWARD"}
_DIRECTIONS = {"INPUT": "incoming", "OUTPUT": "outgoing", "FORWARD": "routed"}


def plan(state: dict[str, Any], args: dict[str, Any]) -> list[dict[str, Any]]:
    """`state` is {"enabled": bool, "level": of logging, "policies": {chain: iptables' word}, "trial": text,
    "rules" and "rules6": texts of ufw's files}.
    """
    changes = switch(state, args)
    level = args["logging"]
    if level is not None and not (level == state["level"] or (level == "on" and state["level"] != "off")):
        changes.append(change(["logging", level], {"logging": state["level"]}, {"logging": level}))
    if args["default"] is not None:
        chain = _CHAINS[args["direction"] or "incoming"]
        now = _POLICIES.get(state["policies"].get(chain, ""), "deny")
        if now != args["default"]:
            direction = _DIRECTIONS[chain]
            words = ["default", args["default"], direction]
            changes.append(change(words, {direction: now}, {direction: args["default"]}))
    if args["rule"] is not None and acts(state):
        words = rule(args)
        there = {"rule": " ".join(words)}
        gone = {"rule": None}
        changes.append(change(words, there if args["delete"] else gone, gone if args["delete"] else there))
    return changes


def switch(state: dict[str, Any], args: dict[str, Any]) -> list[dict[str, Any]]:
    wanted, enabled = args["state"], state["enabled"]
    if wanted == "reset":
        return [change(["--force", "reset"], {"enabled": enabled}, {"enabled": False})]
    if wanted == "reloaded":
        return [change(["reload"], {}, {})]
    if wanted is None or (wanted == "enabled") == enabled:
        return []
    verb = "enable" if wanted == "enabled" else "disable"
    return [change(["--force", verb], {"enabled": enabled}, {"enabled": not enabled})]


def change(words: list[str], before: dict[str, Any], after: dict[str, Any]) -> dict[str, Any]:
    return {"op": "ufw", "path": " ".join(words), "words": words, "before": before, "after": after}


def acts(state: dict[str, Any]) -> bool:
    """Return whether a dry run would have changed rules.

    For each family of addresses ufw prints that it skips the rule, or all rules as they would be.
    """
    for marker, now in ((":ufw-user-", "rules"), (":ufw6-user-", "rules6")):
        for section in state["trial"].split("*filter\n")[1:]:
            if section.startswith(marker) and tuples(section) != tuples(state[now]):
                return True
    return False


def tuples(text: str) -> list[str]:
    """Return the rules in ufw's own notation, which stands in a comment above each."""
    return [line.strip() for line in text.splitlines() if line.startswith("### tuple ###")]


def rule(args: dict[str, Any]) -> list[str]:
    """Return ufw's words for the rule."""
    words = ["route"] if args["route"] else []
    if args["delete"]:
        words.append("delete")
    elif args["insert"] is not None:
        words += ["insert", str(args["insert"])]
    words.append(args["rule"])
    words += interfaces(args)
    if args["log"]:
        words.append("log")
    if args["proto"] is not None:
        words += ["proto", args["proto"]]
    words += ["from", args["from_ip"], *(["port", args["from_port"]] if args["from_port"] else [])]
    words += ["to", args["to_ip"], *(["port", args["to_port"]] if args["to_port"] else [])]
    if args["name"]:
        words += ["app", args["name"]]
    if args["comment"] is not None and not args["delete"]:
        words += ["comment", args["comment"]]
    return words


def interfaces(args: dict[str, Any]) -> list[str]:
    words = []
    if args["direction"] is not None:
        words.append("in" if _CHAINS[args["direction"]] == "INPUT" else "out")
    if args["interface"]:
        words += ["on", args["interface"]]
    for name, word in (("interface_in", "in"), ("interface_out", "out")):
        if args[name]:
            words += [*([] if words[-1:] == [word] else [word]), "on", args[name]]
    return words


def result(state: dict[str, Any], args: dict[str, Any], changes: list[dict[str, Any]]) -> dict[str, Any]:
    return {"commands": ["ufw " + " ".join(one["words"]) for one in changes]}
