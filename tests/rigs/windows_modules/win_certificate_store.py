from __future__ import annotations

from typing import Any

from windows_host import ModuleFailed, WindowsMachine


def store_of(location: str, name: str, machine: WindowsMachine) -> dict[str, Any]:
    found: dict[str, Any] = machine.certificates.setdefault(f"{location}\\{name}", {})
    return found


def inside(path: str | None, machine: WindowsMachine) -> list[str]:
    """A simulated file holds thumbprints, one a line."""
    node = machine.files.get(path) if path else None
    return node.data.decode().split() if node is not None and node.kind == "file" else []


def read(arguments: dict[str, Any], machine: WindowsMachine) -> dict[str, Any]:
    node = machine.files.get(arguments["path"]) if arguments["path"] else None
    found = inside(arguments["path"], machine)
    return {
        "kind": node.kind if node else "absent",
        "file": found,
        "store": sorted(store_of(arguments["store_location"], arguments["store_name"], machine)),
        "exported": arguments["state"] == "exported" and found == [arguments["thumbprint"]],
    }


def apply(change: dict[str, Any], machine: WindowsMachine) -> None:
    store = store_of(change["location"], change["store"], machine)
    if change["op"] == "import":
        store.update(dict.fromkeys(change["thumbprints"], change["file"]))
    elif change["op"] == "remove":
        for one in change["thumbprints"]:
            del store[one]
    elif change["op"] == "export":
        machine.files.write(change["path"], "\n".join(change["thumbprints"]).encode())
    else:
        raise ModuleFailed(f"win_certificate_store knows no {change['op']}")
    machine.journal.append(("win_certificate_store", (change["op"], tuple(change["thumbprints"]))))
