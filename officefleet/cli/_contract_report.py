"""Draws what `officefleet contract report` prints."""

from __future__ import annotations

import json
from dataclasses import asdict
from decimal import Decimal
from typing import TYPE_CHECKING

from officefleet.i18n import _, language, ngettext

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Sequence

    from officefleet.continuity.contracts.report import Promise, VendorReport


def draw(vendors: Sequence[VendorReport], alone: int, since: dt.date, until: dt.date) -> str:
    """Return the report as text, a paragraph a vendor."""
    lines = [_("Vendors from {since} to {until}").format(since=since, until=until)]
    if not vendors:
        lines += ["", _("no contract and no call")]
    for one in vendors:
        lines += ["", *_vendor(one)]
    lines += [
        "",
        ngettext(
            "{count} incident ended without a call to anybody",
            "{count} incidents ended without a call to anybody",
            alone,
        ).format(count=alone),
    ]
    return "\n".join(lines) + "\n"


def as_data(vendors: Sequence[VendorReport], alone: int, since: dt.date, until: dt.date) -> str:
    """Return the report as JSON; amounts in cents."""
    whole = {
        "since": since.isoformat(),
        "until": until.isoformat(),
        "vendors": [asdict(one) for one in vendors],
        "cured_alone": alone,
    }
    return json.dumps(whole, ensure_ascii=False, indent=2, default=str) + "\n"


def _vendor(one: VendorReport) -> list[str]:
    total = one.contract_cents + one.billed_cents
    rows = [
        (_("paid"), _("{total} (contract {contract}, billed apart {apart})").format(
            total=_euros(total), contract=_euros(one.contract_cents), apart=_euros(one.billed_cents))),
        (_("calls"), _("{count}, of which on site {on_site}, still open {open}").format(
            count=one.calls, on_site=one.on_site, open=one.open)),
        (_("own time"), _("{hours:.1f} h").format(hours=one.minutes / 60)),
        (_("answered"), _promise(one.response)),
        (_("repaired"), _promise(one.repair)),
    ]  # fmt: skip
    if one.calls:
        rows.insert(2, (_("a call"), _euros(round(total / one.calls))))
    rows += [(_("again"), f"{count} x {text}") for text, count in one.again]
    rows += [
        (_("notice"), _("by {day} at {place}").format(day=day, place=place)) for day, place in one.notice_by
    ]
    head = ngettext("{count} pharmacy", "{count} pharmacies", one.pharmacies).format(count=one.pharmacies)
    width = max(len(name) for name, _text in rows)
    return [f"{one.vendor} ({head})", *(f"  {name:<{width}}  {text}" for name, text in rows)]


def _promise(one: Promise) -> str:
    took = "-" if one.median_hours is None else _("{hours:.1f} h (median)").format(hours=one.median_hours)
    if one.hours is None:
        return took + ", " + _("nothing promised")
    return (
        took
        + ", "
        + _("promised {hours:g} h: kept {kept}, broken {broken}").format(
            hours=one.hours, kept=one.kept, broken=one.broken
        )
    )


def _euros(cents: int) -> str:
    from babel.numbers import format_currency  # noqa: PLC0415  slow to import, and JSON needs none

    return format_currency(Decimal(cents) / 100, "EUR", locale=language())
