"""How long an audit of a whole fleet takes from what is recorded: no machine is asked.

.venv/bin/python bench/backup_audit.py [PHARMACIES]
"""

import sys
import tempfile
import time
from pathlib import Path

from officefleet.continuity.backup.facts import Report
from officefleet.continuity.backup.records import BackupRecords, import_reports
from officefleet.continuity.backup.verdict import judge
from officefleet.continuity.database import open_store


def report(number: int, now: float) -> Report:
    """Return a report as a NAS with three machines and two disks gives it; every tenth is stale."""
    age = 90 * 86400 if number % 10 == 0 else 3600
    check = {"at": now - 3600, "good": True}
    hosts = [f"o{number:05}-poste-{one}" for one in range(3)]
    return Report.model_validate(
        {
            "now": now,
            "read": now,
            "hosts": {
                host: {
                    "snapshots": [[f"{one:064x}", now - age - one * 3600] for one in range(60)],
                    "check": check,
                }
                for host in hosts
            },
            "disks": {
                name: {
                    "at": now - age,
                    "holder": "M.",
                    "hosts": {one: {"check": check, "count": 9} for one in hosts},
                }
                for name in "AB"
            },
            "plugged_in": ["B"],
            "clients": {host: {"now": now} for host in hosts},
        }
    )


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 20_000
    now = time.time()
    with tempfile.TemporaryDirectory() as folder:
        store = open_store(Path(folder) / "continuity.sqlite")
        import_reports(store, [(f"officine_{number:05}", report(number, now)) for number in range(count)])
        begun = time.perf_counter()
        known = BackupRecords(store).reports()
        found = [judge(place, one, None, now, now) for place, one in known]
        seconds = time.perf_counter() - begun
        bad = sum(not one.good for one in found)
        store.close()
    print(
        f"{count} pharmacies judged in {seconds:.2f} s ({seconds / count * 1e6:.0f} us each), {bad} with a breach"
    )


if __name__ == "__main__":
    main()
