"""What is written down of rebuilds, and what is asked of the restore."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from officefleet.continuity.database import open_store
from officefleet.continuity.rebuild.journal import RebuildJournal, RebuildState
from officefleet.continuity.rebuild.order import Order
from officefleet.continuity.rebuild.persona import Persona
from officefleet.continuity.rebuild.steps import arguments
from officefleet.continuity.steplog import StepState
from officefleet.errors import ContinuityError
from officefleet.images.faults import TargetError
from officefleet.images.identify import read_identity
from officefleet.images.rescue_main import _parser
from officefleet.transports.base import Endpoint

ORDER = Order(store="http://nas:8421", image="poste", version=3, system="linux", root=2, needed=10, sector=512,
              partitions=("a",), preserved=("data",))  # fmt: skip
ORDERS = st.builds(
    Order, store=st.just("http://nas"), image=st.from_regex(r"[a-z][a-z0-9.-]{0,20}", fullmatch=True),
    version=st.integers(1, 10**6), system=st.sampled_from(["linux", "other"]), root=st.integers(0, 9),
    needed=st.integers(1, 2**60), sector=st.sampled_from([512, 4096]), partitions=st.lists(st.text()).map(tuple),
    preserved=st.lists(st.text()).map(tuple), disk=st.just("/dev/sda"), initialise_preserved=st.booleans(),
    allow_older=st.booleans(), allow_expired=st.booleans(),
)  # fmt: skip


@pytest.fixture
def journal(tmp_path):
    store = open_store(tmp_path / "continuity.sqlite")
    yield RebuildJournal(store)
    store.close()


def test_one_rebuild_a_poste(journal) -> None:
    first = journal.open("officine_0421", "o0421-comptoir-1", ORDER)
    with pytest.raises(ContinuityError, match=rf"by {first.user} on {first.controller} since \d{{4}}"):
        journal.open("officine_0421", "o0421-comptoir-1", ORDER)
    journal.open("officine_0421", "o0421-comptoir-2", ORDER)
    journal.move(first, RebuildState.DONE)
    assert journal.last("o0421-comptoir-1").finished is not None
    assert journal.open("officine_0421", "o0421-comptoir-1", ORDER).order == ORDER


def test_steps_are_written_down(journal) -> None:
    one = journal.open("officine_0421", "o0421-comptoir-1", ORDER)
    journal.begin(one, "restore")
    journal.end(one, "restore", StepState.DONE, "12 MB")
    journal.begin(one, "restart")
    assert {name: step.state for name, step in journal.steps(one).items()} == {
        "restore": StepState.DONE, "restart": StepState.BEGUN,
    }  # fmt: skip
    assert journal.steps(one)["restore"].note == "12 MB"


@given(ORDERS)
def test_an_order_is_what_it_was(order) -> None:
    assert Order.from_json(order.to_json()) == order


@given(ORDERS)
def test_the_restore_understands_what_it_is_asked(order) -> None:
    options = _parser().parse_args(arguments(order, "/dev/sda"))
    assert (options.store, options.image, options.version) == (order.store, order.image, order.version)
    assert (options.identity is not None) == bool(order.root)
    assert options.initialise_preserved == order.initialise_preserved


def test_an_identity_is_made_once_and_for_its_owner_only(tmp_path) -> None:
    place = Endpoint(host="o0421-comptoir-1", kind="ssh", address="10.42.21.10", user="officefleet")
    variables = {
        "rebuild_authorized_keys": ["ssh-ed25519 AAAA one"],
        "rebuild_network": {"address": "10.42.21.10/24", "gateway": "10.42.21.254", "dns": ["10.42.21.254"]},
    }
    folder = tmp_path / "one"
    made = Persona(folder).get("linux", "o0421-comptoir-1", variables, place)
    assert Persona(folder).get("linux", "o0421-comptoir-1", {}, place) == made
    assert (folder / "identity.json").stat().st_mode & 0o077 == 0
    assert folder.stat().st_mode & 0o077 == 0
    identity = read_identity(made.text)
    assert identity.authorized_keys == {"officefleet": "ssh-ed25519 AAAA one"}
    network = identity.networks["20-officefleet.network"]
    assert "Address=10.42.21.10/24\nGateway=10.42.21.254\nDNS=10.42.21.254\n" in network
    assert identity.host_key_public == made.host_key_public
    assert "PRIVATE" not in repr(made)
    evil = {**variables, "rebuild_network": {"address": "1\nEvil=yes"}}
    with pytest.raises(ContinuityError, match="is no address"):
        Persona(tmp_path / "two").get("linux", "x", evil, place)
    with pytest.raises(ContinuityError, match="no public key is known"):
        Persona(tmp_path / "three").get("linux", "x", {}, place)


def test_a_windows_poste_gets_one_of_its_own_form(tmp_path) -> None:
    place = Endpoint(host="o0421-comptoir-1", kind="ssh", address="10.42.21.10", user="officefleet")
    variables = {"rebuild_authorized_keys": ["ssh-ed25519 AAAA one"], "computer_name": "O0421-C1"}
    made = Persona(tmp_path / "one").get("windows", "o0421-comptoir-1", variables, place)
    identity = read_identity(made.text)
    assert (identity.hostname, identity.account) == ("O0421-C1", "officefleet")
    assert "<ComputerName>O0421-C1</ComputerName>" in identity.answer_file
    assert identity.host_key_public == made.host_key_public
    shortened = Persona(tmp_path / "two").get(
        "windows", "o0421-comptoir-1", {**variables, "computer_name": ""}, place
    )
    assert len(read_identity(shortened.text).hostname) <= 15
    with pytest.raises(TargetError, match="cannot be the name of a Windows machine"):
        Persona(tmp_path / "three").get(
            "windows", "o0421-comptoir-1", {**variables, "computer_name": "not a name"}, place
        )
