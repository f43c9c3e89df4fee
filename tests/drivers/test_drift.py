from __future__ import annotations

from pathlib import Path

import pytest

from officefleet.drivers.catalog import Verdict, load_catalog
from officefleet.drivers.drift import drift, with_facts
from officefleet.drivers.live import LiveDevice, LiveFacts
from officefleet.models import Machine

CATALOG = load_catalog(Path(__file__).parents[2] / "inventory" / "catalog")
SCANNER = {
    "name": "douchette",
    "kind": "scanner",
    "product": "Newland HR22",
    "usb": "1eab:1a03",
    "mode": "keyboard",
}
GALSS = {"name": "vitale", "kind": "vitale_reader", "product": "Vital'Act 3S", "usb": "0f14:0012"} | {
    "mode": "galss", "port": "1-4", "com": 5}  # fmt: skip


def machine(*peripherals, family="windows"):
    system = {"family": family, "version": "11", **({"build": 26100} if family == "windows" else {})}
    return Machine.model_validate(
        {
            "name": "o0001-comptoir-1",
            "kind": "comptoir",
            "address": "10.0.0.1",
            "os": system,
            "peripherals": peripherals,
        }
    )


def found(*devices, peripherals=(SCANNER,), **facts):
    return [
        (one.kind.value, one.verdict, one.peripheral)
        for one in drift(machine(*peripherals), LiveFacts(devices=devices, **facts), CATALOG)
    ]


def test_all_as_recorded():
    assert (
        found(
            LiveDevice("1eab:1a03"), LiveDevice("0f14:0012", port="1-4", com=5), peripherals=(SCANNER, GALSS)
        )
        == []
    )


def test_a_missing_reader():
    assert found(LiveDevice("1eab:1a03"), peripherals=(SCANNER, GALSS)) == [
        ("missing", Verdict.BLOCK, "vitale")
    ]


@pytest.mark.parametrize("usb", ["1eab:1a06", "1eab:1a10"])
def test_a_scanner_in_another_mode(usb):
    assert found(LiveDevice(usb)) == [("other_mode", Verdict.BLOCK, "douchette")]


def test_another_scanner_is_no_other_mode():
    assert found(LiveDevice("1eab:1d06")) == [
        ("missing", Verdict.BLOCK, "douchette"),
        ("unrecorded", Verdict.WARN, "1eab:1d06"),
    ]


def test_another_com_number_and_port_break_galss():
    assert found(LiveDevice("0f14:0012", port="1-2", com=7), peripherals=(GALSS,)) == [
        ("other_port", Verdict.BLOCK, "vitale"),
        ("other_com", Verdict.BLOCK, "vitale"),
    ]


def test_another_port_of_a_scanner_is_a_warning():
    assert found(LiveDevice("1eab:1a03", port="1-2"), peripherals=({**SCANNER, "port": "1-4"},)) == [
        ("other_port", Verdict.WARN, "douchette")
    ]


def test_a_port_in_the_pharmacys_own_words_is_not_compared():
    assert found(LiveDevice("1eab:1a03", port="1-2"), peripherals=({**SCANNER, "port": "usb-avant-1"},)) == []


def test_a_device_that_does_not_start():
    assert found(LiveDevice("1eab:1a03", problem=10)) == [("problem", Verdict.BLOCK, "douchette")]


def test_two_alike_are_told_apart_by_serial_number():
    one = {**SCANNER, "name": "a", "serial_number": "S1", "port": "1-1"}
    two = {**SCANNER, "name": "b", "serial_number": "S2", "port": "1-2"}
    swapped = (
        LiveDevice("1eab:1a03", port="1-1", serial="S2"),
        LiveDevice("1eab:1a03", port="1-2", serial="S1"),
    )
    assert {(kind, name) for kind, _verdict, name in found(*swapped, peripherals=(one, two))} == {
        ("other_port", "a"),
        ("other_port", "b"),
    }


def test_a_mouse_is_nobodys_business():
    assert found(LiveDevice("1eab:1a03"), LiveDevice("046d:c077", product="Mouse")) == []


def test_a_card_reader_that_is_not_recorded():
    assert found(LiveDevice("1eab:1a03"), LiveDevice("dead:beef", product="Reader", card_reader=True)) == [
        ("unrecorded", Verdict.WARN, "Reader")
    ]


def test_another_build():
    assert found(LiveDevice("1eab:1a03"), build=26200) == [("other_build", Verdict.WARN, "")]


def test_a_machine_as_it_is():
    live = with_facts(machine(), LiveFacts(build=26200, revision=6899, hvci=True))
    assert (live.os.build, live.os.revision, live.os.hvci) == (26200, 6899, True)
    assert with_facts(machine(), LiveFacts()) == machine()
