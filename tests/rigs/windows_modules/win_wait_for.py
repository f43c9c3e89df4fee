from __future__ import annotations

import re
from typing import Any

from windows_host import ModuleFailed, WindowsMachine


def run(arguments: dict[str, Any], machine: WindowsMachine) -> dict[str, Any]:
    """Nothing changes while it waits: it is so at once, or the time is over at once."""
    done = {"changed": False, "elapsed": 0.0, "wait_attempts": 1}
    wanted = arguments["state"] in ("started", "present")
    if machine.context.check or (arguments["port"] is None and arguments["path"] is None):
        return {**done, "wait_attempts": 0}
    if arguments["port"] is not None:
        found = arguments["port"] in machine.extra.get("ports", ())
    else:
        node = machine.files.get(arguments["path"])
        found = node is not None
        if node is not None and arguments["regex"]:
            found = re.search(arguments["regex"], node.data.decode(), re.MULTILINE) is not None
    if found != wanted:
        raise ModuleFailed("timed out waiting", elapsed=float(arguments["timeout"]), wait_attempts=1)
    return done
