"""``officefleet contract``: what vendors were called for, and what to bring to a negotiation."""

from __future__ import annotations

import datetime as dt
import sys
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Annotated
from zoneinfo import ZoneInfo

from cyclopts import App, Parameter

from officefleet.cli._continuity import AsJson, Sources, load, open_binder, open_interventions
from officefleet.cli.moments import day, moment
from officefleet.errors import ExitCode, UsageError
from officefleet.i18n import _

if TYPE_CHECKING:
    from collections.abc import Mapping

    from officefleet.continuity.binder.page import Page

command = App(
    name="contract", help="Vendors: every call with its cost and time, and whether promises were kept."
)

Text = str | None
Moment = Annotated[Text, Parameter(help="2026-11-24T14:30, in the pharmacy's time.")]
Day = Annotated[Text, Parameter(help="2026-11-24.")]


@command.command
def record(
    vendor: str,
    *,
    called: Moment,
    pharmacy: Text = None,
    incident: Text = None,
    responded: Moment = None,
    repaired: Moment = None,
    minutes: int = 0,
    euros: str = "0",
    on_site: Annotated[bool, Parameter(negative="")] = False,
    note: str = "",
    inventory: Sources = None,
) -> int:
    """Write down a call to a vendor; the same vendor and time of call once more corrects it.

    Args:
        vendor: Short name, as the pharmacy's contracts have it.
        called: When the vendor was called.
        pharmacy: The pharmacy, when no incident is named.
        incident: The incident that it was about, or the beginning of its id.
        responded: When somebody answered.
        repaired: When it worked again.
        minutes: That people of the pharmacy spent on it.
        euros: Billed apart from the contract.
        on_site: Somebody came.
        note: Anything else.
        inventory: Sources.

    """
    from officefleet.continuity.contracts.interventions import Intervention, cents  # noqa: PLC0415  only here

    page = _incident(incident)
    place = pharmacy or (page.pharmacy if page else None)
    if place is None:
        raise UsageError(
            _("no incident and no pharmacy is named"),
            hint=_("name one with --incident or --pharmacy"),
        )
    zone = ZoneInfo(load(inventory, place).pharmacy(place).timezone)
    if minutes < 0:
        raise UsageError(_("--minutes must not be below 0"))
    when = moment(called or "", zone)
    one = Intervention(
        id=f"c{when.astimezone(dt.UTC):%Y%m%d-%H%M}-{place.removeprefix('officine_')}-{_vendor(vendor)}",
        pharmacy=place,
        vendor=vendor,
        called=when,
        incident=page.id if page else "",
        responded=moment(responded, zone) if responded else None,
        repaired=moment(repaired, zone) if repaired else None,
        minutes=minutes,
        cents=cents(_amount(euros)),
        on_site=on_site,
        note=note,
    )
    with open_interventions() as calls:
        calls.record(one)
    sys.stdout.write(_("Call {id}").format(id=one.id) + "\n")
    return ExitCode.OK


@command.command
def report(
    pattern: str = "all",
    *,
    vendor: str = "",
    since: Day = None,
    until: Day = None,
    as_json: AsJson = False,
    inventory: Sources = None,
) -> int:
    """Sum up a year, or another time, for a negotiation: cost, calls, promises kept and broken, what came again.

    Args:
        pattern: Pharmacies.
        vendor: Only this one.
        since: First day; that of a whole year by default.
        until: Last day; today by default.
        as_json: JSON instead of text.
        inventory: Sources.

    """
    from officefleet.cli._contract_report import as_data, draw  # noqa: PLC0415  only here
    from officefleet.continuity.contracts import report as reports  # noqa: PLC0415  only here

    last = day(until) if until else dt.datetime.now().astimezone().date()
    first = day(since) if since else _a_year_before(last)
    if first > last:
        raise UsageError(_("--since lies after --until"))
    fleet = load(inventory, pattern)
    places = sorted({place for host in fleet.select(pattern) if (place := fleet.pharmacy_of(host))})
    with open_interventions() as calls:
        found = calls.find(since=first, until=last, vendor=vendor, pharmacies=places)
    pages = _pages(places, first, last)
    vendors = reports.report(found, pages, [fleet.pharmacy(place) for place in places], first, last)
    shown = [one for one in vendors if vendor in ("", one.vendor)]
    alone = reports.cured_alone(pages.values(), found)
    if as_json:
        sys.stdout.write(as_data(shown, alone, first, last))
    else:
        sys.stdout.write(draw(shown, alone, first, last))
    return ExitCode.OK


def _a_year_before(last: dt.date) -> dt.date:
    """Return the first day of the year that ends on a day."""
    following = last + dt.timedelta(days=1)
    if (following.month, following.day) == (2, 29):
        return dt.date(following.year - 1, 3, 1)
    return following.replace(year=following.year - 1)


def _incident(name: Text) -> Page | None:
    if name is None:
        return None
    with open_binder() as (binder, _cures):
        return binder.get(name)


def _pages(places: list[str], since: dt.date, until: dt.date) -> Mapping[str, Page]:
    with open_binder() as (binder, _cures):
        return {page.id: page for page in binder.opened(places, since, until)}


def _amount(text: str) -> Decimal:
    try:
        found = Decimal(text.replace(",", ".").removesuffix("€").strip())
    except InvalidOperation:
        found = Decimal("NaN")
    if not found.is_finite():
        raise UsageError(
            _("{amount} is not an amount in euros").format(amount=text), hint=_("for example 180 or 89.90")
        )
    return found


def _vendor(name: str) -> str:
    from officefleet.models.base import slugify  # noqa: PLC0415  loads pydantic

    found = slugify(name)
    if not found or found != name.replace("-", "_"):
        raise UsageError(
            _("{name!r} is no short name").format(name=name),
            hint=_("lower-case letters, digits, - and _; did you mean {name}?").format(
                name=found or "equasens"
            ),
        )
    return name
