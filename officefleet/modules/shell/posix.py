"""shell on a POSIX host."""

from __future__ import annotations

from officefleet.modules.command.posix import launch

TYPE_CHECKING = False  # typing costs an agent several milliseconds at its start
if TYPE_CHECKING:
    from typing import Any

    from officefleet.agents.kit import Context


def run(args: dict[str, Any], context: Context) -> dict[str, Any]:
    return launch(args["cmd"], args, context, shell=args["executable"])
