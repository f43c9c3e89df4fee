"""What really hangs on a Linux machine: pure readers of sysfs, CUPS and pcscd.

Standard library only, and nothing of officefleet: the POSIX agent runs this file as the module
``peripheral_facts``. Every function takes the root of the file system, so that tests give a made-up one.
What a device says is hostile: texts are cut and cleaned.
"""

import os
import re

MAX_TEXT = 200
MAX_DEVICES = 512
_HEX4 = re.compile(r"[0-9a-f]{4}")
_DEVICE = re.compile(r"\d+-\d+(\.\d+)*")
_INTERFACE = re.compile(r"\d+-\d+(\.\d+)*:\d+\.\d+")
_PRINTER = re.compile(r"<(?:Default)?Printer\s+([^>\s]+)\s*>", re.IGNORECASE)
_USB_IN_URI = re.compile(r"usb://([^/?]+)/([^?]*)(?:\?serial=([^&]*))?", re.IGNORECASE)


def peripheral_facts(root: str = "/") -> dict[str, object]:
    """Return all that is found: ``usb``, ``serial``, ``printers``, ``card_readers``, ``pcscd``."""
    devices = usb_devices(root)
    return {
        "usb": devices,
        "serial": serial_ports(root),
        "printers": cups_printers(root),
        "card_readers": card_readers(devices, root),
        "pcscd": pcscd_state(root),
    }


def usb_devices(root: str = "/") -> list[dict[str, object]]:
    """Return the USB devices, hubs apart, sorted by port.

    Each has ``port`` ("1-4.2": bus and the chain of hub ports), ``usb`` ("vid:pid"), ``revision``,
    ``manufacturer``, ``product``, ``serial`` and ``interfaces`` (``number``, ``class``, ``subclass``,
    ``protocol``, ``driver``).
    """
    base = os.path.join(root, "sys/bus/usb/devices")
    found: list[dict[str, object]] = []
    for name in _names(base):
        if not _DEVICE.fullmatch(name) or len(found) >= MAX_DEVICES:
            continue
        folder = os.path.join(base, name)
        vid, pid = _read(folder, "idVendor"), _read(folder, "idProduct")
        if not _HEX4.fullmatch(vid) or not _HEX4.fullmatch(pid) or _read(folder, "bDeviceClass") == "09":
            continue
        found.append(
            {
                "port": name,
                "usb": vid + ":" + pid,
                "revision": _read(folder, "bcdDevice"),
                "manufacturer": _read(folder, "manufacturer"),
                "product": _read(folder, "product"),
                "serial": _read(folder, "serial"),
                "interfaces": _interfaces(base, name),
            }
        )
    return sorted(found, key=lambda one: _port_key(str(one["port"])))


def _interfaces(base: str, device: str) -> list[dict[str, object]]:
    found: list[dict[str, object]] = []
    for name in _names(base):
        if not name.startswith(device + ":") or not _INTERFACE.fullmatch(name):
            continue
        folder = os.path.join(base, name)
        driver = os.path.join(folder, "driver")
        found.append(
            {
                "number": _number(_read(folder, "bInterfaceNumber")),
                "class": _number(_read(folder, "bInterfaceClass")),
                "subclass": _number(_read(folder, "bInterfaceSubClass")),
                "protocol": _number(_read(folder, "bInterfaceProtocol")),
                "driver": os.path.basename(os.readlink(driver)) if os.path.islink(driver) else "",
            }
        )
    return sorted(found, key=lambda one: str(one["number"]).rjust(3))


def serial_ports(root: str = "/") -> list[dict[str, str]]:
    """Return serial ports over USB: ``device`` ("ttyACM0"), ``port`` of its USB device, ``usb`` and ``by_path``.

    The kernel's numbers change with the order of plugging in: ``port`` and ``by_path`` do not.
    """
    tty = os.path.join(root, "sys/class/tty")
    by_path = _by_path(root)
    found = []
    for name in _names(tty):
        if not name.startswith(("ttyUSB", "ttyACM")):
            continue
        port = _usb_port_of(os.path.join(tty, name, "device"))
        device = os.path.join(root, "sys/bus/usb/devices", port)
        vid, pid = _read(device, "idVendor"), _read(device, "idProduct")
        known = port and _HEX4.fullmatch(vid) and _HEX4.fullmatch(pid)
        found.append(
            {
                "device": name,
                "port": port,
                "usb": vid + ":" + pid if known else "",
                "by_path": by_path.get(name, ""),
            }
        )
    return sorted(found, key=lambda one: one["device"])


def _by_path(root: str) -> dict[str, str]:
    folder = os.path.join(root, "dev/serial/by-path")
    found = {}
    for name in _names(folder):
        link = os.path.join(folder, name)
        if os.path.islink(link):
            found[os.path.basename(os.readlink(link))] = _clean(name)
    return found


def _usb_port_of(link: str) -> str:
    """Return the USB device that a class device hangs on, from the path that its link names."""
    parts = os.path.realpath(link).split(os.sep) if os.path.exists(link) else []
    devices = [part for part in parts if _DEVICE.fullmatch(part)]
    return devices[-1] if devices else ""


def cups_printers(root: str = "/") -> list[dict[str, str]]:
    """Return the print queues of ``/etc/cups/printers.conf``: name, uri, model, state, and USB make and model.

    The file needs root to be read; without it the list is empty.
    """
    found: list[dict[str, str]] = []
    current: dict[str, str] | None = None
    for line in _text(os.path.join(root, "etc/cups/printers.conf"), 1 << 20).splitlines():
        opening = _PRINTER.match(line.strip())
        if opening:
            current = {
                "name": _clean(opening.group(1)),
                "uri": "",
                "model": "",
                "state": "",
                "usb_product": "",
            }
        elif line.strip().lower() in ("</printer>", "</defaultprinter>"):
            if current is not None:
                found.append(current)
            current = None
        elif current is not None:
            _cups_line(current, line)
    return found


def _cups_line(printer: dict[str, str], line: str) -> None:
    word, _space, value = line.strip().partition(" ")
    if word == "DeviceURI":
        printer["uri"] = _clean(_without_password(value))
        match = _USB_IN_URI.match(value)
        if match:
            printer["usb_product"] = _clean(_unquote(match.group(1)) + " " + _unquote(match.group(2)))
    elif word == "MakeModel":
        printer["model"] = _clean(value)
    elif word == "State":
        printer["state"] = _clean(value)


def _without_password(uri: str) -> str:
    """Return a URI without the user and password that ``lpadmin`` may have put in."""
    scheme, separator, rest = uri.partition("://")
    if not separator:
        return uri
    host, slash, path = rest.partition("/")
    return scheme + separator + host.rpartition("@")[2] + slash + path


def _unquote(text: str) -> str:
    return re.sub(r"%([0-9A-Fa-f]{2})", lambda match: chr(int(match.group(1), 16)), text)


def card_readers(devices: list[dict[str, object]], root: str = "/") -> list[dict[str, object]]:
    """Return the USB devices that are smart-card readers: CCID by class, or known to pcscd's drivers."""
    known = _ccid_ids(root)
    found = []
    for device in devices:
        interfaces = device["interfaces"]
        classes = [one["class"] for one in interfaces] if isinstance(interfaces, list) else []
        by_class = classes.count(0x0B)
        if by_class or device["usb"] in known:
            found.append(
                {
                    "port": device["port"],
                    "usb": device["usb"],
                    "product": device["product"],
                    "slots": max(by_class, 1),
                    "supported": device["usb"] in known if known else None,
                }
            )
    return found


def _ccid_ids(root: str) -> set[str]:
    """Return the ids that the installed CCID driver lists, from its bundle's Info.plist."""
    path = os.path.join(root, "usr/lib/pcsc/drivers/ifd-ccid.bundle/Contents/Info.plist")
    text = _text(path, 1 << 20)
    ids = []
    for key in ("ifdVendorID", "ifdProductID"):
        match = re.search(r"<key>" + key + r"</key>\s*<array>(.*?)</array>", text, re.DOTALL)
        ids.append(re.findall(r"<string>0x([0-9A-Fa-f]{4})</string>", match.group(1)) if match else [])
    if len(ids[0]) != len(ids[1]):
        return set()
    return {(vid + ":" + pid).lower() for vid, pid in zip(ids[0], ids[1], strict=True)}


def pcscd_state(root: str = "/") -> dict[str, bool]:
    """Return whether pcscd is installed and whether its socket is there."""
    return {
        "installed": os.path.exists(os.path.join(root, "usr/sbin/pcscd")),
        "socket": os.path.exists(os.path.join(root, "run/pcscd/pcscd.comm")),
    }


def _names(folder: str) -> list[str]:
    try:
        return sorted(os.listdir(folder))
    except OSError:
        return []


def _read(folder: str, name: str) -> str:
    return _clean(_text(os.path.join(folder, name), 1024))


def _text(path: str, limit: int) -> str:
    try:
        with open(path, "rb") as file:
            return file.read(limit).decode("utf-8", "replace")
    except OSError:
        return ""


def _clean(text: str) -> str:
    """Return one printable line of limited length."""
    return "".join(one for one in text.strip() if one.isprintable())[:MAX_TEXT]


def _number(text: str) -> int:
    try:
        return int(text, 16)
    except ValueError:
        return -1


def _port_key(port: str) -> list[int]:
    return [int(part) for part in re.split(r"[-.]", port)]
