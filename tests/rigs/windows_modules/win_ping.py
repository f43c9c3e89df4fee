from __future__ import annotations

from typing import Any

from windows_host import ModuleFailed, WindowsMachine


def run(arguments: dict[str, Any], machine: WindowsMachine) -> dict[str, Any]:
    if arguments["data"] == "crash":
        raise ModuleFailed("boom")
    return {"changed": False, "ping": arguments["data"]}
