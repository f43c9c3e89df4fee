"""What files itself: a driver that stops a swap; and what a proof says of the peripherals that were moved."""

from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from officefleet.continuity.binder.binder import Binder
from officefleet.continuity.binder.filing import file_blocked
from officefleet.continuity.database import open_store
from officefleet.continuity.swap_steps import peripherals_seen
from officefleet.drivers.live import LiveDevice, LiveFacts
from officefleet.drivers.verdicts.gate import rule_index
from officefleet.drivers.verdicts.judge import judge_stand_in
from officefleet.errors import TransportError
from officefleet.inventory import load_inventory

if TYPE_CHECKING:
    from officefleet.models import Machine, Pharmacy

INVENTORY = Path(__file__).parents[2] / "inventory"
INDEX = rule_index(INVENTORY / "catalog")


@pytest.fixture(scope="module")
def pharmacy() -> Pharmacy:
    return load_inventory([INVENTORY], only=["officine_0421"]).pharmacy("officine_0421")


@pytest.fixture
def binder(tmp_path: Path):
    with closing(open_store(tmp_path / "continuity.sqlite")) as store:
        yield Binder(store)


def test_a_driver_that_stops_a_swap_files_itself_once_a_day(pharmacy: Pharmacy, binder: Binder) -> None:
    poste, spare = pharmacy.machine("o0421-comptoir-1"), pharmacy.machine("o0421-secours-1")
    galss = poste.peripherals[0].model_copy(update={"mode": "galss", "driver": "galss-3"})
    poste = poste.model_copy(update={"peripherals": (galss, *poste.peripherals[1:])})
    verdict = judge_stand_in(INDEX, spare, poste, pharmacy)
    blocked = [one.peripheral.name for one in verdict.peripherals if one.verdict.value == "block"]
    assert "vitale" in blocked

    assert [file_blocked(binder, pharmacy.id, verdict) for _time in range(2)] == [len(blocked), 0]

    page = next(one for one in binder.search() if one.peripheral == "vitale")
    assert (page.machine, page.device) == (poste.name, "2947:0101")
    assert (page.origin.value, page.pharmacy) == ("driver", "officine_0421")
    assert page.symptom
    assert page.remedy


@dataclass
class Looking:
    """As much of a setting as the look at peripherals needs."""

    answer: LiveFacts | TransportError
    asked: list[str] = field(default_factory=list)

    def read_live(self, hosts: list[str]) -> dict[str, Any]:
        self.asked += hosts
        return dict.fromkeys(hosts, self.answer)

    def rules(self) -> Any:
        return INDEX


def plugged(poste: Machine, *, without: str = "", wrong_port: str = "") -> LiveFacts:
    return LiveFacts(
        tuple(
            LiveDevice(one.usb, port="9-9" if one.name == wrong_port else one.port or "", card_reader=True)
            for one in poste.peripherals
            if one.usb and one.name != without
        )
    )


def test_what_was_moved_is_looked_for(pharmacy: Pharmacy) -> None:
    poste = pharmacy.machine("o0421-comptoir-1")

    looking = Looking(plugged(poste))
    assert peripherals_seen(looking, "o0421-secours-1", poste) == "peripherals seen"
    assert looking.asked == ["o0421-secours-1"]
    missing = peripherals_seen(Looking(plugged(poste, without="cps")), "o0421-secours-1", poste)
    assert missing.startswith("peripherals: ")
    assert "cps" in missing
    assert "vitale" not in missing


@pytest.mark.parametrize("answer", [LiveFacts(), TransportError("gone")], ids=str)
def test_a_machine_without_usb_is_not_taken_for_tested(
    pharmacy: Pharmacy, answer: LiveFacts | TransportError
) -> None:
    poste = pharmacy.machine("o0421-comptoir-1")
    said = peripherals_seen(Looking(answer), "o0421-secours-1", poste)
    assert said == "peripherals not tested: o0421-secours-1 shows no USB device"
