from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from officefleet.errors import SelectorError
from officefleet.inventory import load_inventory, needed_pharmacies

if TYPE_CHECKING:
    from pathlib import Path

    from .conftest import FleetFolder


@pytest.mark.parametrize(
    ("pattern", "hosts"),
    [
        ("officine_0421:&comptoir:!secours", ["o0421-comptoir-1", "o0421-comptoir-2"]),
        ("officine_0421", ["o0421-comptoir-1", "o0421-comptoir-2", "o0421-secours-1", "o0421-nas-1"]),
        ("nas", ["o0421-nas-1", "o0422-nas-1"]),
        ("o0422-nas-1,o0421-nas-1", ["o0422-nas-1", "o0421-nas-1"]),
        ("region_grand_est:&secours", ["o0422-secours-1"]),
        ("groupement_horizon_sante:&nas[1]", ["o0422-nas-1"]),
        ("comptoir[1:2]", ["o0421-comptoir-2", "o0422-comptoir-1"]),
        ("windows", []),
        ("*-nas-*:!officine_0421", ["o0422-nas-1"]),
        ("~o042[12]-secours", ["o0421-secours-1", "o0422-secours-1"]),
        ("nothing*", []),
    ],
)
def test_selectors(fleet: FleetFolder, pattern: str, hosts: list[str]) -> None:
    assert load_inventory([fleet.root]).select(pattern) == hosts


def test_a_limit_keeps_the_patterns_order(fleet: FleetFolder) -> None:
    inventory = load_inventory([fleet.root])
    assert inventory.select("nas:secours", "officine_0422") == ["o0422-nas-1", "o0422-secours-1"]
    assert inventory.select("all", "!comptoir:!nas") == ["o0421-secours-1", "o0422-secours-1"]


def test_a_limit_file_lists_hosts_and_patterns(fleet: FleetFolder, tmp_path: Path) -> None:
    retry = tmp_path / "play.retry"
    retry.write_text("o0422-nas-1\n\n# later\nofficine_0421\n", encoding="utf-8")
    inventory = load_inventory([fleet.root])
    assert inventory.select("nas", f"@{retry}") == ["o0421-nas-1", "o0422-nas-1"]
    assert inventory.select("nas", f"@{retry}:!officine_0421") == ["o0422-nas-1"]
    with pytest.raises(SelectorError, match="cannot read the limit file"):
        inventory.select("nas", f"@{tmp_path / 'missing'}")


@pytest.mark.parametrize(
    ("pattern", "hint"),
    [
        ("comptoirs", "'comptoir'"),
        ("oficine_0421", "'officine_0421'"),
        ("all:!secour", "'secours'"),
        ("o0421-comptoir-9", "'o0421-comptoir-"),
        ("region_bretange", "'region_bretagne'"),
        ("zzzzzz", "inventory graph"),
    ],
)
def test_an_unknown_name_is_an_error_with_the_nearest(fleet: FleetFolder, pattern: str, hint: str) -> None:
    with pytest.raises(SelectorError) as caught:
        load_inventory([fleet.root]).select(pattern)
    assert hint in caught.value.hint


@pytest.mark.parametrize("pattern", ["nas[7]", "nas[-3]", "~(", "all:!", "&"])
def test_malformed_patterns_are_errors(fleet: FleetFolder, pattern: str) -> None:
    with pytest.raises(SelectorError):
        load_inventory([fleet.root]).select(pattern)


@pytest.mark.parametrize(
    ("pattern", "limit", "needed"),
    [
        ("officine_0421", None, {"officine_0421"}),
        ("officine_0421:officine_0422", None, {"officine_0421", "officine_0422"}),
        ("o0421-nas-1", None, {"officine_0421"}),
        ("officine_0421:&comptoir:!secours", None, {"officine_0421"}),
        ("comptoir:&officine_0421", None, {"officine_0421"}),
        ("comptoir", "officine_0421", {"officine_0421"}),
        ("officine_0421:officine_0422", "o0422-nas-1", {"officine_0421", "officine_0422"}),
        ("officine_0421[0]", None, {"officine_0421"}),
        ("localhost", None, set()),
        ("comptoir", None, None),
        ("all", None, None),
        ("!officine_0421", None, None),
        ("officine_042*", None, None),
        ("~officine_0421", None, None),
        ("officine_0421:nas", None, None),
        ("comptoir[0]", "officine_0421", None),
        ("officine_0421:!nas[0]", None, None),
    ],
)
def test_what_a_pattern_needs(pattern: str, limit: str | None, needed: set[str] | None) -> None:
    found = needed_pharmacies(pattern, limit)
    assert (None if found is None else set(found)) == needed


@pytest.mark.parametrize(
    ("pattern", "limit"),
    [
        ("officine_0421:&comptoir:!secours", None),
        ("comptoir:&officine_0422", None),
        ("nas", "officine_0422"),
        ("region_bretagne:&officine_0421", None),
        ("pilot:&officine_0421", None),
        ("o0421-nas-1:o0422-nas-1", None),
        ("officine_0421[1:2]", None),
    ],
)
def test_reading_only_what_is_needed_changes_no_answer(
    fleet: FleetFolder, pattern: str, limit: str | None
) -> None:
    fleet.write("pilot.ini", "[pilot]\no0422-nas-1\no0421-nas-1 late=1\n[pilot:children]\nregion_grand_est\n")
    needed = needed_pharmacies(pattern, limit)
    assert needed is not None
    part, whole = load_inventory([fleet.root], only=needed), load_inventory([fleet.root])
    assert part.select(pattern, limit) == whole.select(pattern, limit) != []
    for host in part.select(pattern, limit):
        assert part.variables(host) == whole.variables(host)
        assert part.group_names(host) == whole.group_names(host)


def test_a_name_in_a_large_fleet_is_still_suggested_in_time(fleet: FleetFolder) -> None:
    inventory = load_inventory([fleet.root])
    for number in range(3000):
        inventory.add_host(f"machine-{number}", ["many"])
    with pytest.raises(SelectorError) as caught:
        inventory.select("o0421-nas-2")
    assert "o0421-nas-1" in caught.value.hint
