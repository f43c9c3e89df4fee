"""Looks through a machine's backups for the last clean one, and writes down what was seen."""

from __future__ import annotations

from typing import TYPE_CHECKING

from officefleet.continuity.backup import work
from officefleet.continuity.ransomware.generations import Search, generation_of, search
from officefleet.continuity.ransomware.recovery import Kind
from officefleet.errors import ContinuityError
from officefleet.i18n import _

if TYPE_CHECKING:
    from collections.abc import Sequence

    from officefleet.continuity.backup.work import Snapshot
    from officefleet.continuity.ransomware.recovery import Recoveries, Recovery
    from officefleet.continuity.ransomware.signs import Generation
    from officefleet.continuity.setting import Setting


def scan(
    setting: Setting, recoveries: Recoveries, host: str, disk: str = "", *, again: bool = False
) -> Search:
    """Return the last clean snapshot of a machine, with all that were looked into.

    What a recovery that is under way has found already stays found: the machine that was rebuilt meanwhile may have sent
    an empty backup, which is clean too.

    Args:
        setting: what commands work with.
        recoveries: a recovery of the machine that is under way gets the findings.
        host: the machine; it need not answer.
        disk: name of a removable disk that is plugged in at the NAS; "" searches the NAS.
        again: look anew, whatever was found before.

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
    known = None if again else _found_before(recoveries, host, snapshots, disk)
    if known is not None:
        return Search(known, ())

    def look(snapshot: Snapshot) -> Generation:
        return generation_of(snapshot, work.look(setting, host, snapshot.id, disk))

    found = search(snapshots, look)
    _write(recoveries, host, found, disk)
    return found


def _found_before(
    recoveries: Recoveries, host: str, snapshots: Sequence[Snapshot], disk: str
) -> Snapshot | None:
    """Return the clean snapshot that the recovery under way has found on this medium, if it is still there."""
    recovery = _under_way(recoveries, host)
    if recovery is None:
        return None
    ids = [
        one.value.get("snapshot")
        for one in recoveries.facts(recovery)
        if one.kind is Kind.CLEAN and one.value.get("medium") == (disk or "nas")
    ]
    return next((one for one in snapshots if ids and one.id == ids[-1]), None)


def _under_way(recoveries: Recoveries, host: str) -> Recovery | None:
    try:
        recovery = recoveries.of(host)
    except ContinuityError:
        return None  # a drill: nothing has happened
    return recovery if recovery.closed is None else None


def _write(recoveries: Recoveries, host: str, found: Search, disk: str) -> None:
    recovery = _under_way(recoveries, host)
    if recovery is None:
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
