from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from officefleet.drivers.live_windows import SCRIPT, parse
from officefleet.errors import DriverError


def answer(**changes):
    whole = {
        "Devices": [
            {
                "InstanceId": "USB\\VID_0F14&PID_0012\\5&2B9C4F&0&4",
                "FriendlyName": "Lecteur de cartes à puce (COM5)",
                "Class": "Ports",
                "Properties": {
                    "DEVPKEY_Device_LocationPaths": [
                        "PCIROOT(0)#PCI(1400)#USBROOT(0)#USB(4)#USB(2)",
                        "ACPI(_SB_)#ACPI(PCI0)",
                    ],
                    "DEVPKEY_Device_MatchingDeviceId": ["USB\\VID_0F14&PID_0012"],
                    "DEVPKEY_Device_DriverInfPath": ["oem12.inf"],
                    "DEVPKEY_Device_DriverVersion": ["1.2.3.4"],
                    "DEVPKEY_Device_ProblemCode": ["10"],
                },
            },
            {
                "InstanceId": "USB\\VID_08E6&PID_3437&MI_00\\ABC123",
                "FriendlyName": "Lecteur de carte Microsoft Usbccid (WUDF)",
                "Class": "SmartCardReader",
                "Properties": {},
            },
            {"InstanceId": "HID\\VID_1EAB&PID_1A03\\x", "FriendlyName": "Clavier HID", "Class": "Keyboard"},
        ],
        "Printers": [{"Name": "Tickets", "PortName": "USB001"}],
        "Build": 26100,
        "Revision": 6899,
        "Hvci": True,
        "Updates": ["kb5066835"],
    }
    return json.dumps({**whole, **changes})


def test_devices():
    reader, ccid = parse(answer()).devices
    assert (reader.usb, reader.com, reader.port) == ("0f14:0012", 5, "1-4.2")
    assert (reader.driver, reader.driver_version) == ("oem12.inf", "1.2.3.4")
    assert reader.matching_id == "USB\\VID_0F14&PID_0012"
    assert reader.problem == 10
    assert reader.serial == "", "Windows makes one up where the device has none"
    assert (ccid.usb, ccid.serial, ccid.card_reader, ccid.com) == ("08e6:3437", "ABC123", True, None)


def test_the_system():
    facts = parse(answer())
    assert (facts.build, facts.revision, facts.hvci) == (26100, 6899, True)
    assert facts.printers == {"Tickets": "USB001"}
    assert facts.updates == {"KB5066835"}


def test_what_is_not_told_is_not_known():
    facts = parse(answer(Hvci=None, Build=None, Revision="?", Printers=None, Updates=None))
    assert (facts.build, facts.revision, facts.hvci) == (None, None, None)


@pytest.mark.parametrize("text", ["", "Accès refusé.", "[]", "{}", '{"Devices": 1}', "[" * 100_000])
def test_what_is_no_answer(text):
    with pytest.raises(DriverError):
        parse(text)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=12,
)


@given(
    st.dictionaries(st.sampled_from(["Devices", "Printers", "Build", "Revision", "Hvci", "Updates"]), JSON)
)
def test_a_hostile_answer_is_read_or_refused(data):
    try:
        facts = parse(json.dumps(data))
    except DriverError:
        return
    assert all(len(one.usb) == 9 for one in facts.devices)


@given(st.fixed_dictionaries({"InstanceId": st.just("USB\\VID_0F14&PID_0012\\x"), "FriendlyName": JSON}
                             | {"Class": JSON, "Properties": JSON}))  # fmt: skip
def test_a_hostile_device(device):
    (one,) = parse(json.dumps({"Devices": [device]})).devices
    assert one.usb == "0f14:0012"


def test_the_script_only_reads():
    words = ("set-", "remove-", "new-", "stop-", "start-", "restart-", "invoke-expression", "iex", "add-")
    assert not [word for word in words if word in SCRIPT.lower()]
    assert SCRIPT.isascii()
