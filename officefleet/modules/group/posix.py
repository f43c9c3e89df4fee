"""group on a POSIX host."""

from __future__ import annotations

from officefleet.agents import accounts
from officefleet.agents.steps import run_step

TYPE_CHECKING = False  # typing costs an agent several milliseconds at its start
if TYPE_CHECKING:
    from typing import Any

    from officefleet.agents.kit import Context


def read(args: dict[str, Any], context: Context) -> dict[str, Any]:
    found = accounts.find_group(args["name"], local=args["local"])
    if found is not None and found["name"] != args["name"]:
        found = None  # a number that is another group's
    return {"gid": None if found is None else found["gid"]}


def apply(change: dict[str, Any], context: Context) -> None:
    run_step(change, context)


def report(
    args: dict[str, Any], state: dict[str, Any], changes: list[dict[str, Any]], context: Context
) -> dict[str, Any]:
    if changes and not context.check and args["state"] == "present":
        return {"gid": read(args, context)["gid"]}
    return {}
