"""What win_product_facts tells. `state` is {"product_id", "digital_id": bytes or None, "status", "edition"}.

Licence states: https://learn.microsoft.com/previous-versions/windows/desktop/sppwmi/softwarelicensingproduct. How the key is
held in DigitalProductId (24 letters of a 24-letter alphabet, since Windows 8 with a place for an N) is no documented
interface; a key that comes out as one letter repeated is that of a volume licence and is not told.
"""

from __future__ import annotations

from typing import Any

_STATES = (
    "unlicensed",
    "licensed",
    "oob_grace",
    "oot_grace",
    "non_genuine_grace",
    "notification",
    "extended_grace",
)
_LETTERS = "BCDFGHJKMPQRTVWXY2346789"
_START, _LENGTH = 52, 15


def plan(_state: dict[str, Any], _args: dict[str, Any]) -> list[dict[str, Any]]:
    return []


def result(state: dict[str, Any], _args: dict[str, Any], _changes: list[dict[str, Any]]) -> dict[str, Any]:
    status = state["status"]
    known = _STATES[status] if isinstance(status, int) and 0 <= status < len(_STATES) else None
    return {
        "ansible_facts": {
            "os_license_channel": state["channel"],
            "os_license_edition": state["edition"],
            "os_license_status": known,
            "os_product_id": state["product_id"],
            "os_product_key": product_key(state["digital_id"]),
        }
    }


def product_key(stored: list[int] | None) -> str | None:
    """Return the key that the bytes hold, five groups of five letters, or None."""
    if stored is None or len(stored) < _START + _LENGTH:
        return None
    number = list(stored[_START : _START + _LENGTH])
    with_n = number[14] // 6 & 1
    number[14] = number[14] & 0xF7 | (with_n & 2) * 4
    letters, last = "", 0
    for _place in range(25):
        last = 0
        for byte in range(14, -1, -1):
            last = last * 256 + number[byte]
            number[byte], last = last // 24, last % 24
        letters = _LETTERS[last] + letters
    if with_n:
        letters = letters[1 : last + 1] + "N" + letters[last + 1 :]
    if len(set(letters)) == 1:
        return None
    return "-".join(letters[start : start + 5] for start in range(0, 25, 5))
