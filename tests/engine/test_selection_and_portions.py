"""Which tasks tags take, and how a play's hosts are cut into portions."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from officefleet.engine.portions import ordered, portions
from officefleet.engine.selection import selected
from officefleet.errors import PlaybookError

HOSTS = [f"h{number}" for number in range(10)]


@pytest.mark.parametrize(
    ("tags", "wanted", "unwanted", "runs"),
    [
        ((), (), (), True),
        (("a",), (), (), True),
        (("never",), (), (), False),
        (("never", "a"), ("a",), (), True),
        (("never",), ("all",), (), False),
        (("a",), ("b",), (), False),
        (("always",), ("b",), (), True),
        (("always",), ("b",), ("always",), False),
        ((), ("tagged",), (), False),
        (("a",), ("tagged",), (), True),
        ((), ("untagged",), (), True),
        (("a",), ("untagged",), (), False),
        (("a",), (), ("a",), False),
        (("a", "b"), ("a",), ("b",), False),
        (("a",), (), ("tagged",), False),
        ((), (), ("untagged",), False),
        (("always",), (), ("all",), True),
        (("a",), (), ("all",), False),
    ],
)
def test_tags(
    tags: tuple[str, ...], wanted: tuple[str, ...], unwanted: tuple[str, ...], *, runs: bool
) -> None:
    assert selected(tags, wanted, unwanted) is runs


@pytest.mark.parametrize(
    ("serial", "sizes"),
    [
        ([], [10]),
        ([0], [10]),
        ([3], [3, 3, 3, 1]),
        (["30%"], [3, 3, 3, 1]),
        ([1, 5, "100%"], [1, 5, 4]),
        (["1%"], [1] * 10),
        ([20], [10]),
    ],
)
def test_portions(serial: list[object], sizes: list[int]) -> None:
    assert [len(one) for one in portions(HOSTS, serial)] == sizes


def test_a_size_that_is_none() -> None:
    with pytest.raises(PlaybookError, match="serial"):
        portions(HOSTS, ["many"])


@given(st.lists(st.text(min_size=1), unique=True), st.lists(st.integers(0, 9) | st.just("40%"), max_size=4))
def test_every_host_is_in_one_portion_in_order(hosts: list[str], serial: list[object]) -> None:
    assert [name for one in portions(hosts, serial) for name in one] == hosts


@pytest.mark.parametrize("order", ["inventory", "reverse_inventory", "sorted", "reverse_sorted", "shuffle"])
def test_an_order_loses_nobody(order: str) -> None:
    assert sorted(ordered(HOSTS, order)) == HOSTS
