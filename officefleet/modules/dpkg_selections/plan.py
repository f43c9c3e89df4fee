from __future__ import annotations

from officefleet.agents.steps import step

TYPE_CHECKING = False  # typing costs an agent several milliseconds at its start
if TYPE_CHECKING:
    from typing import Any


def plan(state: dict[str, Any], args: dict[str, Any]) -> list[dict[str, Any]]:
    """`state` is {"selection": the present one, "" for none}."""
    name, wanted = args["name"], args["selection"]
    if state["selection"] == wanted:
        return []
    return [
        step(
            "dpkg",
            "--set-selections",
            path=name,
            stdin="%s %s\n" % (name, wanted),
            before={"selection": state["selection"]},
            after={"selection": wanted},
        )
    ]


def result(state: dict[str, Any], args: dict[str, Any], changes: list[dict[str, Any]]) -> dict[str, Any]:
    return {"before": state["selection"], "after": args["selection"]}
