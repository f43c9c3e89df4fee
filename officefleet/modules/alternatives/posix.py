"""alternatives on a POSIX host."""

from __future__ import annotations

import os

from officefleet.agents.kit import Context, Undecidable, need
from officefleet.agents.steps import run_step

TYPE_CHECKING = False  # typing costs an agent several milliseconds at its start
if TYPE_CHECKING:
    from typing import Any


def read(args: dict[str, Any], context: Context) -> dict[str, Any]:
    state: dict[str, Any] = {
        "link": None, "status": None, "value": None, "slaves": {}, "alternatives": {},
        "exists": os.path.exists(args["path"]),
    }  # fmt: skip
    done = context.run([need("update-alternatives"), "--query", args["name"]], parse=True)
    if done.rc == 0:
        _parse(done.out, state)
    new = args["path"] not in state["alternatives"]
    if context.check and args["state"] != "absent" and new and not state["exists"]:
        raise Undecidable("%s does not exist yet" % args["path"])
    return state


def _parse(text: str, state: dict[str, Any]) -> None:
    """Read what update-alternatives(1) calls the query format into `state`."""
    here: dict[str, Any] | None = None
    slaves: dict[str, str] = {}
    for line in text.splitlines():
        field, _colon, value = line.partition(":")
        value = value.strip()
        if line.startswith(" "):
            name, _space, path = line.strip().partition(" ")
            slaves[name] = path
        elif field == "Slaves":
            slaves = state["slaves"] if here is None else here["slaves"]
        elif field == "Alternative":
            here = state["alternatives"][value] = {"priority": 0, "slaves": {}}
        elif field == "Priority" and here is not None:
            here["priority"] = int(value)
        elif field in ("Link", "Status", "Value") and here is None:
            state[field.lower()] = None if value == "none" else value


def apply(change: dict[str, Any], context: Context) -> None:
    run_step(change, context)
