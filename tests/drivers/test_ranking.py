from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from officefleet.drivers.ids import (
    DeviceIds,
    UsbInterface,
    recorded_ids,
    usb_device_ids,
    usb_interface_ids,
)
from officefleet.drivers.inf import WindowsVersion, parse_inf_bytes
from officefleet.drivers.ranking import (
    Match,
    MatchType,
    SignerScore,
    best_match,
    catalog_candidate,
    choose,
    inf_candidates,
    rank,
)
from officefleet.errors import DriverError
from officefleet.models import Driver

DEVICE = DeviceIds(("HwID_1", "HwID_2"), ("CID_1", "CID_2"))

# The table of "Driver package rank example", Microsoft Learn: device id, id of the INF line, 0xTHHH.
TABLE = [
    ("HwID_1", 0, 0x0000),
    ("HwID_1", 1, 0x1000),
    ("HwID_1", 2, 0x1000),
    ("HwID_2", 0, 0x0001),
    ("HwID_2", 1, 0x1001),
    ("HwID_2", 2, 0x1001),
    ("CID_1", 0, 0x2000),
    ("CID_1", 1, 0x3000),
    ("CID_1", 2, 0x3100),
    ("CID_2", 0, 0x2001),
    ("CID_2", 1, 0x3001),
    ("CID_2", 2, 0x3101),
]


@pytest.mark.parametrize(("device_id", "place", "score"), TABLE)
def test_microsofts_own_example(device_id, place, score):
    line = ["no", "nor", "neither"]
    line[place] = device_id.upper()
    match = best_match(DEVICE, line[0], line[1:])
    assert match.identifier_score == score
    assert match.matching_id == device_id
    assert rank(SignerScore.WHQL, 0x42, match) == 0x00420000 + score


def test_the_rank_that_setupapi_logs_for_an_inbox_driver_matched_by_class():
    # setupapi.log in Microsoft's documentation: USB\Class_03&SubClass_01, rank 00FF3101, Inbox.
    match = Match(MatchType.COMPATIBLE_COMPATIBLE, "USB\\Class_03&SubClass_01", 1, 1)
    assert rank(SignerScore.INBOX, 0xFF, match) == 0x00FF3101
    assert rank(SignerScore.INBOX, 0xFF, match, signers_equal=False) == 0x0DFF3101


@pytest.mark.parametrize(
    ("signer", "equal", "byte"),
    [
        (SignerScore.PREMIUM, False, 0x0D),
        (SignerScore.AUTHENTICODE, False, 0x0F),
        (SignerScore.AUTHENTICODE, True, 0x00),
        (SignerScore.UNSIGNED, True, 0x80),
        (SignerScore.W9X_SUSPECT, True, 0xC0),
        (SignerScore.UNKNOWN, True, 0xFF),
    ],
)
def test_the_signature_byte(signer, equal, byte):
    match = Match(MatchType.HARDWARE_HARDWARE, "x", 0)
    assert rank(signer, 0xFF, match, signers_equal=equal) >> 24 == byte


def test_no_common_id():
    assert best_match(DEVICE, "other", ["else"]) is None
    assert best_match(DEVICE, "", []) is None


@given(st.lists(st.sampled_from("abcdef"), max_size=4, unique=True), st.data())
def test_the_best_match_is_the_lowest_score_of_all(ids, data):
    cut = data.draw(st.integers(0, len(ids)))
    device = DeviceIds(tuple(ids[:cut]), tuple(ids[cut:]))
    hardware = data.draw(st.sampled_from(["", *"abcdef"]))
    compatible = data.draw(st.lists(st.sampled_from("abcdef"), max_size=3))
    match = best_match(device, hardware, compatible)
    line = {one for one in (hardware, *compatible) if one}
    assert (match is None) == (not line & set(ids))
    if match is not None and hardware in device.hardware:
        assert match.type is MatchType.HARDWARE_HARDWARE


def test_usb_ids_go_from_specific_to_general():
    reader = usb_device_ids(0x08E6, 0x3437, 0x0200, [UsbInterface(0x0B)])
    assert reader.hardware == ("USB\\VID_08E6&PID_3437&REV_0200", "USB\\VID_08E6&PID_3437")
    assert reader.compatible == (
        "USB\\Class_0B&SubClass_00&Prot_00",
        "USB\\Class_0B&SubClass_00",
        "USB\\Class_0B",
    )
    two = usb_device_ids(0x1234, 1, None, [UsbInterface(0x0B), UsbInterface(3, 1, 1, 1)])
    assert two.compatible[-1] == "USB\\COMPOSITE"
    assert two.compatible[0] == "USB\\DevClass_00&SubClass_00&Prot_00"
    part = usb_interface_ids(0x1234, 1, UsbInterface(3, 1, 1, 1), 0x100)
    assert part.hardware == ("USB\\VID_1234&PID_0001&REV_0100&MI_01", "USB\\VID_1234&PID_0001&MI_01")


@pytest.mark.parametrize("usb", ["", "08e6", "08e6:xyz", "1:2:3", "12345:0001"])
def test_what_is_no_usb_id(usb):
    with pytest.raises(DriverError):
        recorded_ids(usb, None)


INF = r"""
[Version]
Signature = "$Windows NT$"
Provider = Test
DriverVer = {date},{version}
[Manufacturer]
Test = Models, NTamd64
[Models.NTamd64]
Exact = {install}, USB\VID_08E6&PID_3437
Class = Install, , USB\Class_0B
[Install.NT]
{feature}
[Old]
"""
READER = usb_device_ids(0x08E6, 0x3437, 0x0200, [UsbInterface(0x0B)])


def candidates(date="01/01/2024", version="1.0", feature="", install="Install", signer=SignerScore.WHQL):
    text = INF.format(date=date, version=version, feature=feature, install=install)
    inf = parse_inf_bytes(text.encode(), f"{version}.inf")
    return inf_candidates(READER, inf, WindowsVersion(), signer)


def test_an_inf_gives_a_candidate_for_each_line_that_meets():
    exact, by_class = choose(candidates())
    assert exact.rank == 0x00FF0001
    assert by_class.rank == 0x00FF3002
    assert by_class.match.matching_id == "USB\\Class_0B"


def test_the_signature_comes_before_the_id():
    unsigned = candidates(signer=SignerScore.UNSIGNED)[0]
    by_class = candidates()[1]
    assert choose([unsigned, by_class])[0] is by_class


def test_an_unsigned_package_without_an_nt_section_is_suspect():
    assert candidates(signer=SignerScore.UNSIGNED, install="Old")[0].rank >> 24 == 0xC0
    assert candidates(signer=SignerScore.UNSIGNED)[0].rank >> 24 == 0x80


def test_the_feature_score_comes_before_the_id():
    good = candidates(feature="FeatureScore = 0x10")[1]
    plain = candidates()[0]
    assert choose([plain, good])[0] is good


def test_ties_go_to_the_newer_date_then_the_higher_version():
    old, new = candidates("12/31/2023", "9.0")[0], candidates("01/01/2024", "1.0")[0]
    assert choose([old, new])[0] is new
    low, high = candidates(version="1.9.0")[0], candidates(version="1.10.0")[0]
    assert choose([low, high])[0] is high


def test_a_catalogue_entry_as_a_candidate():
    driver = Driver(
        name="test",
        version="3.4.5.6",
        date=dt.date(2020, 1, 1),
        driver_class="SmartCardReader",
        arch=("x64",),
        signature="inbox",
        hardware_ids=("USB\\Class_0B&SubClass_00", "USB\\Class_0B"),
    )
    found = catalog_candidate(READER, driver)
    assert found.rank == 0x00FF2001
    assert found.version.numbers == (3, 4, 5, 6)
    assert catalog_candidate(usb_device_ids(1, 2), driver) is None
