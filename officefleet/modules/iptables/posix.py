"""iptables on a POSIX host."""

from __future__ import annotations

from officefleet.agents.kit import Context, Failed, Undecidable, which
from officefleet.modules.iptables.plan import base, rule

TYPE_CHECKING = False  # typing costs an agent several milliseconds at its start
if TYPE_CHECKING:
    from typing import Any

_PROGRAMS = {"ipv4": "iptables", "ipv6": "ip6tables"}
_NO_RULE = 1  # what -C ends with when the rule is not there; a malformed rule ends with 2


def read(args: dict[str, Any], context: Context) -> dict[str, Any]:
    program = _program(args["ip_version"], context)
    chain = args["chain"]
    done = context.run([program, *base(args), "-S", *([chain] if chain else [])], parse=True)
    lines = done.out.splitlines()
    state = {
        "chain": done.rc == 0,
        "rules": sum(line.startswith("-A ") for line in lines),
        "policy": next((line.split()[2] for line in lines if line.startswith("-P ")), ""),
        "rule": False,
    }
    if args["policy"] is not None and not state["policy"]:
        raise Failed("chain %s has no policy: it is not one of the kernel's own" % chain)
    if args["flush"] or args["policy"] is not None or not state["chain"]:
        if not (state["chain"] or args["flush"] or args["chain_management"] or args["state"] == "absent"):
            raise Failed("%s: no chain %s in table %s" % (program, chain, args["table"]), rc=done.rc)
        return state
    words = rule(args)
    if words:
        done = context.run([program, *base(args), "-C", chain, *words], parse=True)
        if done.rc > _NO_RULE:
            raise Failed(done.err.strip(), rc=done.rc, cmd=" ".join(words))
        state["rule"] = done.rc == 0
    elif not args["chain_management"]:
        raise Failed("the rule has neither matches nor a target")
    return state


def _program(version: str, context: Context) -> str:
    path = which(_PROGRAMS[version])
    if path is not None:
        return path
    if context.check:
        raise Undecidable("iptables is not installed yet; an earlier task may bring it")
    raise Failed("required program not found on the host: " + _PROGRAMS[version])


def apply(change: dict[str, Any], context: Context) -> None:
    done = context.run([_program(change["ip_version"], context), *change["words"]], parse=True)
    if done.rc != 0:
        raise Failed(done.err.strip() or "iptables failed", rc=done.rc, cmd=" ".join(change["words"]))
