from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest

from officefleet.errors import InventoryError, SelectorError, SourceError
from officefleet.inventory import load_inventory

if TYPE_CHECKING:
    from pathlib import Path

    from .conftest import FleetFolder

HOST = "o0421-comptoir-1"
PHARMACY = "officines/officine_0421"
LAYERS = [  # weakest first: file and text; PLAY is the playbook's folder
    ("hosts.ini", "[all:vars]\nwho=WHO\n"),
    ("regions.ini", "[region_bretagne:vars]\nwho=WHO\n"),
    ("officine.yml", "officine_0421: {vars: {who: WHO}}\n"),
    ("group_vars/all.yml", "who: WHO\n"),
    (f"{PHARMACY}/group_vars/all.yml", "who: WHO\n"),
    ("PLAY/group_vars/all/main.yml", "who: WHO\n"),
    ("group_vars/comptoir.yml", "who: WHO\n"),
    ("group_vars/officine_0421.yml", "who: WHO\n"),
    (f"{PHARMACY}/group_vars/comptoir.yml", "who: WHO\n"),
    ("PLAY/group_vars/comptoir.yml", "who: WHO\n"),
    ("zz.yml", "all: {hosts: {o0421-comptoir-1: {who: WHO}}}\n"),
    (f"host_vars/{HOST}.yml", "who: WHO\n"),
    (f"{PHARMACY}/host_vars/{HOST}/main.yml", "who: WHO\n"),
    (f"PLAY/host_vars/{HOST}.json", '{"who": "WHO"}'),
]


@pytest.mark.parametrize("count", range(1, len(LAYERS) + 1))
def test_each_layer_beats_the_ones_before(fleet: FleetFolder, tmp_path: Path, count: int) -> None:
    play = tmp_path / "play"
    for number, (name, text) in enumerate(LAYERS[:count], start=1):
        fleet.write(name.replace("PLAY", str(play)), text.replace("WHO", f"layer {number}"))
    assert load_inventory([fleet.root]).variables(HOST, play)["who"] == f"layer {count}"


def test_a_pharmacys_own_folders_count_for_its_hosts_only(fleet: FleetFolder) -> None:
    fleet.write("officines/officine_0421/group_vars/comptoir.yml", "mine: true\n")
    inventory = load_inventory([fleet.root])
    assert "mine" in inventory.variables("o0421-comptoir-1")
    assert "mine" not in inventory.variables("o0421-nas-1")
    assert "mine" not in inventory.variables("o0422-comptoir-1")


def test_the_model_says_how_to_reach_a_host(fleet: FleetFolder) -> None:
    text = fleet.file(421).read_text(encoding="utf-8")
    fleet.file(421).write_text(
        text.replace(
            "  address: 10.1.165.10", "  address: 10.1.165.10\n  user: officefleet\n  port: 2222", 1
        ),
        encoding="utf-8",
    )
    found = load_inventory([fleet.root]).variables(HOST)
    assert (found["ansible_host"], found["ansible_port"], found["ansible_user"]) == (
        "10.1.165.10",
        2222,
        "officefleet",
    )
    assert found["ansible_connection"] == "ssh"
    assert found["machine"]["kind"] == "comptoir"
    assert found["officine"]["name"] == "Pharmacie 421"
    assert found["officine"]["machines"] == [
        "o0421-comptoir-1",
        "o0421-comptoir-2",
        "o0421-secours-1",
        "o0421-nas-1",
    ]


def test_what_the_model_only_implies_gives_way_to_group_variables(fleet: FleetFolder) -> None:
    fleet.write("group_vars/all.yml", "ansible_connection: local\nansible_user: all\n")
    found = load_inventory([fleet.root]).variables(HOST)
    assert (found["ansible_connection"], found["ansible_user"]) == ("local", "all")


def test_localhost_needs_no_inventory_and_gets_the_variables_of_all(fleet: FleetFolder) -> None:
    fleet.write("group_vars/all.yml", "site: here\n")
    inventory = load_inventory([fleet.root])
    assert inventory.select("localhost") == ["localhost"]
    assert inventory.variables("localhost") == {
        "site": "here",
        "ansible_connection": "local",
        "ansible_python_interpreter": sys.executable,
    }
    assert inventory.group_names("localhost") == []
    assert "localhost" not in inventory.hosts


def test_a_localhost_that_a_file_defines_is_an_ordinary_host(fleet: FleetFolder) -> None:
    fleet.write("hosts.ini", "localhost ansible_connection=ssh\n")
    inventory = load_inventory([fleet.root])
    assert inventory.variables("localhost")["ansible_connection"] == "ssh"
    assert "localhost" in inventory.select("ungrouped")


def test_variables_of_an_unknown_host_are_an_error(fleet: FleetFolder) -> None:
    inventory = load_inventory([fleet.root])
    with pytest.raises(SelectorError):
        inventory.variables("o0421-comptoir-3")
    with pytest.raises(SelectorError):
        inventory.group_names("o0421-comptoir-3")


@pytest.mark.parametrize(
    ("text", "error"),
    [("- a\n- b\n", InventoryError), ("a: [\n", SourceError), ("a: 1\na: 2\n", SourceError)],
)
def test_a_wrong_variables_file_is_an_error_with_its_place(
    fleet: FleetFolder, text: str, error: type[Exception]
) -> None:
    file = fleet.write("group_vars/comptoir.yml", text)
    with pytest.raises(error) as caught:
        load_inventory([fleet.root]).variables(HOST)
    assert str(file) in str(caught.value)


def test_hosts_and_groups_added_while_a_play_runs(fleet: FleetFolder) -> None:
    fleet.write("group_vars/fresh.yml", "gv: 1\n")
    inventory = load_inventory([fleet.root])
    assert inventory.variables(HOST).get("gv") is None
    assert inventory.add_host("new.example", ["fresh"], {"ansible_host": "192.0.2.4"})
    assert not inventory.add_host("new.example", ["fresh"], {"ansible_host": "192.0.2.4"})
    assert inventory.select("fresh") == ["new.example"]
    assert inventory.group_names("new.example") == ["fresh"]
    assert inventory.variables("new.example")["gv"] == 1
    assert inventory.add_group("os_12", hosts=[HOST], parents=["fresh"], variables={"x": 1})
    assert not inventory.add_group("os_12", hosts=[HOST], parents=["fresh"], variables={"x": 1})
    assert inventory.select("fresh") == ["new.example", HOST]
    assert inventory.variables(HOST)["gv"] == inventory.variables(HOST)["x"] == 1
    assert inventory.add_host("lonely")
    assert inventory.select("ungrouped") == ["lonely"]
    inventory.add_host("lonely", ["fresh"])
    assert inventory.select("ungrouped") == []
    with pytest.raises(SelectorError):
        inventory.add_group("os_12", hosts=["nobody"])
    with pytest.raises(InventoryError, match="already contains"):
        inventory.add_group("fresh", parents=["os_12"])
