from __future__ import annotations

from typing import Any

from windows_host import ModuleFailed, WindowsMachine

ENDS = {"rc": 0, "stdout": "", "stderr": ""}


def refusal(arguments: dict[str, Any], machine: WindowsMachine) -> dict[str, Any] | None:
    for name, wanted in (("creates", True), ("removes", False)):
        path = arguments[name]
        if path is not None and (machine.files.get(path) is not None) == wanted:
            does = "exists" if wanted else "does not exist"
            return {"changed": False, "msg": f"Did not run command since '{path}' {does}", "rc": 0,
                    "stdout": f"skipped, since {path} {does}", "stderr": "", "stdout_lines": [f"skipped, since {path} {does}"],
                    "stderr_lines": [], "start": None, "end": None, "delta": None}  # fmt: skip
    if machine.context.check:
        msg = "Command would have run if not in check mode"
        asked = arguments["creates"] is not None or arguments["removes"] is not None
        known: dict[str, Any] = {"changed": asked, "msg": msg, **ENDS, "stdout_lines": [], "stderr_lines": []}
        return known if asked else {**known, "skipped": True}
    return None


def launch(words: Any, text: str, arguments: dict[str, Any], machine: WindowsMachine) -> dict[str, Any]:
    """Answer as machine.extra["commands"] says: {command line: {"rc", "stdout", "stderr"}}."""
    done = {**ENDS, **machine.extra.get("commands", {}).get(text, {})}
    machine.journal.append(("command", text))
    lines = {f"{name}_lines": str(done[name]).splitlines() for name in ("stdout", "stderr")}
    times = {
        "start": "2026-01-05 08:00:00.000000",
        "end": "2026-01-05 08:00:00.010000",
        "delta": "0:00:00.010000",
    }
    known = {"changed": True, "cmd": words, **done, **lines, **times}
    if done["rc"] != 0:
        raise ModuleFailed("non-zero return code", **known)
    return {**known, "msg": ""}


def run(arguments: dict[str, Any], machine: WindowsMachine) -> dict[str, Any]:
    known = refusal(arguments, machine)
    if known is not None:
        return {"cmd": arguments["cmd"], **known}
    return launch(arguments["cmd"], arguments["cmd"], arguments, machine)
