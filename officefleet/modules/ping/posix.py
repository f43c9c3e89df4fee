"""ping on a POSIX host."""

from __future__ import annotations

TYPE_CHECKING = False  # typing costs an agent several milliseconds at its start
if TYPE_CHECKING:
    from typing import Any

    from officefleet.agents.kit import Context


def run(args: dict[str, Any], context: Context) -> dict[str, Any]:
    if args["data"] == "crash":
        raise RuntimeError("boom")  # what Ansible's ping does on request: it tests the reporting of crashes
    return {"changed": False, "ping": args["data"]}
