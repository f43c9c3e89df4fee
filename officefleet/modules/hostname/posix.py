"""hostname on a POSIX host."""

from __future__ import annotations

import os

from officefleet.agents.kit import Failed
from officefleet.agents.reading import read_text
from officefleet.agents.writing import write_atomic

TYPE_CHECKING = False  # typing costs an agent several milliseconds at its start
if TYPE_CHECKING:
    from typing import Any

    from officefleet.agents.kit import Context


def read(args: dict[str, Any], context: Context) -> dict[str, Any]:
    return {"permanent": read_text("/etc/hostname"), "current": os.uname().nodename}


def apply(change: dict[str, Any], context: Context) -> None:
    if change["op"] == "write":
        write_atomic(change["path"], (change["name"] + "\n").encode(), in_place=True)
        return
    import socket

    try:
        socket.sethostname(change["name"])
    except OSError as error:
        raise Failed("cannot set the hostname: %s" % error.strerror) from None
