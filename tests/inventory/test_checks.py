from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from officefleet.inventory import load_inventory
from officefleet.models import Architecture, Machine, OperatingSystem, OsFamily

from .conftest import FLEET, document

if TYPE_CHECKING:
    from .conftest import FleetFolder


def _problems(fleet: FleetFolder) -> list[tuple[str, str, str]]:
    """Return each problem as its file, the text at its mark, and its message."""
    found = []
    for one in load_inventory([fleet.root]).check():
        assert one.mark is not None
        with open(one.mark.file, encoding="utf-8") as stream:  # noqa: PTH123  a name, not a path
            line = stream.read().splitlines()[one.mark.line - 1][one.mark.column - 1 :]
        found.append((one.mark.file, line, one.message))
    return found


def _machines(number: int = 421) -> list[dict[str, Any]]:
    machines: list[dict[str, Any]] = document(number)["machines"]
    return machines


def test_a_sound_fleet_has_no_problem(fleet: FleetFolder) -> None:
    assert _problems(fleet) == []


def test_a_duplicate_address_in_one_pharmacy(fleet: FleetFolder) -> None:
    machines = _machines()
    machines[3]["address"] = machines[0]["address"]
    file = fleet.pharmacy(421, machines=machines)
    assert _problems(fleet) == [
        (str(file), "10.1.165.10", "o0421-nas-1 has the address 10.1.165.10 of o0421-comptoir-1")
    ]


def test_a_duplicate_address_between_pharmacies(fleet: FleetFolder) -> None:
    machines = _machines(422)
    machines[1]["address"] = "10.1.165.13"
    file = fleet.pharmacy(422, machines=machines)
    assert _problems(fleet) == [
        (str(file), "10.1.165.13", "o0422-comptoir-2 has the address 10.1.165.13 of o0421-nas-1")
    ]


def test_a_peripheral_with_the_address_of_a_machine(fleet: FleetFolder) -> None:
    machines = _machines()
    printer = {"name": "laser", "kind": "laser_printer", "address": "10.1.165.40", "mode": "ipp"}
    machines[0]["peripherals"] = [printer]
    machines[1]["peripherals"] = [
        printer,
        {"name": "tpe", "kind": "payment_terminal", "address": "10.1.165.13"},
    ]
    fleet.pharmacy(421, machines=machines)
    assert [(line, message) for _file, line, message in _problems(fleet)] == [
        ("10.1.165.13", "peripheral tpe has the address 10.1.165.13 of o0421-nas-1")
    ]


def test_a_pharmacy_without_a_spare(fleet: FleetFolder) -> None:
    file = fleet.pharmacy(421, machines=[one for one in _machines() if one["kind"] != "secours"])
    ((place, line, message),) = _problems(fleet)
    assert (place, message) == (str(file), "officine_0421 has no spare poste")
    assert line.startswith("- name: o0421-comptoir-1")


@pytest.mark.parametrize(
    ("counter", "spare", "says"),
    [
        ({"os": {"family": "windows", "version": "11"}}, {}, "it runs debian, not windows"),
        (
            {"os": {"family": "debian", "version": "12", "arch": "arm64"}},
            {},
            "architecture is x64, not arm64",
        ),
        (
            {"peripherals": [{"name": "tpe", "kind": "payment_terminal", "com": 1}]},
            {},
            "0 serial ports for 1",
        ),
        (
            {"peripherals": [{"name": f"p{n}", "kind": "other", "usb": "05f9:220c"} for n in range(5)]},
            {"ports": {"usb": 4}},
            "4 usb ports for 5",
        ),
        (
            {"peripherals": [{"name": "robot", "kind": "robot", "address": "10.9.9.9"}]},
            {"ports": {"network": 0}},
            "0 network ports for 1",
        ),
    ],
)
def test_a_spare_that_cannot_stand_in(
    fleet: FleetFolder, counter: dict[str, Any], spare: dict[str, Any], says: str
) -> None:
    machines = _machines()
    machines[0].update(counter)
    machines[2].update(spare)
    file = fleet.pharmacy(421, machines=machines)
    ((place, line, message),) = _problems(fleet)
    assert place == str(file)
    assert line == "name: o0421-secours-1"
    assert message.startswith("o0421-secours-1 cannot stand in for o0421-comptoir-1")
    assert says in message


def test_a_spare_with_the_ports_can_stand_in(fleet: FleetFolder) -> None:
    machines = _machines()
    machines[0]["peripherals"] = [
        {"name": "tpe", "kind": "payment_terminal", "com": 1},
        {"name": "robot", "kind": "robot", "address": "10.9.9.9"},
        {"name": "caisse", "kind": "cash_machine", "address": "10.9.9.8"},
    ]
    machines[2]["ports"] = {"usb": 0, "serial": 1, "network": 1}
    fleet.pharmacy(421, machines=machines)
    assert _problems(fleet) == []


def test_a_counter_that_no_spare_covers(fleet: FleetFolder) -> None:
    machines = _machines()
    machines[2]["stands_in_for"] = ["o0421-comptoir-1"]
    fleet.pharmacy(421, machines=machines)
    assert [(line, message) for _file, line, message in _problems(fleet)] == [
        ("name: o0421-comptoir-2", "no spare stands in for o0421-comptoir-2")
    ]


def test_a_spare_for_a_machine_that_is_not_there(fleet: FleetFolder) -> None:
    machines = _machines()
    machines[2]["stands_in_for"] = ["o0421-comptoir-1", "o0421-comptoir-2", "o0421-comptoir-3"]
    fleet.pharmacy(421, machines=machines)
    assert [(line, message) for _file, line, message in _problems(fleet)] == [
        ("o0421-comptoir-3", "o0421-secours-1 stands in for o0421-comptoir-3, which does not exist here")
    ]


def test_a_driver_that_is_not_in_the_catalogue(fleet: FleetFolder) -> None:
    machines = _machines()
    machines[0]["peripherals"] = [
        {"name": "v", "kind": "vitale_reader", "usb": "0f14:0038", "mode": "pcsc", "driver": "ms-usbcid"}
    ]
    fleet.pharmacy(421, machines=machines)
    fleet.write(
        "catalog/drivers/ms-usbccid.yml",
        yaml.safe_dump(
            {
                "name": "ms-usbccid",
                "version": "10.0",
                "date": "2006-06-21",
                "class": "SmartCardReader",
                "arch": ["x64"],
                "signature": "inbox",
                "hardware_ids": ["USB\\Class_0B"],
            }
        ),
    )
    (problem,) = load_inventory([fleet.root]).check()
    assert problem.message == "the driver 'ms-usbcid' is not in the catalogue"
    assert problem.hint == "did you mean 'ms-usbccid'?"
    assert [line for _file, line, _message in _problems(fleet)] == ["ms-usbcid"]
    machines[0]["peripherals"][0]["driver"] = "ms-usbccid"
    fleet.pharmacy(421, machines=machines)
    assert _problems(fleet) == []


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda copies: copies.pop(1), "fewer than three copies"),
        (lambda copies: [one.update(media="nas") for one in copies], "one kind of media"),
        (lambda copies: copies[2].update(offsite=False), "no copy is kept off site"),
        (lambda copies: copies[2].update(offline=False), "no copy is offline"),
        (lambda copies: copies[2].update(encrypted=False), "not encrypted"),
    ],
)
def test_a_backup_policy_that_breaks_the_rule(fleet: FleetFolder, change: Any, says: str) -> None:
    settings = copy.deepcopy(FLEET)
    change(settings["backup_policies"][0]["copies"])
    file = fleet.write("fleet.yml", yaml.safe_dump(settings))
    ((place, line, message),) = _problems(fleet)
    assert (place, line) == (str(file), "sound")
    assert says in message


@pytest.mark.parametrize(
    ("changes", "says", "at"),
    [
        ({"groupement": "horizon-sant"}, "unknown groupement 'horizon-sant'", "horizon-sant"),
        ({"backup_policy": "soundd"}, "unknown backup policy 'soundd'", "soundd"),
    ],
)
def test_references_that_nobody_defines(
    fleet: FleetFolder, changes: dict[str, str], says: str, at: str
) -> None:
    fleet.pharmacy(421, **changes)
    assert (says, at) in [(message, line) for _file, line, message in _problems(fleet)]


def test_an_unknown_image(fleet: FleetFolder) -> None:
    machines = _machines()
    machines[1]["image"] = "post"
    fleet.pharmacy(421, machines=machines)
    (problem,) = load_inventory([fleet.root]).check()
    assert (problem.message, problem.hint) == ("unknown golden image 'post'", "did you mean 'poste'?")


def test_an_independent_pharmacy_names_its_policy(fleet: FleetFolder) -> None:
    fleet.pharmacy(421, groupement=None)
    ((_file, _line, message),) = _problems(fleet)
    assert message == "officine_0421 has no backup policy, nor has its groupement"
    fleet.pharmacy(421, groupement=None, backup_policy="sound")
    assert _problems(fleet) == []


def test_a_groupement_with_an_unknown_policy(fleet: FleetFolder) -> None:
    settings = copy.deepcopy(FLEET)
    settings["groupements"][0]["backup_policy"] = "soun"
    file = fleet.write("fleet.yml", yaml.safe_dump(settings))
    assert (str(file), "soun", "unknown backup policy 'soun'") in _problems(fleet)


def test_an_lgo_server_that_is_not_there(fleet: FleetFolder) -> None:
    fleet.pharmacy(421, lgo={"name": "LEO", "server": "o0421-serveur-1"})
    assert [(line, message) for _file, line, message in _problems(fleet)] == [
        ("o0421-serveur-1", "the LGO's server o0421-serveur-1 does not exist here")
    ]


def test_faults_in_fleet_yml_and_drivers_have_places(fleet: FleetFolder) -> None:
    from officefleet.errors import ModelError  # noqa: PLC0415

    file = fleet.write("fleet.yml", "name: x\nimage: []\n")
    with pytest.raises(ModelError, match="unknown key 'image'") as caught:
        load_inventory([fleet.root])
    assert str(caught.value.mark) == f"{file}:2:1"
    assert caught.value.hint == "did you mean 'images'?"


def test_the_check_reads_the_same_with_a_warm_cache(fleet: FleetFolder, tmp_path: Any) -> None:
    machines = _machines()
    machines[0]["os"] = OperatingSystem(
        family=OsFamily.DEBIAN, version="12", arch=Architecture.ARM64
    ).model_dump(mode="json", exclude_none=True)
    Machine.model_validate(machines[0])
    fleet.pharmacy(421, machines=machines)
    cold = [str(one) for one in load_inventory([fleet.root], cache_dir=tmp_path / "c").check()]
    warm = [str(one) for one in load_inventory([fleet.root], cache_dir=tmp_path / "c").check()]
    assert cold == warm != []
