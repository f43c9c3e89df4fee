from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from windows_host import WindowsMachine


def read(arguments: dict[str, Any], machine: WindowsMachine) -> dict[str, Any]:
    return {"product_id": "00330-80000-00000-AA000", "digital_id": None, "status": 1, "channel": "OEM:DM",
            "edition": machine.edition}  # fmt: skip
