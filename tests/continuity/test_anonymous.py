from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from officefleet.continuity.binder.anonymous import anonymous, private_words
from officefleet.inventory import load_inventory

CASES = yaml.safe_load((Path(__file__).parent / "anonymous.yaml").read_text(encoding="utf-8"))
INVENTORY = Path(__file__).parents[2] / "inventory"


@pytest.mark.parametrize("case", CASES, ids=[case["text"][:40] for case in CASES])
def test_what_may_be_shared(case):
    assert anonymous(case["text"], {"Pharmacie du Marché"}) == case["result"]


def test_the_inventory_names_what_must_stay():
    words = private_words(load_inventory([INVENTORY]))

    assert {
        "Pharmacie du Marché",
        "Maëlle",
        "Goff",
        "Vitré",
        "4 place du Marché",
        "+33 2 99 00 04 21",
    } <= words
    assert "Le" not in words


@given(
    st.text(max_size=200),
    st.sampled_from(["0299000421", "Maëlle", "maelle", "o0421-comptoir-1", "10.42.21.13"]),
)
def test_what_is_private_never_gets_through(text, secret):
    assert secret not in anonymous(f"{text} {secret} {text}", {"Maëlle"})
