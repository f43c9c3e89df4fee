"""timezone on a POSIX host."""

from __future__ import annotations

import os

from officefleet.agents.kit import Failed
from officefleet.agents.reading import read_lines, read_text
from officefleet.agents.writing import write_atomic

TYPE_CHECKING = False  # typing costs an agent several milliseconds at its start
if TYPE_CHECKING:
    from typing import Any

    from officefleet.agents.kit import Context

_ZONES = "/usr/share/zoneinfo/"
_LOCAL = "/etc/localtime"
_NAME = "/etc/timezone"
_CLOCK = "/etc/adjtime"
_FRESH = ["0.0 0 0.0", "0", "UTC"]


def read(args: dict[str, Any], context: Context) -> dict[str, Any]:
    name = args["name"]
    if name is not None and not os.path.isfile(_ZONES + name):
        raise Failed("given timezone %s is not available" % name)
    lines = read_lines(_CLOCK)
    return {
        "zone": _zone(),
        "named": read_text(_NAME) if os.path.exists(_NAME) else None,
        "hwclock": "local" if lines[2:3] == ["LOCAL"] else "UTC",
    }


def _zone() -> str:
    if not os.path.islink(_LOCAL):
        return "n/a" if os.path.exists(_LOCAL) else "UTC"
    return os.readlink(_LOCAL).partition("zoneinfo/")[2] or "n/a"


def apply(change: dict[str, Any], context: Context) -> None:
    if change["op"] == "zone":
        temporary = "%s.of-%s" % (_LOCAL, os.urandom(6).hex())
        try:
            os.symlink(_ZONES + change["name"], temporary)
            os.rename(temporary, _LOCAL)
        except OSError as error:
            raise Failed("cannot set the time zone: %s" % error.strerror) from None
    elif change["op"] == "name":
        write_atomic(_NAME, (change["name"] + "\n").encode())
    else:
        lines = (read_lines(_CLOCK) + _FRESH[len(read_lines(_CLOCK)) :])[: len(_FRESH)]
        lines[2] = "LOCAL" if change["mode"] == "local" else "UTC"
        write_atomic(_CLOCK, "".join(line + "\n" for line in lines).encode())
