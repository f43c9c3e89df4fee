"""What win_file changes. `state` is {"path", "kind": absent, file, directory or link}."""

from __future__ import annotations

from typing import Any

from officefleet.agents.kit import Failed
from officefleet.modules.windows import change


def plan(state: dict[str, Any], args: dict[str, Any]) -> list[dict[str, Any]]:
    path, kind, wanted = state["path"], state["kind"], args["state"]
    before = {"state": kind}
    if wanted == "absent":
        return [] if kind == "absent" else [change("remove", path, before, {"state": "absent"})]
    if wanted == "directory":
        if kind == "file":
            raise Failed("%s is a file already, it cannot become a folder" % path)
        return [change("mkdir", path, before, {"state": "directory"})] if kind == "absent" else []
    if wanted == "touch":
        return [change("touch", path, before, {"state": "file" if kind == "absent" else kind})]
    if kind == "absent":
        raise Failed("%s does not exist; win_copy and win_template make files" % path)
    if wanted == "file" and kind == "directory":
        raise Failed("%s is a directory, not a file" % path)
    return []
