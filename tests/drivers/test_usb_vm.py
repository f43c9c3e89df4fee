"""The live reader against a machine that really enumerates USB: QEMU's virtual reader, serial cable and keyboard.

Debian's own kernel and busybox, from the packages, boot with a script as init that copies what the reader looks at
and sends it through the serial console. (QEMU has no virtual USB printer.)
"""

from __future__ import annotations

import base64
import io
import re
import shutil
import subprocess
import tarfile
from pathlib import Path

import pytest

from officefleet.agents.peripherals import peripheral_facts
from officefleet.drivers.catalog import load_catalog
from officefleet.drivers.drift import drift
from officefleet.drivers.live import from_posix
from officefleet.lab.vm import probe_accelerator
from officefleet.models import Machine

pytestmark = [pytest.mark.vm, pytest.mark.timeout(600)]

CATALOG = load_catalog(Path(__file__).parents[2] / "inventory" / "catalog")
MODULES = (
    "usb-common",
    "usbcore",
    "xhci-hcd",
    "xhci-pci",
    "usbserial",
    "ftdi_sio",
    "hid",
    "usbhid",
    "hid-generic",
)
INIT = """#!/bin/busybox sh
b=/bin/busybox
$b mkdir -p /proc /sys /dev /out
$b mount -t proc none /proc; $b mount -t sysfs none /sys; $b mount -t devtmpfs none /dev
for m in MODULES; do $b insmod /modules/$m.ko; done
n=0
while [ $n -lt 600 ]; do
  [ -e /sys/class/tty/ttyUSB0/device ] && $b grep -qs 0b /sys/bus/usb/devices/*:1.0/bInterfaceClass \\
    && [ -d /sys/bus/usb/drivers/usbhid ] && $b ls /sys/bus/usb/drivers/usbhid | $b grep -q : && break
  $b usleep 100000; n=$((n + 1))
done
for d in /sys/bus/usb/devices/*; do
  o=/out$d; $b mkdir -p $o
  for f in idVendor idProduct bDeviceClass bcdDevice manufacturer product serial bInterfaceNumber \\
    bInterfaceClass bInterfaceSubClass bInterfaceProtocol; do
    [ -f $d/$f ] && $b cat $d/$f > $o/$f 2>/dev/null
  done
  [ -L $d/driver ] && $b ln -s $($b readlink $d/driver) $o/driver
done
for t in /sys/class/tty/ttyUSB*; do
  real=$($b readlink -f $t/device)
  $b mkdir -p /out$t /out$real; $b ln -s ../../..${real#/sys} /out$t/device
done
echo BEGIN-FACTS
$b tar -C /out -c sys | $b gzip | $b base64
echo END-FACTS
$b poweroff -f
"""


def _unpack(package, folder):
    done = subprocess.run(["apt-get", "download", package], cwd=folder, capture_output=True, check=False)
    files = sorted(folder.glob(f"{package}_*.deb"))
    if done.returncode or not files:
        pytest.skip(f"apt-get cannot download {package} here")
    subprocess.run(["dpkg-deb", "-x", files[0], folder / package], check=True)
    return folder / package


def _kernel_package():
    done = subprocess.run(
        ["apt-cache", "depends", "linux-image-amd64"], capture_output=True, text=True, check=False
    )
    found = re.search(r"Depends: (linux-image-\S+)", done.stdout)
    if found is None:
        pytest.skip("no Debian kernel package here")
    return found[1]


def _cpio(files):
    """Return files as a newc archive: path to (mode, content)."""
    out = io.BytesIO()
    for number, (path, (mode, content)) in enumerate([*files.items(), ("TRAILER!!!", (0, b""))], start=1):
        name = path.encode() + b"\0"
        fields = (number, mode, 0, 0, 1, 0, len(content), 0, 0, 0, 0, len(name), 0)
        out.write(b"070701" + b"".join(b"%08X" % field for field in fields) + name)
        out.write(b"\0" * (-out.tell() % 4) + content)
        out.write(b"\0" * (-out.tell() % 4))
    return out.getvalue()


def _boot(tmp_path):
    package = _kernel_package()
    kernel = _unpack(package, tmp_path)
    busybox = _unpack("busybox-static", tmp_path)
    modules = {one.stem: one for one in kernel.rglob("*.ko")}
    files = dict.fromkeys(("bin", "modules"), (16877, b""))
    files["bin/busybox"] = (0o100755, next(busybox.rglob("bin/busybox")).read_bytes())
    files["init"] = (0o100755, INIT.replace("MODULES", " ".join(MODULES)).encode())
    for name in MODULES:
        files[f"modules/{name}.ko"] = (0o100644, modules[name].read_bytes())
    initrd = tmp_path / "initrd"
    initrd.write_bytes(_cpio(files))
    accelerator = probe_accelerator()
    done = subprocess.run(
        [
            "qemu-system-x86_64", "-accel", accelerator, "-m", "512", "-display", "none", "-nodefaults",
            "-no-reboot", "-serial", "stdio", "-kernel", next(kernel.rglob("vmlinuz-*")), "-initrd", initrd,
            "-append", "console=ttyS0 quiet panic=-1", "-device", "qemu-xhci,id=usb",
            "-device", "usb-ccid,bus=usb.0,port=1", "-chardev", "null,id=line",
            "-device", "usb-serial,bus=usb.0,port=2,chardev=line,always-plugged=on", "-device", "usb-kbd,bus=usb.0,port=3",
        ],
        capture_output=True, timeout=400, check=False, stdin=subprocess.DEVNULL,
    )  # fmt: skip
    text = done.stdout.decode(errors="replace")
    found = re.search(r"BEGIN-FACTS\s+(.*?)END-FACTS", text, re.DOTALL)
    assert found, text[-2000:] + done.stderr.decode(errors="replace")[-500:]
    return base64.b64decode("".join(found[1].split()))


@pytest.fixture(scope="module")
def root(tmp_path_factory):
    if not all(map(shutil.which, ("qemu-system-x86_64", "apt-get", "dpkg-deb"))):
        pytest.skip("needs QEMU and Debian's package tools")
    folder = tmp_path_factory.mktemp("usb")
    with tarfile.open(fileobj=io.BytesIO(_boot(folder))) as archive:
        archive.extractall(folder / "root", filter="tar")
    return folder / "root"


def test_a_real_kernel_enumerates_them(root):
    facts = peripheral_facts(str(root))
    assert {one["usb"] for one in facts["usb"]} == {"08e6:4433", "0403:6001", "0627:0001"}
    (reader,) = facts["card_readers"]
    assert reader["usb"] == "08e6:4433"
    (line,) = facts["serial"]
    assert (line["device"], line["usb"]) == ("ttyUSB0", "0403:6001")
    drivers = {one["usb"]: one["interfaces"][0]["driver"] for one in facts["usb"]}
    assert drivers["0403:6001"] == "ftdi_sio"
    assert drivers["0627:0001"] == "usbhid"


def test_drift_against_what_is_recorded(root):
    live = from_posix(peripheral_facts(str(root)))
    where = {one.usb: one.port for one in live.devices}
    cable = {"kind": "display", "product": "FT232R serial cable", "usb": "0403:6001", "mode": "serial"}
    recorded = {
        "name": "o0001-comptoir-1",
        "kind": "comptoir",
        "os": {"family": "debian", "version": "12"},
        "address": "10.0.0.1",
        "peripherals": [
            {"name": "afficheur", **cable, "port": where["0403:6001"]},
            {
                "name": "cps",
                "kind": "cps_reader",
                "product": "GemPC Twin",
                "usb": "08e6:3437",
                "mode": "pcsc",
            },
        ],
    }
    found = [(one.kind.value, one.peripheral, one.found) for one in drift(Machine(**recorded), live, CATALOG)]
    assert found[0] == ("missing", "cps", "")
    assert [(kind, usb) for kind, _name, usb in found[1:]] == [("unrecorded", "08e6:4433")]
    recorded["peripherals"][0]["port"] = "1-99"
    moved = [one for one in drift(Machine(**recorded), live, CATALOG) if one.kind.value == "other_port"]
    assert [(one.peripheral, one.found) for one in moved] == [("afficheur", where["0403:6001"])]
