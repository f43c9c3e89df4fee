"""sysctl on a POSIX host."""

from __future__ import annotations

import os

from officefleet.agents import textfile, writing
from officefleet.agents.kit import Context, Failed, need
from officefleet.agents.reading import read_text

TYPE_CHECKING = False  # typing costs an agent several milliseconds at its start
if TYPE_CHECKING:
    from typing import Any


def read(args: dict[str, Any], context: Context) -> dict[str, Any]:
    state = textfile.look(args["sysctl_file"], args, context)
    state["current"] = None
    if args["sysctl_set"]:
        path = kernel_file(args["name"])
        if not os.path.exists(path) and not args["ignoreerrors"] and args["state"] == "present":
            raise Failed("the kernel has no parameter %s" % args["name"])
        state["current"] = read_text(path) if os.path.exists(path) else args["value"]
    return state


def kernel_file(name: str) -> str:
    """Return the parameter's file: dots separate, unless slashes do (an interface's name may hold dots)."""
    slashed = name if "/" in name.partition(".")[0] else name.translate({ord("."): "/", ord("/"): "."})
    return "/proc/sys/" + slashed


def apply(change: dict[str, Any], context: Context) -> dict[str, Any]:
    if change["op"] == "set":
        command = [need("sysctl"), "-w", "%s=%s" % (change["path"], change["value"])]
    elif change["op"] == "reload":
        command = [need("sysctl"), *(["-e"] if change["ignore"] else []), "-p", change["path"]]
    else:
        return writing.apply(change, context)
    done = context.run(command, parse=True)
    if done.rc != 0 and not change["ignore"]:
        raise Failed("%s failed: %s" % (" ".join(command[1:]), done.err.strip()), rc=done.rc)
    return {}
