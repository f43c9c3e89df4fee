"""What a vendor cost, and which promises were kept."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest

from officefleet.continuity.binder.page import Page
from officefleet.continuity.contracts.interventions import Intervention, Interventions, cents
from officefleet.continuity.contracts.report import cured_alone, report
from officefleet.continuity.database import open_store
from officefleet.errors import ContinuityError
from officefleet.models import Contract, Pharmacy

PARIS = dt.timezone(dt.timedelta(hours=1))
MORNING = dt.datetime(2026, 3, 2, 9, 0, tzinfo=PARIS)
YEAR = (dt.date(2026, 1, 1), dt.date(2026, 12, 31))


def call(number=1, *, answered=None, repaired=None, **more):
    def after(hours):
        return None if hours is None else MORNING + dt.timedelta(hours=hours)

    return Intervention(
        **{
            "id": f"c{number}", "pharmacy": "officine_0421", "vendor": "equasens", "called": MORNING,
            "responded": after(answered), "repaired": after(repaired), **more,
        }
    )  # fmt: skip


def pharmacy(*contracts):
    return Pharmacy.model_validate(
        {
            "id": "officine_0421",
            "name": "Pharmacie du Marché",
            "address": {"street": "4 place du Marché", "postcode": "35500", "city": "Vitré"},
            "region": "Bretagne",
            "opening_hours": "Mo-Sa 09:00-19:00",
            "contracts": contracts,
            "machines": [{"name": "o0421-comptoir-1", "kind": "comptoir", "os": {"family": "debian", "version": "12"},
                          "address": "10.42.21.10"}],
        }
    )  # fmt: skip


def contract(**more):
    return {"vendor": "equasens", "covers": ["LGO"], "euros_a_year": "1200", "responds_within": 4,
            "repairs_within": 24, "since": "2024-01-01", **more}  # fmt: skip


def page(name, symptom="Étiquettes vides", **more):
    return Page(id=name, pharmacy="officine_0421", opened=MORNING, symptom=symptom, **more)


def test_a_year_of_a_vendor():
    calls = [
        call(1, answered=2, repaired=30, cents=18000, minutes=90, on_site=True, incident="i1"),
        call(2, answered=5, repaired=6, minutes=30, incident="i2"),
        call(3, incident="i3"),
    ]
    pages = {"i1": page("i1"), "i2": page("i2"), "i3": page("i3", "Lecteur muet")}

    [one] = report(calls, pages, [pharmacy(contract())], *YEAR)

    assert (one.calls, one.on_site, one.open, one.minutes, one.billed_cents) == (3, 1, 1, 120, 18000)
    assert one.contract_cents == 120000
    assert (one.response.kept, one.response.broken, one.response.median_hours) == (1, 1, 3.5)
    assert (one.repair.kept, one.repair.broken, one.repair.hours) == (1, 1, 24)
    assert one.again == (("Étiquettes vides", 2),)


@pytest.mark.parametrize(
    ("since", "until", "days"),
    [
        ("2024-01-01", None, 365),
        ("2026-12-31", None, 1),
        ("2024-01-01", "2026-01-10", 10),
        ("2024-01-01", "2025-12-31", 0),
        ("2027-01-01", None, 0),
    ],
)
def test_a_contract_costs_for_the_days_in_which_it_is_in_force(since, until, days):
    found = report([], {}, [pharmacy(contract(since=since, until=until))], *YEAR)

    assert sum(one.contract_cents for one in found) == round(120000 * days / 365)
    assert len(found) == (days > 0)


@pytest.mark.parametrize(
    ("since", "until", "cents"),
    [
        ((2028, 1, 1), (2028, 12, 31), 120000),
        ((2027, 1, 1), (2029, 12, 31), 360000),
        ((2028, 2, 29), (2028, 2, 29), 328),
    ],
    ids=str,
)
def test_a_leap_year_costs_what_any_year_does(since, until, cents):
    [found] = report([], {}, [pharmacy(contract())], dt.date(*since), dt.date(*until))
    assert found.contract_cents == cents


def test_a_call_is_judged_by_the_contract_of_its_day_and_pharmacy():
    old, new = contract(until="2026-02-28", repairs_within=2), contract(since="2026-03-01", repairs_within=8)
    calls = [call(1, answered=1, repaired=3), call(2, answered=1, repaired=3, pharmacy="officine_0999")]

    [one] = report(calls, {}, [pharmacy(old, new)], *YEAR)

    assert (one.repair.kept, one.repair.broken) == (1, 0)
    assert one.pharmacies == 2


def test_the_last_day_for_notice_is_told():
    [one] = report([], {}, [pharmacy(contract(until="2026-12-31", notice_days=90))], *YEAR)

    assert one.notice_by == ((dt.date(2026, 10, 2), "officine_0421"),)


def test_what_was_cured_alone():
    pages = [page("i1", closed=MORNING, remedy="câble"), page("i2", closed=MORNING, remedy="x"), page("i3")]

    assert cured_alone(pages, [call(incident="i2")]) == 1


@pytest.mark.parametrize(
    ("times", "said"),
    [
        ({"answered": -1}, "answered after it is made"),
        ({"answered": 3, "repaired": 2}, "answered after it is made"),
        ({"called": dt.datetime.now(tz=dt.UTC) + dt.timedelta(days=3)}, "in the future"),
    ],
)
def test_times_that_cannot_be_are_refused(tmp_path, times, said):
    store = open_store(tmp_path / "c.sqlite")
    calls = Interventions(store)

    with pytest.raises(ContinuityError, match=said):
        calls.record(call(**times))

    assert calls.find() == []
    store.close()


def test_a_call_is_kept_corrected_and_found(tmp_path):
    store = open_store(tmp_path / "c.sqlite")
    calls = Interventions(store)
    calls.record(call(1))
    calls.record(call(1, answered=1, repaired=2, cents=4200, note="carte mère"))
    calls.record(call(2, vendor="other", pharmacy="officine_0999"))

    assert calls.find(vendor="equasens") == [call(1, answered=1, repaired=2, cents=4200, note="carte mère")]
    assert [one.id for one in calls.find(pharmacies=["officine_0999"])] == ["c2"]
    assert calls.find(since=dt.date(2026, 3, 3)) == calls.find(until=dt.date(2026, 3, 1)) == []
    store.close()


@pytest.mark.parametrize(("amount", "whole"), [("180", 18000), ("89.90", 8990), ("0", 0)])
def test_amounts(amount, whole):
    assert cents(Decimal(amount)) == whole


@pytest.mark.parametrize("amount", ["-1", "1.005"])
def test_amounts_that_are_none(amount):
    with pytest.raises(ContinuityError, match="not an amount"):
        cents(Decimal(amount))


def test_a_contract_ends_after_it_begins():
    with pytest.raises(ValueError, match="ends before it begins"):
        Contract.model_validate(contract(until="2023-01-01"))
