from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from windows_host import WindowsMachine


def read(arguments: dict[str, Any], machine: WindowsMachine) -> dict[str, Any]:
    path = arguments["path"].replace(":\\", "\\", 1)
    values = machine.registry.get(path)
    if values is None:
        return {"key": False, "entries": [], "sub_keys": []}
    entries = [
        {"name": name, "type": kind, "data": data, "expanded": data if kind == "expandstring" else None}
        for name, (kind, data) in sorted(values.items())
    ]
    return {"key": True, "entries": entries, "sub_keys": machine.registry.subkeys(path)}
