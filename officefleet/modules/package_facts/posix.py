"""package_facts on a POSIX host."""

from __future__ import annotations

from officefleet.agents import debian
from officefleet.agents.kit import Failed

TYPE_CHECKING = False  # typing costs an agent several milliseconds at its start
if TYPE_CHECKING:
    from typing import Any

    from officefleet.agents.kit import Context


def run(args: dict[str, Any], context: Context) -> dict[str, Any]:
    text = debian.read_status()
    if not text or not {"auto", "apt"} & set(args["manager"]):
        raise Failed("Could not detect a supported package manager from: %s" % ", ".join(args["manager"]))
    return {"changed": False, "ansible_facts": {"packages": packages(text)}}


def packages(text: str) -> dict[str, list[dict[str, str]]]:
    """Return {name: one entry for each architecture} of what dpkg's database says is installed."""
    found: dict[str, list[dict[str, str]]] = {}
    for stanza in debian.stanzas(text):
        if debian.is_installed(stanza):
            found.setdefault(stanza["Package"], []).append(
                {
                    "name": stanza["Package"],
                    "version": stanza.get("Version", ""),
                    "arch": stanza.get("Architecture", ""),
                    "category": stanza.get("Section", ""),
                    "origin": stanza.get("Origin", ""),
                    "source": "apt",
                }
            )
    return found
