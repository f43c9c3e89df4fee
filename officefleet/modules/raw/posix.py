"""raw on a POSIX host whose agent runs already; without an agent the engine sends the line itself."""

from __future__ import annotations

from officefleet.agents.kit import Context, Failed
from officefleet.modules.command.posix import add_lines

TYPE_CHECKING = False  # typing costs an agent several milliseconds at its start
if TYPE_CHECKING:
    from typing import Any


def run(args: dict[str, Any], context: Context) -> dict[str, Any]:
    if context.check:
        return {"changed": False, "skipped": True}
    done = context.run(args["cmd"], shell=args["executable"] or "/bin/sh")
    result = add_lines({"changed": True, "rc": done.rc, "stdout": done.out, "stderr": done.err})
    if done.rc != 0:
        raise Failed("non-zero return code", **result)
    return result
