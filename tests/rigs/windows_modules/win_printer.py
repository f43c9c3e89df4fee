from __future__ import annotations

from typing import Any

from windows_host import ModuleFailed, WindowsMachine


def read(arguments: dict[str, Any], machine: WindowsMachine) -> dict[str, Any]:
    drivers = {one.lower() for one in machine.extra.get("printer_drivers", ())}
    port = machine.printer_ports.get((arguments["port"] or "").lower())
    printer = machine.printers.get(arguments["name"].lower())
    return {
        "printer": dict(printer) if printer else None,
        "port": dict(port) if port else None,
        "driver": (arguments["driver"] or "").lower() in drivers,
    }


def apply(change: dict[str, Any], machine: WindowsMachine) -> None:
    op, low = change["op"], change["path"].lower()
    if op == "add_port":
        machine.printer_ports[low] = {"address": change["address"], "number": change["number"]}
    elif op == "create":
        empty = {"shared": False, "share_name": "", "comment": "", "location": ""}
        machine.printers[low] = {"driver": change["driver"], "port": change["port"], **empty}
    elif op == "set":
        machine.printers[low].update(change["set"])
    elif op == "remove":
        del machine.printers[low]
    else:
        raise ModuleFailed(f"win_printer knows no {op}")
    machine.journal.append(("win_printer", (op, low)))
