from __future__ import annotations

from typing import Any

from windows_host import ModuleFailed, WindowsMachine

UNINSTALL = "HKLM\\SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\Uninstall\\"


def offers(machine: WindowsMachine) -> dict[str, dict[str, Any]]:
    """Return machine.extra["installers"]: {installer's path: {"product_id", "rc", "files", "services", "version"}}."""
    found: dict[str, dict[str, Any]] = machine.extra.setdefault("installers", {})
    return found


def entry_of(product: str | None, machine: WindowsMachine) -> dict[str, Any] | None:
    values = machine.registry.get(UNINSTALL + (product or "?"))
    if product is None or values is None:
        return None
    told = {
        name: values.get(name, ("string", ""))[1]
        for name in ("DisplayName", "DisplayVersion", "UninstallString")
    }
    return {
        "name": told["DisplayName"],
        "version": told["DisplayVersion"],
        "uninstall": told["UninstallString"],
        "quiet_uninstall": "",
        "windows_installer": "WindowsInstaller" in values,
    }


def read(arguments: dict[str, Any], machine: WindowsMachine) -> dict[str, Any]:
    path = arguments["path"] or ""
    offer = offers(machine).get(path)
    code = offer["product_id"] if offer and path.lower().endswith(".msi") else None
    product = code or arguments["product_id"]
    place, service = arguments["creates_path"], arguments["creates_service"]
    node = machine.files.get(place) if place else None
    version = node.data.decode() if node is not None and arguments["creates_version"] else None
    creates = {
        "path": None if place is None else node is not None,
        "version": version,
        "service": None if service is None else service.lower() in machine.services,
    }
    return {
        "file": offer is not None,
        "msi_code": code,
        "product_id": product,
        "entry": entry_of(product, machine),
        "creates": creates,
    }


def apply(change: dict[str, Any], machine: WindowsMachine) -> dict[str, Any]:
    if change["op"] == "install":
        offer = offers(machine)[change["file"]]
    elif change["op"] == "uninstall":
        offer = next(
            one for path, one in offers(machine).items() if change["path"] in (path, one["product_id"])
        )
    else:
        raise ModuleFailed(f"win_package knows no {change['op']}")
    machine.journal.append(("win_package", (change["op"], change["path"])))
    code = offer.get("rc", 0)
    known = {"rc": code, "stdout": "", "stderr": "", "reboot_required": code in (3010, 1641)}
    if code not in change["codes"]:
        raise ModuleFailed(f"the installer ended with code {code}", **known)
    key = UNINSTALL + offer["product_id"]
    if change["op"] == "install":
        machine.registry.set(key, "DisplayName", "string", offer["product_id"])
        machine.registry.set(key, "UninstallString", "string", f'"C:\\{offer["product_id"]}\\un ins.exe" /x')
        if change["msi"]:
            machine.registry.set(key, "WindowsInstaller", "dword", 1)
        for path, data in offer.get("files", {}).items():
            machine.files.mkdir(path.rpartition("\\")[0])
            machine.files.write(path, data)
    else:
        machine.registry.delete(key)
        for path in offer.get("files", {}):
            machine.files.remove(path)
    return known
