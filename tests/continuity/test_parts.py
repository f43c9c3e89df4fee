"""Parts in the cupboard, disks that fail, image versions, licences: what they say of a swap."""

import datetime as dt
import json
from pathlib import Path
from types import SimpleNamespace

import pytest

from officefleet.continuity import fitness
from officefleet.continuity.fitness import Weight
from officefleet.continuity.parts import bench, fits
from officefleet.continuity.readings import Reading, Readings, _reading
from officefleet.inventory import load_inventory
from officefleet.models import Lgo, PartKind, PeripheralKind, SparePart

INVENTORY = Path(__file__).parents[2] / "inventory"
TODAY = dt.date(2026, 11, 24)


@pytest.fixture(scope="module")
def fleet():
    return load_inventory([INVENTORY], only=["officine_0421"])


@pytest.fixture(scope="module")
def pharmacy(fleet):
    return fleet.pharmacy("officine_0421")


@pytest.fixture
def poste(pharmacy):
    return pharmacy.machine("o0421-comptoir-1")


def part(kind, **more):
    return SparePart(kind=kind, **{"tested": dt.date(2026, 9, 14), **more})


def with_parts(pharmacy, *parts):
    return pharmacy.model_copy(update={"spare_parts": parts})


def test_a_dead_poste_can_be_put_together(pharmacy, poste):
    found = bench(pharmacy, poste, TODAY)

    assert found.whole
    assert "could be put together from" in found.text()
    assert "power_supply FSP 250W TFX (back-office drawer)" in found.text()


def test_what_is_missing_is_named(pharmacy, poste):
    found = bench(with_parts(pharmacy, part(PartKind.DISK)), poste, TODAY)

    assert not found.whole
    assert found.missing == (PartKind.POWER_SUPPLY, PartKind.MEMORY)
    assert "lacks: power_supply, memory" in found.text()


def test_a_part_that_nobody_tested_for_a_year_does_not_count(pharmacy, poste):
    parts = [
        part(PartKind.DISK),
        part(PartKind.MEMORY),
        part(PartKind.POWER_SUPPLY, tested=dt.date(2025, 1, 1)),
    ]
    found = bench(with_parts(pharmacy, *parts), poste, TODAY)

    assert not found.whole
    assert "not tested for a year: power_supply" in found.text()


def test_an_empty_cupboard(pharmacy, poste):
    assert "no part in the cupboard fits" in bench(with_parts(pharmacy), poste, TODAY).text()


@pytest.mark.parametrize(
    ("one", "expected"),
    [
        (part(PartKind.DISK), True),
        (part(PartKind.DISK, fits_machines=("o0421-comptoir-2",)), False),
        (part(PartKind.DISK, fits_products=("OptiPlex 3080",)), False),
        (part(PeripheralKind.SCANNER, usb="05f9:220c"), True),
        (part(PeripheralKind.SCANNER, fits=("05f9:220c",)), True),
        (part(PeripheralKind.SCANNER, fits=("1234:5678",)), False),
        (part(PeripheralKind.ROBOT), False),
    ],
)
def test_which_machine_a_part_fits(poste, one, expected):
    assert fits(one, poste) is expected


def said(fleet, pharmacy, reading):
    spare = pharmacy.machine("o0421-secours-1")
    journal = SimpleNamespace(last_drill=lambda _name: None, last_seen=lambda _name: None)
    setting = SimpleNamespace(journal=journal, inventory=fleet)
    return list(fitness.of_machine(setting, spare, Readings({spare.name: reading}, {})))


def test_a_failing_disk_blocks_a_spare_and_a_sound_one_is_said(fleet, pharmacy):
    bad = json.dumps({"smart_status": {"passed": False}})
    good = json.dumps({"smart_status": {"passed": True}})

    found = said(
        fleet, pharmacy, Reading(disks=(("sda", bad), ("sdb", good), ("vda", "{}"), ("sdx", "nonsense")))
    )

    texts = {one.text: one.weight for one in found}
    assert texts["its disk sda fails: its own health test fails"] is Weight.BLOCK
    assert texts["its disk sdb is sound"] is Weight.GOOD
    assert not [text for text in texts if "vda" in text or "sdx" in text]


def test_an_old_image_is_a_warning(fleet, pharmacy):
    old = said(fleet, pharmacy, Reading(image_version="2025.01"))
    new = said(fleet, pharmacy, Reading(image_version="1"))

    assert "was restored from version 2025.01 of its image, the fleet has 1" in [one.text for one in old]
    assert "image version 1" in [one.text for one in new]


def test_disks_are_read_from_what_the_machine_prints():
    text = 'sda\t{"smart_status": {"passed": true}}\ngarbage\n' + "x" * 10
    results = {"h": {"Disks": {"rc": 0, "stdout": text}}}
    played = SimpleNamespace(results=results, failures=[], silent={})

    assert _reading(played, "h").disks == (("sda", '{"smart_status": {"passed": true}}'),)


@pytest.mark.parametrize(
    ("licences", "stay", "standing", "weight"),
    [
        (2, False, 0, Weight.GOOD),
        (2, True, 0, Weight.BLOCK),
        (3, True, 0, Weight.GOOD),
        (3, True, 1, Weight.BLOCK),
    ],
)
def test_licences(pharmacy, poste, licences, stay, standing, weight):
    lgo = Lgo(name="id.", licences=licences, licences_stay=stay)
    reason = fitness.licence(pharmacy.model_copy(update={"lgo": lgo}), poste, standing)

    assert reason.weight is weight


def test_licences_that_nobody_counted_say_nothing(pharmacy, poste):
    assert fitness.licence(pharmacy, poste, 0) is None
