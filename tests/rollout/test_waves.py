"""Waves and limits: what is parsed, and what holds of every plan."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from officefleet.errors import UsageError
from officefleet.rollout.waves import parse_share, parse_waves, plan_waves, too_many


@st.composite
def spellings(draw: st.DrawFn) -> str:
    counts = sorted(draw(st.sets(st.integers(1, 400), max_size=3)))
    shares = sorted(draw(st.sets(st.integers(1, 99), max_size=3)))
    return ",".join([*map(str, counts), *(f"{one}%" for one in shares), "100%"])


IDS = st.lists(st.integers(0, 9999), unique=True, max_size=300).map(
    lambda numbers: [f"officine_{number:04}" for number in sorted(numbers)]
)


@given(IDS, spellings(), st.data())
def test_every_pharmacy_has_one_turn_and_the_order_is_kept(
    ids: list[str], text: str, data: st.DataObject
) -> None:
    canaries = data.draw(st.lists(st.sampled_from(ids), unique=True) if ids else st.just([]))
    waves = plan_waves(ids, canaries, parse_waves(text))
    turns = [one for wave in waves for one in wave]
    assert sorted(turns) == ids
    assert all(waves)
    assert turns == sorted(canaries) + [one for one in ids if one not in canaries]
    assert waves == plan_waves(ids, list(reversed(canaries)), parse_waves(text))


@given(IDS.filter(bool), spellings(), st.data())
def test_no_wave_reaches_further_than_it_says(ids: list[str], text: str, data: st.DataObject) -> None:
    canaries = data.draw(st.lists(st.sampled_from(ids), unique=True))
    shares = parse_waves(text)
    waves = plan_waves(ids, canaries, shares)
    allowed = {len(canaries), *(min(len(ids), share.of(len(ids))) for share in shares)}
    reached = 0
    for wave in waves:
        reached += len(wave)
        assert reached in allowed
    if canaries:
        assert set(waves[0]) == set(canaries)  # nobody is touched before all canaries have proved it
    else:
        assert len(waves[0]) == min(len(ids), shares[0].of(len(ids)))


@given(st.integers(1, 20_000), st.integers(1, 100), st.data())
def test_a_limit_in_percent(size: int, percent: int, data: st.DataObject) -> None:
    failed = data.draw(st.integers(0, size))
    assert too_many(parse_share(f"{percent}%"), failed, size) == (
        failed > 0 and failed / size >= percent / 100
    )


@given(st.integers(1, 50), st.integers(0, 50))
def test_a_limit_in_pharmacies(limit: int, failed: int) -> None:
    assert too_many(parse_share(str(limit)), failed, 50) == (failed >= limit)


def test_a_small_part_of_a_large_fleet() -> None:
    ids = [f"officine_{number:05}" for number in range(20_000)]
    sizes = [len(wave) for wave in plan_waves(ids, [], parse_waves("1,0.5%,10%,100%"))]
    assert sizes == [1, 99, 1900, 18_000]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "1",
        "100%,100%",
        "1,10",
        "10%,5%,100%",
        "5,2,100%",
        "0,100%",
        "-1,100%",
        "1,,100%",
        "101%",
        "1.5,100%",
    ],
)
def test_what_is_refused(text: str) -> None:
    with pytest.raises(UsageError):
        parse_waves(text)
