from __future__ import annotations

from officefleet.agents import textfile, writing
from officefleet.agents.kit import Failed

TYPE_CHECKING = False  # typing costs an agent several milliseconds at its start
if TYPE_CHECKING:
    from typing import Any


def plan(state: dict[str, Any], args: dict[str, Any]) -> list[dict[str, Any]]:
    """`state` is /etc/locale.gen's (`textfile.look`), "made" (what ``locale -a`` lists) and "supported" names."""
    wanted = args["state"] == "present"
    if wanted:
        for name in args["name"]:
            if name not in state["supported"]:
                raise Failed("The locale %s is not available on this host." % name)
    now = {name: plain(name) in {plain(one) for one in state["made"]} for name in args["name"]}
    text = edited(state["text"] or "", args, state["supported"])
    changes = [] if text == (state["text"] or "") else writing.plan_text(state, {}, text)
    if changes or any(there != wanted for there in now.values()):
        changes.append(
            {"op": "generate", "path": "/usr/lib/locale", "before": now, "after": dict.fromkeys(now, wanted)}
        )
    return changes


def plain(name: str) -> str:
    """Return a locale's name as ``locale -a`` writes it: fr_FR.UTF-8 is fr_FR.utf8."""
    base, dot, rest = name.partition(".")
    return base + dot + rest.lower().replace("-", "")


def edited(text: str, args: dict[str, Any], supported: dict[str, str]) -> str:
    """Return locale.gen with each locale's line in force, or commented out."""
    lines = text.splitlines()
    for name in args["name"]:
        places = [at for at, line in enumerate(lines) if line.lstrip("# ").split(" ")[0] == name]
        for at in places:
            bare = lines[at].lstrip("# ")
            lines[at] = bare if args["state"] == "present" else "# " + bare
        if not places and args["state"] == "present":
            lines.append("%s %s" % (name, supported[name]))
    return "".join(line + "\n" for line in lines) if lines != text.splitlines() else text


def diff(state: dict[str, Any], args: dict[str, Any], changes: list[dict[str, Any]]) -> dict[str, str]:
    return textfile.differences(state, changes)
