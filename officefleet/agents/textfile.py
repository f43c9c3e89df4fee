"""Configuration files that are read, edited as text and written back. Standard library only."""

from __future__ import annotations

import os

from officefleet.agents import writing
from officefleet.agents.files import read_bytes
from officefleet.agents.kit import decode

TYPE_CHECKING = False  # typing costs an agent several milliseconds at its start
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from officefleet.agents.kit import Context


def look(path: str, args: Mapping[str, Any], context: Context) -> dict[str, Any]:
    """Return what `writing.plan_text` needs of a file: `writing.observe`, and "text" (None: no such file)."""
    state = writing.observe(path, args, context)
    state["text"] = decode(read_bytes(path)) if os.path.isfile(path) else None
    return state


def differences(state: Mapping[str, Any], changes: list[dict[str, Any]]) -> dict[str, str]:
    """Return Ansible's diff of the file that `changes` write."""
    old = state["text"] or ""
    new = next((change["text"] for change in changes if change.get("op") == "write"), old)
    return {"before": old, "after": new, "before_header": state["path"], "after_header": state["path"]}
