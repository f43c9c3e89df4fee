"""Windows' own account of its devices, as JSON from CIM and PnP: parsed, never text in the user's language.

`SCRIPT` is what the playbook runs; `parse` reads what it prints. Never run on a real Windows here: the script
uses only cmdlets documented for Windows PowerShell 5.1 (PnpDevice, CimCmdlets).
"""

from __future__ import annotations

import json
import re
from typing import Any

from officefleet.drivers.live import LiveDevice, LiveFacts
from officefleet.errors import DriverError
from officefleet.i18n import _

SCRIPT = r"""
$ErrorActionPreference = 'Stop'
$keys = 'DEVPKEY_Device_HardwareIds','DEVPKEY_Device_CompatibleIds','DEVPKEY_Device_LocationPaths',
  'DEVPKEY_Device_MatchingDeviceId','DEVPKEY_Device_DriverInfPath','DEVPKEY_Device_DriverVersion',
  'DEVPKEY_Device_ProblemCode'
$devices = Get-PnpDevice -PresentOnly | Where-Object { $_.InstanceId -like 'USB\VID_*' } | ForEach-Object {
  $properties = @{}
  Get-PnpDeviceProperty -InstanceId $_.InstanceId -KeyName $keys | ForEach-Object {
    if ($null -ne $_.Data) { $properties[$_.KeyName] = @($_.Data | ForEach-Object { [string]$_ }) }
  }
  @{ InstanceId = $_.InstanceId; FriendlyName = $_.FriendlyName; Class = $_.Class; Properties = $properties }
}
$current = Get-ItemProperty 'HKLM:\SOFTWARE\Microsoft\Windows NT\CurrentVersion'
$guard = Get-CimInstance -Namespace root\Microsoft\Windows\DeviceGuard -ClassName Win32_DeviceGuard `
  -ErrorAction SilentlyContinue
@{
  Devices = @($devices)
  Printers = @(Get-CimInstance Win32_Printer | ForEach-Object { @{ Name = $_.Name; PortName = $_.PortName } })
  Build = [int]$current.CurrentBuild
  Revision = [int]$current.UBR
  Hvci = if ($guard) { $guard.SecurityServicesRunning -contains 2 } else { $null }
  Updates = @(Get-CimInstance Win32_QuickFixEngineering | ForEach-Object { $_.HotFixID })
} | ConvertTo-Json -Depth 6 -Compress
""".strip()
"""PowerShell that prints one JSON object; only reads."""

_INSTANCE = re.compile(r"USB\\VID_([0-9A-F]{4})&PID_([0-9A-F]{4})(?:&MI_[0-9A-F]{2})?\\(.*)", re.IGNORECASE)
_COM = re.compile(r"\(COM(\d{1,3})\)")
_USB_PORT = re.compile(r"USB\((\d+)\)")
_MAX_TEXT = 200


def parse(text: str) -> LiveFacts:
    """Return the facts that `SCRIPT` printed.

    Raises:
        DriverError: not JSON, or not of that form.

    """
    try:
        data = json.loads(text.lstrip("\ufeff"))
    except (ValueError, RecursionError) as error:
        raise DriverError(
            _("the machine's answer is not JSON: {reason}").format(reason=error),
            hint=_("is PowerShell 5.1 or later on it, and not restricted?"),
        ) from None
    if not isinstance(data, dict) or not isinstance(data.get("Devices"), list):
        raise DriverError(_("the machine's facts do not have the expected form"))
    devices = [device for one in data["Devices"] if (device := _device(one)) is not None]
    printers = {
        _text(one.get("Name")): _text(one.get("PortName"))
        for one in _list(data.get("Printers"))
        if isinstance(one, dict)
    }
    updates = frozenset(_text(one).upper() for one in _list(data.get("Updates")) if isinstance(one, str))
    hvci = data.get("Hvci")
    return LiveFacts(
        devices=tuple(devices),
        printers=printers,
        build=_int(data.get("Build")),
        revision=_int(data.get("Revision")),
        hvci=hvci if isinstance(hvci, bool) else None,
        updates=updates,
    )


def _device(one: Any) -> LiveDevice | None:
    match = _INSTANCE.fullmatch(_text(one.get("InstanceId"))) if isinstance(one, dict) else None
    if match is None:
        return None
    properties = one.get("Properties")
    properties = properties if isinstance(properties, dict) else {}
    name = _text(one.get("FriendlyName"))
    com = _COM.search(name)
    serial = match[3]
    return LiveDevice(
        usb=f"{match[1]}:{match[2]}".lower(),
        port=_port(_first(properties, "DEVPKEY_Device_LocationPaths")),
        product=name,
        serial="" if "&" in serial else serial,  # Windows makes up a serial with & when the device has none
        com=int(com[1]) if com else None,
        driver=_first(properties, "DEVPKEY_Device_DriverInfPath"),
        driver_version=_first(properties, "DEVPKEY_Device_DriverVersion"),
        matching_id=_first(properties, "DEVPKEY_Device_MatchingDeviceId"),
        problem=_int(_first(properties, "DEVPKEY_Device_ProblemCode")) or 0,
        card_reader=_text(one.get("Class")).lower() == "smartcardreader",
    )


def _port(location: str) -> str:
    """Return ``1-4.2`` for ``PCIROOT(0)#PCI(1400)#USBROOT(0)#USB(4)#USB(2)``: the root hub's number plus one."""
    ports = _USB_PORT.findall(location)
    root = re.search(r"USBROOT\((\d+)\)", location)
    if not ports or root is None:
        return ""
    return f"{int(root[1]) + 1}-{'.'.join(ports)}"


def _first(properties: dict[str, Any], key: str) -> str:
    value = properties.get(key)
    if isinstance(value, list):
        value = value[0] if value else ""
    return _text(value)


def _text(value: Any) -> str:
    text = "" if value is None else str(value)
    return "".join(one for one in text if one.isprintable())[:_MAX_TEXT]


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _int(value: Any) -> int | None:
    try:
        return None if isinstance(value, bool) else int(value)
    except (TypeError, ValueError, OverflowError):
        return None
