from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from windows_host import WindowsMachine

EMPTY: dict[str, Any] = {
    "result": {}, "output": [], "error": [], "warning": [], "verbose": [], "debug": [], "information": [],
    "host_out": "", "host_err": "",
}  # fmt: skip


def run(arguments: dict[str, Any], machine: WindowsMachine) -> dict[str, Any]:
    """Answer as machine.extra["scripts"] says: {script: its result}."""
    if machine.context.check and "SupportsShouldProcess" not in arguments["script"]:
        return {"changed": False, "skipped": True, "msg": "skipped, running in check mode", **EMPTY}
    machine.journal.append(("win_powershell", arguments["script"]))
    return {"changed": True, **EMPTY, **machine.extra.get("scripts", {}).get(arguments["script"].strip(), {})}
