"""Who may do what, where."""

from __future__ import annotations

import base64
import datetime as dt
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from officefleet.access.action import Action
from officefleet.access.policy import authorize
from officefleet.errors import AccessError
from officefleet.inventory import load_inventory
from officefleet.models import Grant, OfficinePerson

if TYPE_CHECKING:
    from pathlib import Path

    from officefleet.inventory import Inventory

TODAY = dt.date(2026, 11, 24)


def key(name: str) -> str:
    kind = b"ssh-ed25519"
    raw = len(kind).to_bytes(4, "big") + kind + b"\0\0\0\x20" + name.encode().ljust(32, b".")
    return f"ssh-ed25519 {base64.b64encode(raw).decode()}"


def pharmacy(number: str, groupement: str | None, people: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "id": f"officine_{number}",
        "name": f"Pharmacie {number}",
        "groupement": groupement,
        "address": {"street": "1 rue", "postcode": "35500", "city": "Vitré"},
        "region": "Bretagne",
        "opening_hours": "Mo-Sa 09:00-19:00",
        "people": people,
        "machines": [
            {"name": f"o{number}-comptoir-1", "kind": "comptoir", "os": {"family": "debian", "version": "12"},
             "address": "10.42.21.10", "user": "officefleet"},
        ],
    }  # fmt: skip


@pytest.fixture
def fleet(tmp_path: Path) -> Inventory:
    staff = [{"id": "ines", "name": "Inès", "keys": [key("ines") + " ines@laptop"]}]
    files = {
        "fleet.yml": {
            "name": "Test",
            "groupements": [{"id": "horizon", "name": "H", "people": staff}, {"id": "other", "name": "O"}],
        },
        "officines/officine_0421/pharmacy.yml": pharmacy(
            "0421",
            "horizon",
            [
                {"id": "maelle", "name": "Maëlle", "role": "titulaire", "keys": [key("maelle")]},
                {
                    "id": "yann",
                    "name": "Yann",
                    "role": "collaborator",
                    "keys": [key("yann")],
                    "may": ["swap"],
                },
                {"id": "lea", "name": "Léa", "role": "collaborator", "keys": [key("lea")]},
                {
                    "id": "paul",
                    "name": "Paul",
                    "role": "titulaire",
                    "keys": [key("paul")],
                    "until": "2026-11-23",
                },
            ],
        ),
        "officines/officine_0422/pharmacy.yml": pharmacy("0422", "horizon", []),
        "officines/officine_0423/pharmacy.yml": pharmacy(
            "0423", None, [{"id": "anne", "name": "Anne", "role": "titulaire", "keys": [key("anne")]}]
        ),
        "officines/officine_0424/pharmacy.yml": pharmacy("0424", "other", []),
    }
    for name, data in files.items():
        file = tmp_path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(yaml.safe_dump(data, allow_unicode=True), encoding="utf-8")
    return load_inventory([tmp_path])


ALL = set(Action)
TABLE = {  # person: pharmacy: what they may do there
    "ines": {"0421": ALL, "0422": ALL, "0423": set(), "0424": ALL},
    "maelle": {"0421": ALL - {Action.ROLLOUT}, "0422": set(), "0423": set(), "0424": ALL},
    "yann": {"0421": {Action.LOOK, Action.SWAP}, "0422": set(), "0423": set(), "0424": ALL},
    "lea": {"0421": {Action.LOOK}, "0422": set(), "0423": set(), "0424": ALL},
    "paul": {"0421": set(), "0422": set(), "0423": set(), "0424": ALL},
    "anne": {"0421": set(), "0422": set(), "0423": ALL - {Action.ROLLOUT}, "0424": ALL},
    "nobody": {"0421": set(), "0422": set(), "0423": set(), "0424": ALL},  # 0424 lists nobody
}


@pytest.mark.parametrize("person", TABLE)
@pytest.mark.parametrize("number", ["0421", "0422", "0423", "0424"])
@pytest.mark.parametrize("action", Action)
def test_the_whole_table(fleet: Inventory, person: str, number: str, action: Action) -> None:
    place = f"officine_{number}"
    if action in TABLE[person][number]:
        actor = authorize(fleet, [place], action, lambda: [key(person)], TODAY)
        assert (actor is None) == (number == "0424")
        assert actor is None or (actor.id == person and actor.key.startswith("SHA256:"))
    else:
        with pytest.raises(AccessError):
            authorize(fleet, [place], action, lambda: [key(person)], TODAY)


def test_one_pharmacy_too_many_refuses_all(fleet: Inventory) -> None:
    with pytest.raises(AccessError, match="officine_0422 does not list"):
        authorize(fleet, ["officine_0421", "officine_0422"], Action.SWAP, lambda: [key("maelle")], TODAY)


def test_without_a_key_nothing_listed_is_touched(fleet: Inventory) -> None:
    with pytest.raises(AccessError, match="no SSH key is at hand"):
        authorize(fleet, ["officine_0421"], Action.LOOK, list, TODAY)


def test_keys_are_read_only_where_somebody_is_listed(fleet: Inventory) -> None:
    def unreadable() -> list[str]:
        raise AssertionError("asked for keys")

    assert authorize(fleet, ["officine_0424"], Action.ROLLOUT, unreadable, TODAY) is None


def test_one_of_several_keys_is_enough(fleet: Inventory) -> None:
    actor = authorize(fleet, ["officine_0421"], Action.SWAP, lambda: [key("nobody"), key("yann")], TODAY)
    assert actor is not None
    assert actor.id == "yann"


def test_an_expired_key_is_told_so(fleet: Inventory) -> None:
    with pytest.raises(AccessError, match="paul were valid until 2026-11-23"):
        authorize(fleet, ["officine_0421"], Action.LOOK, lambda: [key("paul")], TODAY)


def test_the_machines_let_in_whoever_may_touch_them(fleet: Inventory) -> None:
    assert fleet.variables("o0421-comptoir-1")["officine_keys"] == [key("ines"), key("maelle"), key("yann")]
    assert fleet.variables("o0422-comptoir-1")["officine_keys"] == [key("ines")]
    assert fleet.variables("o0424-comptoir-1")["officine_keys"] == []
    assert "people" not in fleet.variables("o0421-comptoir-1")["officine"]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"role": "groupement"}, "listed with the groupement"),
        ({"role": "titulaire", "may": ["swap"]}, "leave `may` out"),
        ({"keys": []}, "at least 1"),
        ({"keys": ["-----BEGIN OPENSSH PRIVATE KEY-----"]}, "not the public key"),
        ({"keys": ["ssh-rsa " + key("x").split()[1]]}, "not the public key"),
        ({"may": ["rollout"]}, "Input should be"),
    ],
)
def test_people_who_cannot_be(change: dict[str, Any], said: str) -> None:
    person = {"id": "x", "name": "X", "role": "collaborator", "keys": [key("x")]}
    assert OfficinePerson.model_validate(person | {"may": [Grant.CURE]}).may == (Grant.CURE,)
    with pytest.raises(ValueError, match=said):
        OfficinePerson.model_validate(person | change)
