"""Sums up a vendor's interventions for a negotiation: what was paid, what was promised, what was kept."""

from __future__ import annotations

import datetime as dt
from calendar import isleap
from collections import Counter
from dataclasses import dataclass
from fractions import Fraction
from statistics import median
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from officefleet.continuity.binder.page import Page
    from officefleet.continuity.contracts.interventions import Intervention
    from officefleet.models import Contract, Pharmacy


@dataclass(frozen=True, slots=True)
class Promise:
    """How one promised time was kept.

    Attributes:
        hours: promised; None when the contract says nothing.
        kept, broken: calls; one whose time nobody wrote down counts in neither.
        median_hours: of those with a time; None without any.

    """

    hours: float | None
    kept: int
    broken: int
    median_hours: float | None


@dataclass(frozen=True, slots=True)
class VendorReport:
    """What a vendor cost and did in a time.

    Attributes:
        contract_cents: the contracts' price for the days of the time in which they were in force.
        billed_cents: interventions billed apart.
        minutes: that people of the pharmacies spent on the calls.
        open: calls that were not repaired when the time ended.
        again: (symptom, count) of what was called for more than once, most often first.
        notice_by: last day on which a contract that ends can be given notice, with its pharmacy.

    """

    vendor: str
    pharmacies: int
    calls: int
    on_site: int
    contract_cents: int
    billed_cents: int
    minutes: int
    open: int
    response: Promise
    repair: Promise
    again: tuple[tuple[str, int], ...]
    notice_by: tuple[tuple[dt.date, str], ...]


def report(
    interventions: Sequence[Intervention],
    pages: Mapping[str, Page],
    pharmacies: Sequence[Pharmacy],
    since: dt.date,
    until: dt.date,
) -> list[VendorReport]:
    """Return one report a vendor, the dearest first.

    Args:
        interventions: of the time.
        pages: the binder's incidents of the time, by id.
        pharmacies: whose contracts count.
        since: first day.
        until: last day.

    """
    contracts = [(one, place.id) for place in pharmacies for one in place.contracts]
    vendors = {one.vendor for one in interventions} | {
        one.vendor for one, _place in contracts if _days(one, since, until) > 0
    }
    found = [
        _of_vendor(
            vendor,
            [one for one in interventions if one.vendor == vendor],
            [(one, place) for one, place in contracts if one.vendor == vendor],
            pages,
            (since, until),
        )
        for vendor in sorted(vendors)
    ]
    return sorted(found, key=lambda one: -(one.contract_cents + one.billed_cents))


def cured_alone(pages: Iterable[Page], interventions: Iterable[Intervention]) -> int:
    """Return how many incidents a pharmacy's own cure ended, without a call to anybody."""
    called_for = {one.incident for one in interventions}
    return sum(
        page.id not in called_for and page.closed is not None and bool(page.remedy or page.playbook)
        for page in pages
    )


def _of_vendor(
    vendor: str,
    calls: Sequence[Intervention],
    contracts: Sequence[tuple[Contract, str]],
    pages: Mapping[str, Page],
    time: tuple[dt.date, dt.date],
) -> VendorReport:
    since, until = time
    in_force = [(one, place) for one, place in contracts if _days(one, since, until) > 0]
    called_for = {one.incident for one in calls if one.incident}
    return VendorReport(
        vendor=vendor,
        pharmacies=len({place for _one, place in in_force} | {one.pharmacy for one in calls}),
        calls=len(calls),
        on_site=sum(one.on_site for one in calls),
        contract_cents=round(
            sum(Fraction(one.euros_a_year) * 100 * _years(one, since, until) for one, _place in in_force)
        ),
        billed_cents=sum(one.cents for one in calls),
        minutes=sum(one.minutes for one in calls),
        open=sum(one.repaired is None for one in calls),
        response=_promise(
            calls, contracts, lambda one: one.responds_within, lambda one: one.hours_to_response
        ),
        repair=_promise(calls, contracts, lambda one: one.repairs_within, lambda one: one.hours_to_repair),
        again=_again(pages[name].symptom for name in called_for if name in pages),
        notice_by=tuple(
            sorted(
                (one.until - dt.timedelta(days=one.notice_days), place)
                for one, place in in_force
                if one.until is not None
            )
        ),
    )


def _promise(
    calls: Iterable[Intervention],
    contracts: Sequence[tuple[Contract, str]],
    promised: Callable[[Contract], float | None],
    took: Callable[[Intervention], float | None],
) -> Promise:
    """Judge each call by the strictest contract that its pharmacy had with the vendor on its day."""
    kept = broken = 0
    limits: list[float] = []
    times: list[float] = []
    for call in calls:
        hours = took(call)
        if hours is not None:
            times.append(hours)
        valid = [
            limit
            for one, place in contracts
            if place == call.pharmacy
            and _days(one, call.called.date(), call.called.date())
            and (limit := promised(one)) is not None
        ]
        if not valid or hours is None:
            continue
        limits.append(min(valid))
        kept += hours <= min(valid)
        broken += hours > min(valid)
    said = [limit for one, _place in contracts if (limit := promised(one)) is not None]
    return Promise(
        min(limits or said) if limits or said else None, kept, broken, median(times) if times else None
    )


def _again(symptoms: Iterable[str]) -> tuple[tuple[str, int], ...]:
    counted = Counter(symptoms)
    return tuple((text, count) for text, count in counted.most_common() if count > 1)


def _years(contract: Contract, since: dt.date, until: dt.date) -> Fraction:
    """Return for how many years of a time a contract was in force; a calendar year is one, leap or not."""
    return sum(
        (
            Fraction(
                _days(contract, max(since, dt.date(year, 1, 1)), min(until, dt.date(year, 12, 31))),
                365 + isleap(year),
            )
            for year in range(since.year, until.year + 1)
        ),
        Fraction(0),
    )


def _days(contract: Contract, since: dt.date, until: dt.date) -> int:
    """Return on how many days of a time a contract was in force."""
    first = max(contract.since, since)
    last = until if contract.until is None else min(contract.until, until)
    return max(0, (last - first).days + 1)
