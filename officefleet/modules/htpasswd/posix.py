"""htpasswd on a POSIX host."""

from __future__ import annotations

from officefleet.agents import passwords, text

TYPE_CHECKING = False  # importing typing would cost the host 2 ms
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from officefleet.agents.kit import Context


def read(args: Mapping[str, Any], context: Context) -> dict[str, Any]:
    state = text.read(args, context)
    state["hash"] = None
    if args["state"] == "present":
        start = args["name"] + ":"
        lines = [line.rstrip("\n") for line in text.lines(state["text"]) if line.startswith(start)]
        if not lines or not passwords.fits(args["password"], lines[0][len(start) :]):
            state["hash"] = passwords.make(args["password"], args["hash_scheme"])
    return state


def apply(change: Mapping[str, Any], context: Context) -> dict[str, Any]:
    return text.apply(change, context)
