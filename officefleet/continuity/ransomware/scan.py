"""Looks through a machine's backups for the last clean one, and writes down what was seen."""

from __future__ import annotations

from typing import TYPE_CHECKING

from officefleet.continuity.backup import work
from officefleet.continuity.ransomware.generations import generation_of, search
from officefleet.continuity.ransomware.recovery import Kind
from officefleet.errors import ContinuityError
from officefleet.i18n import _

if TYPE_CHECKING:
    from officefleet.continuity.backup.work import Snapshot
    from officefleet.continuity.ransomware.generations import Search
    from officefleet.continuity.ransomware.recovery import Recoveries
    from officefleet.continuity.ransomware.signs import Generation
    from officefleet.continuity.setting import Setting


def scan(setting: Setting, recoveries: Recoveries, host: str, disk: str = "") -> Search:
    """Return the last clean snapshot of a machine, with all that were looked into.

    Args:
        setting: what commands work with.
        recoveries: a recovery of the machine that is under way gets the findings.
        host: the machine; it need not answer.
        disk: name of a removable disk that is plugged in at the NAS; "" searches the NAS.

    Raises:
        ContinuityError: there is no backup, or it cannot be read.
        UnreachableError: the NAS does not answer.

    """
    snapshots = sorted(work.snapshots(setting, host, disk), key=lambda one: one.time)
    if not snapshots:
        raise ContinuityError(
            _("{host} has no backup there").format(host=host),
            hint=_("try a disk that was unplugged: --disk NAME"),
        )

    def look(snapshot: Snapshot) -> Generation:
        return generation_of(snapshot, work.look(setting, host, snapshot.id, disk))

    found = search(snapshots, look)
    _write(recoveries, host, found, disk)
    return found


def _write(recoveries: Recoveries, host: str, found: Search, disk: str) -> None:
    try:
        recovery = recoveries.of(host)
    except ContinuityError:
        return  # a drill: nothing has happened
    if recovery.closed is not None:
        return
    for one in found.judged:
        signs = [
            {"sign": sign.sign.value, "count": sign.count, "of": sign.of, "example": sign.example}
            for sign in one.findings
        ]
        value = {
            "snapshot": one.snapshot.id[:8],
            "time": one.snapshot.time.isoformat(),
            "verdict": one.verdict.value,
            "signs": signs,
        }
        recoveries.write(recovery, Kind.JUDGED, value)
    if found.clean is not None:
        clean = {"snapshot": found.clean.id, "original": found.clean.original, "time": found.clean.time.isoformat(),
                 "medium": disk or "nas", "text": f"{found.clean.id[:8]} ({disk or 'NAS'})"}  # fmt: skip
        recoveries.write(recovery, Kind.CLEAN, clean)
