"""What win_regedit changes. `state` is {"key": bool, "entry": {"type", "data"} or None}."""

from __future__ import annotations

import re
from typing import Any

from officefleet.agents.kit import Failed
from officefleet.modules.windows import change

_BITS = {"dword": 32, "qword": 64}


def wanted(args: dict[str, Any]) -> Any:
    """Return the data in the form in which the host gives it: unsigned number, list or text.

    A qword is text with a decimal number: JSON readers round large numbers.

    Raises:
        Failed: the data does not fit the type.

    """
    kind, data = args["type"], args["data"]
    if kind in _BITS:
        number = _number(data, _BITS[kind])
        return number if kind == "dword" else str(number)
    if kind in ("binary", "none"):
        return _binary(data)
    if kind == "multistring":
        if data is None:
            return []
        return [_text(one) for one in data] if isinstance(data, list) else [_text(data)]
    return "" if data is None else _text(data)


def _text(data: Any) -> str:
    if isinstance(data, bool | int | float | str):
        return str(data)
    raise Failed("the data of a string must be text")


def _number(data: Any, bits: int) -> int:
    if data is None:
        return 0
    try:
        number = int(data) if isinstance(data, int) else int(str(data).strip(), 0)
    except ValueError:
        raise Failed("the data of a number must be decimal or 0x and hex digits") from None
    if not -(1 << (bits - 1)) <= number < 1 << bits:
        raise Failed("the data does not fit %d bits" % bits)
    return number % (1 << bits)


def _binary(data: Any) -> list[int]:
    if data is None or data == "":
        return []
    parts = data
    if isinstance(data, str):
        hex_digits = data.lower().removeprefix("hex:")
        parts = [int(one, 16) for one in hex_digits.split(",")] if _is_hex(hex_digits) else None
    if not isinstance(parts, list) or not all(isinstance(one, int) and 0 <= one <= 255 for one in parts):  # noqa: PLR2004  a byte
        raise Failed("binary data must be a list of bytes or hex digits such as hex:be,ef")
    return [int(one) for one in parts]


def _is_hex(text: str) -> bool:
    return re.fullmatch(r"\s*[0-9a-f]{1,2}\s*(,\s*[0-9a-f]{1,2}\s*)*", text) is not None


def _removes_key(args: dict[str, Any]) -> bool:
    return not args["name"] and bool(args["delete_key"])


def plan(state: dict[str, Any], args: dict[str, Any]) -> list[dict[str, Any]]:
    path, name, entry = args["path"], args["name"] or "", state["entry"]
    common = {"name": name, "hive": args["hive"]}
    if args["state"] == "absent":
        if _removes_key(args):
            before, after = {"key": True}, {"key": False}
            return [change("remove_key", path, before, after, **common)] if state["key"] else []
        return [change("remove", path, entry, {}, **common)] if entry is not None else []
    changes = [] if state["key"] else [change("add_key", path, {"key": False}, {"key": True}, **common)]
    if args["name"] is None and args["data"] is None:
        return changes
    goal = {"type": args["type"], "data": wanted(args)}
    if entry != goal:
        changes.append(change("set", path, entry or {}, goal, **common, **goal))
    return changes


def result(state: dict[str, Any], args: dict[str, Any], changes: list[dict[str, Any]]) -> dict[str, Any]:
    """A value that was not there before has no data that could change, as Ansible counts."""
    entry = state["entry"]
    changed = entry is not None and any(one["op"] == "set" for one in changes)
    return {
        "data_changed": changed and entry["data"] != wanted(args),
        "data_type_changed": changed and entry["type"] != args["type"],
    }
