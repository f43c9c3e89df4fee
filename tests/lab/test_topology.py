import json
from pathlib import Path

import pytest

from officefleet.errors import LabError, SelectorError
from officefleet.inventory import load_inventory
from officefleet.lab.topology import Topology, choose, plan

INVENTORY = Path(__file__).parents[2] / "inventory"


@pytest.fixture(scope="module")
def pharmacies():
    return list(load_inventory([INVENTORY]).pharmacies())


def changed(pharmacy, **machine):
    machines = [one.model_copy(update=machine) for one in pharmacy.machines]
    return pharmacy.model_copy(update={"machines": tuple(machines)})


def test_hosts_have_the_inventorys_names_and_addresses(pharmacies):
    topology = plan(pharmacies)

    for pharmacy in pharmacies:
        for machine in pharmacy.machines:
            assert topology.hosts[machine.name].address == str(machine.address)


def test_sites_have_lans_and_links_of_their_own(pharmacies):
    first, second = plan(pharmacies).sites[:2]

    assert (first.lan, first.router) == ("10.42.21.0/24", "10.42.21.254")
    assert len({first.wan_siege, first.wan_site, second.wan_siege, second.wan_site}) == 4


def test_the_router_gives_way_to_a_machine(pharmacies):
    moved = pharmacies[0].model_copy(
        update={"machines": (pharmacies[0].machines[0].model_copy(update={"address": "10.42.21.254"}),)}
    )

    assert plan([moved]).sites[0].router == "10.42.21.253"


def test_survives_json(pharmacies):
    topology = plan(pharmacies)

    assert Topology.from_json(json.loads(json.dumps(topology.to_json()))) == topology


def test_two_pharmacies_on_one_lan_are_refused(pharmacies):
    with pytest.raises(LabError, match=r"both use 10\.42\.21\.0/24"):
        plan([pharmacies[0], pharmacies[0]])


def test_windows_machines_are_left_out_by_name(pharmacies):
    windows = pharmacies[0].machines[0].os.model_copy(update={"family": "windows"})
    mixed = [pharmacies[0].machines[0].model_copy(update={"os": windows}), *pharmacies[0].machines[1:]]

    site = plan([pharmacies[0].model_copy(update={"machines": tuple(mixed)})]).sites[0]

    assert site.left_out == (mixed[0].name,)
    with pytest.raises(LabError, match="No machine"):
        plan([changed(pharmacies[0], os=windows)])


def test_only_the_named_pharmacies_are_laid_out():
    assert [site.id for site in choose([INVENTORY], ["officine_0422"]).sites] == ["officine_0422"]
    with pytest.raises(SelectorError):
        choose([INVENTORY], ["officine_9999"])
