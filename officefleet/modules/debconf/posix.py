"""debconf on a POSIX host."""

from __future__ import annotations

from officefleet.agents import debian
from officefleet.agents.reading import read_text
from officefleet.agents.steps import run_step

TYPE_CHECKING = False  # typing costs an agent several milliseconds at its start
if TYPE_CHECKING:
    from typing import Any

    from officefleet.agents.kit import Context

_ANSWERS = "/var/cache/debconf/config.dat"
_SECRETS = "/var/cache/debconf/passwords.dat"


def read(args: dict[str, Any], context: Context) -> dict[str, Any]:
    return {
        "answers": answers(read_text(_ANSWERS), args["name"]),
        "password": answers(read_text(_SECRETS), args["name"]).get(args["question"]),
    }


def answers(text: str, package: str) -> dict[str, str]:
    """Return {question: answer} of one package in one of debconf's databases; "" where nobody has answered yet."""
    found = {}
    for stanza in debian.stanzas(text):
        owners = [owner.strip() for owner in stanza.get("Owners", "").split(",")]
        if package in owners:
            found[stanza["Name"]] = stanza.get("Value", "")
    return found


def apply(change: dict[str, Any], context: Context) -> None:
    run_step(change, context)
