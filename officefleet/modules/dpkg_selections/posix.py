"""dpkg_selections on a POSIX host."""

from __future__ import annotations

from officefleet.agents import debian
from officefleet.agents.kit import Context, Failed, Undecidable
from officefleet.agents.steps import run_step

TYPE_CHECKING = False  # typing costs an agent several milliseconds at its start
if TYPE_CHECKING:
    from typing import Any


def read(args: dict[str, Any], context: Context) -> dict[str, Any]:
    name, _colon, architecture = args["name"].partition(":")
    found = [
        one
        for one in debian.find(debian.read_status(), name)
        if architecture in ("", one.get("Architecture"))
    ]
    if found:
        return {"selection": found[0].get("Status", "").split(" ")[0]}
    if context.check:
        raise Undecidable("dpkg does not know %s yet; an earlier task may install it" % args["name"])
    raise Failed("Failed to find package '%s' to perform selection '%s'." % (args["name"], args["selection"]))


def apply(change: dict[str, Any], context: Context) -> None:
    run_step(change, context)
