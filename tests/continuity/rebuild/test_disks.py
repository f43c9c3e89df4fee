"""Which disk is restored: never a stick, never one that does not fit, never a guess."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from officefleet.continuity.rebuild.disks import check_health, choose
from officefleet.continuity.rebuild.order import Order
from officefleet.continuity.rebuild.rescue import Disk
from officefleet.errors import ContinuityError
from officefleet.images.smart import parse_health

GB = 10**9
ROOT_GUID = "11111111-2222-3333-4444-555555555555"
ORDER = Order(store="http://nas:8421", image="poste", version=1, system="linux", root=2, needed=16 * GB, sector=512,
              partitions=(ROOT_GUID,), preserved=())  # fmt: skip
INSIDE = Disk("/dev/nvme0n1", 256 * GB, 512, "KIOXIA", removable=False, read_only=False, partitions=())
SMART = Path(__file__).parents[2] / "images" / "smart.json"


def like(**changes) -> Disk:
    return dataclasses.replace(INSIDE, **changes)


STICK = like(path="/dev/sda", removable=True)


@pytest.mark.parametrize(("disks", "order", "words"), [
    ([], {}, "no disk inside"),
    ([STICK], {}, "no disk inside"),
    ([like(size=8 * GB), STICK], {}, r"no disk fits: /dev/nvme0n1: 8\.0 GB, the image needs 16\.0 GB"),
    ([like(sector=4096)], {}, "sectors of 4096 bytes, the image has 512"),
    ([like(read_only=True)], {}, "read-only"),
    ([INSIDE, like(path="/dev/sdb")], {}, "several disks fit"),
    ([INSIDE], {"disk": "/dev/sdz"}, "has no disk /dev/sdz"),
    ([INSIDE, like(path="/dev/sdb", size=GB)], {"disk": "/dev/sdb"}, "no disk fits"),
])  # fmt: skip
def test_a_disk_that_will_not_do_is_refused(disks, order, words) -> None:
    with pytest.raises(ContinuityError, match=words):
        choose(disks, dataclasses.replace(ORDER, **order))


def test_the_only_one_that_fits_is_taken() -> None:
    assert choose([STICK, INSIDE, like(path="/dev/sdb", size=GB)], ORDER) == INSIDE


def test_of_several_the_one_that_held_the_image_before_is_taken() -> None:
    held = like(path="/dev/sdb", partitions=(ROOT_GUID,))
    assert choose([INSIDE, held], ORDER) == held
    with pytest.raises(ContinuityError, match="several disks fit"):
        choose([like(partitions=(ROOT_GUID,)), held], ORDER)


def test_a_named_one_is_taken_even_if_it_is_a_stick() -> None:
    assert choose([INSIDE, STICK], dataclasses.replace(ORDER, disk="/dev/sda")) == STICK


@given(st.lists(st.builds(
    Disk, path=st.sampled_from(["/dev/sda", "/dev/sdb", "/dev/vda"]), size=st.integers(0, 64 * GB),
    sector=st.sampled_from([512, 4096]), model=st.text(max_size=5), removable=st.booleans(), read_only=st.booleans(),
    partitions=st.sampled_from([(), (ROOT_GUID,)]),
), max_size=4))  # fmt: skip
def test_whatever_is_chosen_fits(disks) -> None:
    try:
        found = choose(disks, ORDER)
    except ContinuityError:
        return
    assert not found.removable
    assert not found.read_only
    assert found.size >= ORDER.needed
    assert found.sector == ORDER.sector


@pytest.mark.parametrize("case", json.loads(SMART.read_text(encoding="utf-8")))
def test_a_failing_disk_is_refused_and_an_unknown_one_told_of(case) -> None:
    text = json.dumps(case["report"]).encode() if "report" in case else case["text"].encode()
    health = parse_health(text)
    if case["failing"]:
        with pytest.raises(ContinuityError, match="is failing"):
            check_health(INSIDE, health)
    else:
        assert bool(check_health(INSIDE, health)) == (case["failing"] is None)
