"""When a pharmacy may be disturbed, by its own clock, holidays and garde."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from officefleet.models import Pharmacy
from officefleet.rollout.hours import OpeningTimes

CASES = yaml.safe_load(Path(__file__).with_name("hours.yml").read_text(encoding="utf-8"))
LEAST = dt.timedelta(minutes=30)


def pharmacy(postcode: str, hours: str, garde: Any = ()) -> Pharmacy:
    return Pharmacy.model_validate(
        {
            "id": "officine_0001",
            "name": "Essai",
            "address": {"street": "rue", "postcode": postcode, "city": "Ville"},
            "region": "Essai",
            "opening_hours": hours,
            "garde": [{"start": start, "end": end} for start, end in garde],
            "machines": [
                {
                    "name": "o0001-comptoir-1",
                    "kind": "comptoir",
                    "os": {"family": "debian", "version": "12"},
                    "address": "10.0.0.1",
                }
            ],
        }
    )


def local(value: Any, times: OpeningTimes) -> dt.datetime:
    moment = value if isinstance(value, dt.datetime) else dt.datetime.fromisoformat(value)
    return moment.replace(tzinfo=times.zone)


@pytest.mark.parametrize("case", CASES, ids=[one["why"] for one in CASES])
def test_cases(case: dict[str, Any]) -> None:
    times = OpeningTimes(pharmacy(case["postcode"], case["hours"], case.get("garde", ())))
    found = times.quiet(local(case["at"], times), LEAST)
    if case["from"] is None:
        assert found is None
    else:
        assert found is not None
        assert found.start == local(case["from"], times)
        assert times.is_quiet(local(case["at"], times), LEAST) == (case["from"] == case["at"])


@pytest.mark.parametrize(
    ("postcode", "zone"),
    [
        ("67000", "Europe/Paris"),
        ("97110", "America/Guadeloupe"),
        ("97400", "Indian/Reunion"),
        ("98800", "Pacific/Noumea"),
    ],
)
def test_one_moment_is_not_the_same_everywhere(postcode: str, zone: str) -> None:
    times = OpeningTimes(pharmacy(postcode, "Mo-Su 08:00-20:00"))
    assert times.zone.key == zone
    moment = dt.datetime(2026, 11, 24, 12, 0, tzinfo=dt.UTC)
    hour = moment.astimezone(times.zone).hour
    assert times.is_quiet(moment, LEAST) == (not 8 <= hour < 20)


FIRST = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
MOMENTS = st.integers(0, 2 * 366 * 24 * 60).map(lambda minutes: FIRST + dt.timedelta(minutes=minutes))
HOURS = st.sampled_from(
    [
        "Mo-Fr 08:30-12:30,14:00-19:30; Sa 09:00-12:30; PH off",
        "Mo-Su 07:00-22:00",
        "Fr-Sa 20:00-26:00",
        "off",
        "PH,Su 09:00-12:00",
    ]
)


@given(
    MOMENTS,
    HOURS,
    st.sampled_from(["35500", "67000", "97400", "98714"]),
    st.integers(1, 240),
    st.integers(0, 400),
    st.integers(1, 200),
)
def test_what_is_found_is_quiet_and_garde_never_is(
    moment: dt.datetime, hours: str, postcode: str, minutes: int, begins: int, lasts: int
) -> None:
    start = moment + dt.timedelta(hours=begins / 4)
    garde = (start, start + dt.timedelta(hours=lasts / 4))
    times = OpeningTimes(pharmacy(postcode, hours, [garde]))
    least = dt.timedelta(minutes=minutes)
    found = times.quiet(moment, least)
    assert found is not None
    assert found.start >= moment
    assert times.is_quiet(found.start, least)
    assert found.end is None or found.end - found.start >= least
    assert found.end is None or not times.is_quiet(found.end)
    assert not (found.start < garde[1] and garde[0] < found.start + least)
    assert found.start == moment or not times.is_quiet(found.start - dt.timedelta(minutes=1), least)
