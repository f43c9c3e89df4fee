"""What win_reg_stat tells. `state` is {"key", "entries": [{"name", "type", "data", "expanded"}], "sub_keys"}."""

from __future__ import annotations

from typing import Any

from officefleet.modules.windows import same

_TYPES = {
    "string": "REG_SZ",
    "expandstring": "REG_EXPAND_SZ",
    "multistring": "REG_MULTI_SZ",
    "dword": "REG_DWORD",
    "qword": "REG_QWORD",
    "binary": "REG_BINARY",
    "none": "REG_NONE",
}


def plan(_state: dict[str, Any], _args: dict[str, Any]) -> list[dict[str, Any]]:
    return []


def result(state: dict[str, Any], args: dict[str, Any], _changes: list[dict[str, Any]]) -> dict[str, Any]:
    if args["name"] is not None:
        for entry in state["entries"]:
            if same(entry["name"], args["name"]):
                return {"exists": True, **shown(entry)}
        return {"exists": False}
    if not state["key"]:
        return {"exists": False}
    properties = {entry["name"]: shown(entry) for entry in state["entries"]}
    return {"exists": True, "properties": properties, "sub_keys": state["sub_keys"]}


def shown(entry: dict[str, Any]) -> dict[str, Any]:
    """Return one value's fields: the raw value has hex bytes and unexpanded variables."""
    kind, data = entry["type"], entry["data"]
    if kind in ("binary", "none"):
        raw: Any = ["0x%02x" % one for one in data]
        return {"raw_value": raw, "value": data, "type": _TYPES[kind]}
    if kind == "qword":
        data = int(data)
    value = entry["expanded"] if kind == "expandstring" else data
    return {"raw_value": data, "value": value, "type": _TYPES.get(kind, "REG_UNKNOWN")}
