from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from officefleet.agents import peripherals
from officefleet.drivers.live import LiveFacts, from_posix
from officefleet.errors import DriverError


def device(root, port, vid, pid, *, interfaces=(), device_class="00", **texts):
    folder = root / "sys/bus/usb/devices" / port
    folder.mkdir(parents=True)
    names = {"idVendor": vid, "idProduct": pid, "bDeviceClass": device_class, "bcdDevice": "0200", **texts}
    for name, text in names.items():
        (folder / name).write_text(text + "\n")
    for number, (code, driver) in enumerate(interfaces):
        one = root / "sys/bus/usb/devices" / f"{port}:1.{number}"
        one.mkdir()
        (one / "bInterfaceNumber").write_text(f"{number:02x}\n")
        (one / "bInterfaceClass").write_text(f"{code:02x}\n")
        (one / "bInterfaceSubClass").write_text("00\n")
        (one / "bInterfaceProtocol").write_text("00\n")
        if driver:
            (one / "driver").symlink_to(f"../../../bus/usb/drivers/{driver}")
    return folder


def serial(root, name, port):
    folder = root / "sys/class/tty" / name
    folder.mkdir(parents=True)
    (folder / "device").symlink_to(f"../../../bus/usb/devices/{port}/{port}:1.0/{name}")
    (root / f"sys/bus/usb/devices/{port}/{port}:1.0/{name}").mkdir(parents=True)
    links = root / "dev/serial/by-path"
    links.mkdir(parents=True, exist_ok=True)
    (links / f"pci-0000:00:14.0-usb-0:{port[2:]}:1.0").symlink_to(f"../../{name}")


@pytest.fixture
def root(tmp_path):
    device(tmp_path, "1-10", "08e6", "3437", product="USB SmartCard Reader", interfaces=[(0x0B, "")])
    device(
        tmp_path,
        "1-2",
        "1eab",
        "1a06",
        product="HR22",
        serial="A1",
        interfaces=[(2, "cdc_acm"), (10, "cdc_acm")],
    )
    device(tmp_path, "usb1", "1d6b", "0002", device_class="09")
    device(tmp_path, "1-3", "05e3", "0610", device_class="09", product="Hub")
    device(tmp_path, "1-3.4", "0f14", "0012", interfaces=[(0xFF, "")])
    serial(tmp_path, "ttyACM0", "1-2")
    return tmp_path


def test_devices_are_sorted_by_port_and_hubs_left_out(root):
    found = peripherals.usb_devices(str(root))
    assert [(one["port"], one["usb"]) for one in found] == [
        ("1-2", "1eab:1a06"),
        ("1-3.4", "0f14:0012"),
        ("1-10", "08e6:3437"),
    ]
    assert found[0]["interfaces"][0] == {
        "number": 0,
        "class": 2,
        "subclass": 0,
        "protocol": 0,
        "driver": "cdc_acm",
    }
    assert found[0]["serial"] == "A1"


def test_a_serial_port_is_traced_to_its_usb_port(root):
    assert peripherals.serial_ports(str(root)) == [
        {
            "device": "ttyACM0",
            "port": "1-2",
            "usb": "1eab:1a06",
            "by_path": "pci-0000:00:14.0-usb-0:2:1.0",
        }
    ]


def test_card_readers_by_class(root):
    devices = peripherals.usb_devices(str(root))
    (reader,) = peripherals.card_readers(devices, str(root))
    assert (reader["usb"], reader["slots"], reader["supported"]) == ("08e6:3437", 1, None)


def test_card_readers_that_the_installed_driver_lists(root):
    plist = root / "usr/lib/pcsc/drivers/ifd-ccid.bundle/Contents/Info.plist"
    plist.parent.mkdir(parents=True)
    plist.write_text(
        "<key>ifdVendorID</key>\n<array>\n<string>0x0F14</string>\n</array>"
        "<key>ifdProductID</key>\n<array>\n<string>0x0012</string>\n</array>"
    )
    found = peripherals.card_readers(peripherals.usb_devices(str(root)), str(root))
    assert [(one["usb"], one["supported"]) for one in found] == [("0f14:0012", True), ("08e6:3437", False)]


def test_print_queues_without_their_passwords(tmp_path):
    conf = tmp_path / "etc/cups/printers.conf"
    conf.parent.mkdir(parents=True)
    conf.write_text(
        "# Printer configuration file\n"
        "<DefaultPrinter tickets>\nMakeModel EPSON TM-T88V\n"
        "DeviceURI usb://EPSON/TM-T88V?serial=ABC%20D\nState Idle\n</DefaultPrinter>\n"
        "<Printer laser>\nDeviceURI socket://admin:geheim@10.0.0.9:9100/x\nState Stopped\n</Printer>\n"
        "<Printer never-closed>\nDeviceURI usb://x\n"
    )
    tickets, laser = peripherals.cups_printers(str(tmp_path))
    assert (tickets["name"], tickets["usb_product"], tickets["state"]) == ("tickets", "EPSON TM-T88V", "Idle")
    assert laser["uri"] == "socket://10.0.0.9:9100/x"
    assert "geheim" not in json.dumps([tickets, laser])


def test_pcscd(tmp_path):
    assert peripherals.pcscd_state(str(tmp_path)) == {"installed": False, "socket": False}
    (tmp_path / "usr/sbin").mkdir(parents=True)
    (tmp_path / "usr/sbin/pcscd").touch()
    assert peripherals.pcscd_state(str(tmp_path))["installed"]


def test_a_bare_root_has_nothing(tmp_path):
    facts = peripherals.peripheral_facts(str(tmp_path))
    assert facts["usb"] == facts["serial"] == facts["printers"] == facts["card_readers"] == []
    assert from_posix(facts) == LiveFacts()


@given(st.binary(max_size=300))
def test_what_a_device_says_stays_one_short_line(tmp_path_factory, text):
    root = tmp_path_factory.mktemp("root")
    folder = device(root, "1-1", "08e6", "3437")
    (folder / "product").write_bytes(text)
    (one,) = peripherals.usb_devices(str(root))
    assert len(one["product"]) <= peripherals.MAX_TEXT
    assert one["product"].isprintable()


def test_malformed_ids_are_left_out(tmp_path):
    device(tmp_path, "1-1", "../../etc", "3437")
    (tmp_path / "sys/bus/usb/devices/1-2").mkdir()
    assert peripherals.usb_devices(str(tmp_path)) == []


def test_it_runs_alone_with_the_standard_library_only(root):
    source = Path(peripherals.__file__).read_text(encoding="utf-8")
    program = f"{source}\nimport json, sys\nprint(json.dumps(peripheral_facts(sys.argv[1])))\n"
    done = subprocess.run(
        [sys.executable, "-S", "-E", "-I", "-c", program, root],
        capture_output=True,
        check=True,
        env={**os.environ},
    )
    facts = from_posix(json.loads(done.stdout))
    scanner = next(one for one in facts.devices if one.usb == "1eab:1a06")
    assert (scanner.tty, scanner.driver, scanner.card_reader) == ("ttyACM0", "cdc_acm", False)
    assert next(one for one in facts.devices if one.usb == "08e6:3437").card_reader


@pytest.mark.parametrize(
    "facts", [{}, {"usb": 1}, {"usb": [{}], "serial": [], "card_readers": [], "printers": []}]
)
def test_facts_of_another_form_are_refused(facts):
    with pytest.raises(DriverError, match="form"):
        from_posix(facts)
