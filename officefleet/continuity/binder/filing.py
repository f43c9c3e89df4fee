"""What files itself: failed runs of the ledger, drivers that stopped a swap or kept a machine out of a run."""

from __future__ import annotations

import datetime as dt
import zlib
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from officefleet.continuity.binder.page import Origin, Page
from officefleet.errors import LedgerError
from officefleet.i18n import _
from officefleet.ledger import open_ledger, query
from officefleet.models import Severity, pharmacy_id_of

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from officefleet.continuity.binder.binder import Binder
    from officefleet.drivers.verdicts.judge import MachineVerdict

_RUNS = 100  # the latest runs that are looked through each time
_LONGEST = 180  # characters of a symptom


def file_failed_runs(binder: Binder, ledger_path: Path) -> int:
    """File a page for each host on which a run failed, once; return how many are new.

    The ledger may be absent or another version's: then nothing is filed.
    """
    try:
        ledger = open_ledger(ledger_path, create=False)
    except LedgerError:
        return 0
    new = 0
    try:
        for run in query.runs(ledger, ledger_path, limit=_RUNS):
            if run.check or run.state not in ("failed", "interrupted") or binder.is_filed("run", run.id):
                continue
            hosts: set[str] = set()
            for row in query.results(ledger, run.id, statuses=("failed",)):
                if row["host"] not in hosts:
                    hosts.add(row["host"])
                    page = _of_result(run.id, row)
                    new += page is not None and binder.file(page)
            binder.mark_filed("run", run.id)
    finally:
        ledger.close()
    return new


def _of_result(run: str, row: dict[str, Any]) -> Page | None:
    """Return the page of a failed task; None for a host of no pharmacy."""
    host = row["host"]
    pharmacy = pharmacy_id_of(host)
    if pharmacy is None:
        return None
    result = row["result"]
    reason = str(result.get("msg") or result.get("stderr") or _("it failed")).strip().splitlines() or [""]
    try:
        return Page(
            id=f"run-{run}-{host}"[:64],
            pharmacy=pharmacy,
            machine=host,
            opened=dt.datetime.fromtimestamp(int(row["at"]), tz=dt.UTC),
            severity=Severity.DEGRADED,
            symptom=f"{row['task']}: {reason[0]}"[:_LONGEST],
            cause=_("run {run}, {place}").format(run=run, place=row["place"]),
            tags=("run",),
            origin=Origin.RUN,
        )
    except ValidationError:
        return None


def file_refused(binder: Binder, refused: Iterable[tuple[str, str, str, str]]) -> int:
    """File a page for each machine that the driver gate left out of a run, once a day; return how many are new.

    Args:
        binder: where.
        refused: host, rule of the catalogue, why, what helps.

    """
    now = dt.datetime.now(tz=dt.UTC).replace(microsecond=0)
    new = 0
    for host, rule, reason, cure in refused:
        pharmacy = pharmacy_id_of(host)
        if pharmacy is None:
            continue
        try:
            page = Page(
                id=f"gate-{now:%Y%m%d}-{host}-{zlib.crc32(rule.encode()):08x}"[:64],
                pharmacy=pharmacy,
                machine=host,
                opened=now,
                symptom=reason[:_LONGEST],
                remedy=cure or None,
                tags=("driver", rule),
                origin=Origin.DRIVER,
            )
        except ValidationError:
            continue
        new += binder.file(page)
    return new


def file_blocked(binder: Binder, pharmacy: str, verdict: MachineVerdict) -> int:
    """File a page for each peripheral whose driver stood in a swap's way, once a day; return how many are new."""
    now = dt.datetime.now(tz=dt.UTC).replace(microsecond=0)
    new = 0
    for one in verdict.peripherals:
        rule = next((found.rule for found in one.findings if found.verdict is one.verdict), None)
        if one.verdict.value != "block" or rule is None:
            continue
        machine = verdict.stands_in_for or verdict.host
        page = Page(
            id=f"drv-{now:%Y%m%d}-{machine}-{one.peripheral.name}"[:64],
            pharmacy=pharmacy,
            machine=machine,
            peripheral=one.peripheral.name,
            opened=now,
            symptom=rule.reason.in_language("fr")[:_LONGEST],
            remedy=rule.cure.in_language("fr"),
            device=one.peripheral.usb,
            driver=one.peripheral.driver,
            tags=("driver",),
            origin=Origin.DRIVER,
        )
        new += binder.file(page)
    return new
