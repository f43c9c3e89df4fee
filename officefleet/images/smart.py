"""Whether a disk says of itself that it fails: smartctl's JSON (smartmontools 7 and later)."""

from __future__ import annotations

import json
import shutil
import subprocess
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from officefleet.i18n import _

if TYPE_CHECKING:
    from pathlib import Path

_PENDING = {197, 198}  # current pending sectors, offline uncorrectable
_TIMEOUT = 30


@dataclass(frozen=True, slots=True)
class Health:
    """What a disk says: `failing` is None when it says nothing (virtual disks, some USB bridges)."""

    failing: bool | None
    reason: str = ""


def read_health(disk: Path) -> Health:
    """Ask a disk for its health; unknown when smartctl is missing or the disk has no SMART."""
    program = shutil.which("smartctl")
    if program is None:
        return Health(None, _("smartctl is not installed"))
    try:
        found = subprocess.run(
            [program, "--json", "--health", "--attributes", "--info", str(disk)],
            capture_output=True,
            timeout=_TIMEOUT,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return Health(True, _("the disk did not answer for {seconds} s").format(seconds=_TIMEOUT))
    return parse_health(found.stdout)


def parse_health(text: bytes) -> Health:
    """Return the verdict on smartctl's JSON output."""
    try:
        report = json.loads(text)
    except ValueError:
        return Health(None, _("smartctl said nothing that can be read"))
    if not isinstance(report, dict):
        return Health(None, _("smartctl said nothing that can be read"))
    reasons = [*_overall(report), *_attributes(report), *_nvme(report)]
    if reasons:
        return Health(True, "; ".join(reasons))
    known = isinstance(report.get("smart_status"), dict)
    return Health(False) if known else Health(None, _("the disk has no SMART data"))


def _overall(report: dict[str, Any]) -> list[str]:
    status = report.get("smart_status")
    failed = isinstance(status, dict) and status.get("passed") is False
    return [_("its own health test fails")] if failed else []


def _attributes(report: dict[str, Any]) -> list[str]:
    found = []
    table = report.get("ata_smart_attributes")
    rows = table.get("table", []) if isinstance(table, dict) else []
    for row in rows if isinstance(rows, list) else []:
        if not isinstance(row, dict):
            continue
        raw = row.get("raw")
        value = raw.get("value", 0) if isinstance(raw, dict) else 0
        prefail = isinstance(row.get("flags"), dict) and row["flags"].get("prefailure") is True
        if row.get("when_failed") == "now" and prefail:
            found.append(_("{name} is below its threshold").format(name=row.get("name")))
        elif row.get("id") in _PENDING and isinstance(value, int) and value > 0:
            found.append(_("{name} is {value}").format(name=row.get("name"), value=value))
    return found


def _nvme(report: dict[str, Any]) -> list[str]:
    log = report.get("nvme_smart_health_information_log")
    if not isinstance(log, dict):
        return []
    found = []
    if log.get("critical_warning"):
        found.append(_("NVMe critical warning {value}").format(value=log["critical_warning"]))
    if isinstance(log.get("media_errors"), int) and log["media_errors"] > 0:
        found.append(_("{count} NVMe media errors").format(count=log["media_errors"]))
    return found
