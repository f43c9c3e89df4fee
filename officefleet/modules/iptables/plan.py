from __future__ import annotations

TYPE_CHECKING = False  # typing costs an agent several milliseconds at its start
if TYPE_CHECKING:
    from typing import Any

# argument -> option, for those that stand for themselves; a leading "!" of the value negates the option
_MATCHES = (
    ("protocol", "-p"), ("source", "-s"), ("destination", "-d"), ("in_interface", "-i"),
    ("out_interface", "-o"), ("fragment", "-f"), ("set_counters", "-c"), ("source_port", "--source-port"),
    ("destination_port", "--destination-port"), ("icmp_type", "--icmp-type"),
)  # fmt: skip
# argument -> match that it needs, option
_EXTENSIONS = (
    ("src_range", "iprange", "--src-range"), ("dst_range", "iprange", "--dst-range"),
    ("limit", "limit", "--limit"), ("limit_burst", "limit", "--limit-burst"),
    ("uid_owner", "owner", "--uid-owner"), ("gid_owner", "owner", "--gid-owner"),
    ("comment", "comment", "--comment"),
)  # fmt: skip
_TARGETS = (
    ("gateway", "TEE", "--gateway"), ("log_prefix", "LOG", "--log-prefix"), ("log_level", "LOG", "--log-level"),
    ("to_destination", "DNAT", "--to-destination"), ("to_source", "SNAT", "--to-source"),
    ("to_ports", "REDIRECT", "--to-ports"), ("set_dscp_mark", "DSCP", "--set-dscp"),
    ("set_dscp_mark_class", "DSCP", "--set-dscp-class"), ("reject_with", "REJECT", "--reject-with"),
)  # fmt: skip


def plan(state: dict[str, Any], args: dict[str, Any]) -> list[dict[str, Any]]:
    """`state` is {"chain": bool, "rules": count, "policy": name or "", "rule": bool}."""
    chain = args["chain"]
    if args["flush"]:
        words = ["-F", *([chain] if chain else [])]
        return [change(args, words, {"rules": state["rules"]}, {"rules": 0})] if state["rules"] else []
    if args["policy"] is not None:
        now, wanted = {"policy": state["policy"]}, {"policy": args["policy"]}
        return [] if now == wanted else [change(args, ["-P", chain, args["policy"]], now, wanted)]
    return change_rule(state, args) if rule(args) else change_chain(state, args)


def change_chain(state: dict[str, Any], args: dict[str, Any]) -> list[dict[str, Any]]:
    present = args["state"] == "present"
    if state["chain"] == present:
        return []
    words = ["-N" if present else "-X", args["chain"]]
    return [change(args, words, {"chain": state["chain"]}, {"chain": present})]


def change_rule(state: dict[str, Any], args: dict[str, Any]) -> list[dict[str, Any]]:
    chain, present, words = args["chain"], args["state"] == "present", rule(args)
    if state["rule"] == present:
        return []
    changes = change_chain(state, args) if present and args["chain_management"] else []
    verb = "-D" if not present else "-I" if args["action"] == "insert" else "-A"
    place = [args["rule_num"]] if verb == "-I" and args["rule_num"] else []
    text = " ".join(words)
    before, after = (None, text) if present else (text, None)
    return [*changes, change(args, [verb, chain, *place, *words], {"rule": before}, {"rule": after})]


def change(
    args: dict[str, Any], words: list[str], before: dict[str, Any], after: dict[str, Any]
) -> dict[str, Any]:
    return {
        "op": "iptables",
        "path": args["chain"] or args["table"],
        "ip_version": args["ip_version"],
        "words": [*base(args), *words],
        "before": before,
        "after": after,
    }


def base(args: dict[str, Any]) -> list[str]:
    wait = ["-w", args["wait"]] if args["wait"] else ["-w"]
    return [*wait, "-t", args["table"]]


def rule(args: dict[str, Any]) -> list[str]:
    """Return the words of the rule itself: matches in a fixed order, then the target and its options."""
    words: list[str] = []
    for name, option in _MATCHES:
        words += negatable(option, args[name])
    loaded = list(args["match"])
    for name in args["match"]:
        words += ["-m", name]
    words += tcp(args)
    words += listed(args, loaded)
    for name, extension, option in _EXTENSIONS:
        if args[name] is not None:
            words += load(extension, loaded)
            words += negatable(option, args[name]) if name != "comment" else [option, args[name]]
    return words + target(args)


def negatable(option: str, value: str | None) -> list[str]:
    if value is None:
        return []
    if value.startswith("!"):
        return ["!", option, value[1:].strip()]
    return [option, value]


def load(extension: str, loaded: list[str]) -> list[str]:
    if extension in loaded:
        return []
    loaded.append(extension)
    return ["-m", extension]


def tcp(args: dict[str, Any]) -> list[str]:
    words: list[str] = []
    flags = args["tcp_flags"]
    if flags.get("flags") and flags.get("flags_set"):
        words += ["--tcp-flags", ",".join(flags["flags"]), ",".join(flags["flags_set"])]
    if args["syn"] != "ignore":
        words += ["--syn"] if args["syn"] == "match" else ["!", "--syn"]
    return words


def listed(args: dict[str, Any], loaded: list[str]) -> list[str]:
    words: list[str] = []
    if args["destination_ports"]:
        words += [*load("multiport", loaded), "--dports", ",".join(args["destination_ports"])]
    if args["ctstate"]:
        option = "--state" if "state" in loaded else "--ctstate"
        words += [
            *([] if "state" in loaded else load("conntrack", loaded)),
            option,
            ",".join(args["ctstate"]),
        ]
    if args["match_set"]:
        words += [*load("set", loaded), *negatable("--match-set", args["match_set"]), args["match_set_flags"]]
    return words


def target(args: dict[str, Any]) -> list[str]:
    jump, words = args["jump"], []
    for name, needed, option in _TARGETS:
        if args[name] is not None:
            jump = jump or needed
            words += [option, args[name]]
    if jump is not None:
        return ["-j", jump, *words]
    return ["-g", args["goto"]] if args["goto"] is not None else []


def result(state: dict[str, Any], args: dict[str, Any], changes: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "failed": False, "ip_version": args["ip_version"], "table": args["table"], "chain": args["chain"],
        "flush": args["flush"], "rule": " ".join(rule(args)), "state": args["state"],
        "chain_management": args["chain_management"],
    }  # fmt: skip
