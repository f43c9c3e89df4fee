import time
from pathlib import Path
from types import SimpleNamespace

import pytest

from officefleet.continuity import fitness
from officefleet.continuity.cables import moves
from officefleet.continuity.fitness import Weight
from officefleet.continuity.readings import Reading, Readings
from officefleet.drivers.verdicts.gate import rule_index
from officefleet.inventory import load_inventory
from officefleet.models import Architecture, Ports

INVENTORY = Path(__file__).parents[2] / "inventory"
ROOT = {"mount": "/", "size_available": 5_000_000_000, "options": "rw,relatime"}
GOOD = Reading(
    provisioned={"image": "poste-debian", "postes": ["o0421-comptoir-1", "o0421-comptoir-2"]},
    facts={"machine": "x86_64", "mounts": [ROOT]},
)


@pytest.fixture(scope="module")
def pharmacy():
    return load_inventory([INVENTORY], only=["officine_0421"]).pharmacy("officine_0421")


@pytest.fixture(scope="module")
def spare(pharmacy):
    return pharmacy.machine("o0421-secours-1")


def setting(drill=None, seen=None):
    journal = SimpleNamespace(last_drill=lambda _name: drill, last_seen=lambda _name: seen)
    return SimpleNamespace(journal=journal)


def said(spare, reading, **more):
    readings = Readings({spare.name: reading}, {}, **more)
    return list(fitness.of_machine(setting(), spare, readings))


def blocks(reasons):
    return [one.text for one in reasons if one.weight is Weight.BLOCK]


def test_nothing_speaks_against_a_good_spare(spare):
    assert blocks(said(spare, GOOD)) == []


@pytest.mark.parametrize(
    ("reading", "text"),
    [
        (Reading(silence="timed out"), "does not answer (timed out)"),
        (Reading(provisioned=GOOD.provisioned, facts={"machine": "aarch64"}), "is a arm64 machine"),
        (Reading(provisioned=GOOD.provisioned, facts={"mounts": [{**ROOT, "options": "ro"}]}), "read-only"),
        (Reading(provisioned=GOOD.provisioned, facts={"mounts": [{**ROOT, "size_available": 9}]}), "is full"),
        (Reading(facts=GOOD.facts), "never provisioned"),
    ],
)
def test_what_blocks_a_spare(spare, reading, text):
    found = blocks(said(spare, reading))

    assert len(found) == 1
    assert text in found[0]


@pytest.mark.parametrize(
    "facts",
    [
        {"mounts": None},
        {"mounts": "x"},
        {"mounts": [None, 3, {"mount": "/"}]},
        {"machine": ["x"]},
        {"date_time": "now"},
        {"date_time": {"epoch": "9" * 5000}},
        {"date_time": {"epoch": [1]}},
        {"date_time": {}},
    ],
    ids=str,
)
def test_facts_of_a_hostile_machine_are_only_looked_at(spare, facts):
    said(spare, Reading(provisioned={"image": ["x"], "postes": "all"}, facts=facts))


def test_out_of_date_is_a_warning(spare):
    reasons = said(spare, GOOD, provisioning=True, changes={spare.name: ["base : Login message"]})

    assert blocks(reasons) == []
    assert any("out of date" in one.text and one.weight is Weight.WARN for one in reasons)


@pytest.mark.parametrize(("days", "told"), [(-365, True), (365, True), (0, False)])
def test_a_clock_that_is_wrong_by_a_year_is_told(spare, days, told):
    facts = {**GOOD.facts, "date_time": {"epoch": str(int(time.time()) + days * 86400)}}
    reasons = said(spare, Reading(provisioned=GOOD.provisioned, facts=facts))

    warned = [one.text for one in reasons if "clock" in one.text and one.weight is Weight.WARN]
    assert warned == (
        ["its clock and this computer's differ by 365 days: sales would be dated so"] if told else []
    )
    assert blocks(reasons) == []


@pytest.mark.parametrize(
    ("days", "weight"), [(-1, Weight.GOOD), (-40, Weight.WARN), (365, Weight.WARN)], ids=str
)
def test_a_drill_of_a_day_to_come_proves_nothing(spare, days, weight):
    drill = (time.time() + days * 86400, True)
    readings = Readings({spare.name: GOOD}, {})
    [reason] = [one for one in fitness.of_machine(setting(drill), spare, readings) if "drill" in one.text]
    assert reason.weight is weight


def test_hardware_that_does_not_fit_the_poste_blocks(pharmacy, spare):
    poste = pharmacy.machine("o0421-comptoir-1")
    index = rule_index(INVENTORY / "catalog")
    small = spare.model_copy(update={"ports": Ports(usb=2)})
    other = spare.model_copy(update={"os": spare.os.model_copy(update={"arch": Architecture.ARM64})})

    assert blocks(fitness.for_poste(index, spare, poste, pharmacy, GOOD)) == []
    assert blocks(fitness.for_poste(index, small, poste, pharmacy, GOOD))
    assert blocks(fitness.for_poste(index, other, poste, pharmacy, GOOD))


def test_only_what_hangs_on_a_cable_is_moved_and_com_numbers_are_said(pharmacy, spare):
    poste = pharmacy.machine("o0421-comptoir-1")
    plugs = moves(poste, spare, poste)

    assert [one.peripheral.name for one in plugs] == ["vitale", "cps", "douchette", "tickets", "etiquettes"]
    galss = poste.peripherals[0].model_copy(update={"com": 3, "mode": "galss"})
    text = plugs[0].__class__(galss, poste.name, spare.name).text()
    assert "usb-arriere-1" in text
    assert "COM3" in text
