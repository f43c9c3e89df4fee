from __future__ import annotations

import base64
from typing import Any

from windows_host import ModuleFailed, WindowsMachine


def run(arguments: dict[str, Any], machine: WindowsMachine) -> dict[str, Any]:
    path = machine.files.clean(arguments["src"])
    node = machine.files.get(path)
    if node is None:
        raise ModuleFailed(f"file not found: {path}")
    if node.kind == "directory":
        raise ModuleFailed(f"source is a directory and must be a file: {path}")
    content = base64.b64encode(node.data).decode()
    return {"changed": False, "content": content, "encoding": "base64", "source": path}
