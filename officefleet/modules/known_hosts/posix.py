"""known_hosts on a POSIX host."""

from __future__ import annotations

import binascii
import os

from officefleet.agents import text

TYPE_CHECKING = False  # importing typing would cost the host 2 ms
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from officefleet.agents.kit import Context


def read(args: Mapping[str, Any], context: Context) -> dict[str, Any]:
    state = text.read(dict(args, create=True), context)
    state["salt"] = binascii.b2a_base64(os.urandom(20), newline=False).decode()
    return state


def apply(change: Mapping[str, Any], context: Context) -> dict[str, Any]:
    private = (
        {"mode": 0o700} if change["op"] == "mkdir" else {}
    )  # sshd refuses a folder that others may write
    return text.apply(dict(change, **private), context)
