"""Audits: live, by asking each pharmacy's NAS and machines; or from what was recorded, for a whole fleet at once."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from officefleet.continuity.backup import calls
from officefleet.continuity.backup.facts import Report, believe, believe_client
from officefleet.continuity.backup.records import BackupRecords
from officefleet.continuity.backup.verdict import judge
from officefleet.continuity.readings import nas_of
from officefleet.errors import ContinuityError
from officefleet.i18n import _

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Sequence

    from officefleet.continuity.backup.verdict import Verdict
    from officefleet.continuity.setting import Setting
    from officefleet.inventory import Inventory
    from officefleet.models import BackupPolicy


def look(setting: Setting, pharmacies: Sequence[str]) -> dict[str, str]:
    """Ask the NAS and the machines of pharmacies and record what they say.

    Returns:
        Pharmacy to why it could not be asked; its verdict then rests on what was recorded before.

    """
    records = BackupRecords(setting.connection)
    nas = {place: nas_of(setting.inventory.pharmacy(place)) for place in pharmacies}
    asked = calls.ask(setting.player, [one for one in nas.values() if one], ["report"])
    failed: dict[str, str] = {}
    found: dict[str, Report] = {}
    for place, host in nas.items():
        if not host:
            failed[place] = _("the pharmacy has no NAS")
        elif asked[host].value is None:
            failed[place] = asked[host].failure(host)
        else:
            try:
                found[place] = believe(asked[host].value, host)
            except ContinuityError as error:
                failed[place] = error.message
    hosts = [host for place, one in found.items() for host in _own(setting.inventory, place, one)]
    clients = calls.ask(setting.player, hosts, ["status"]) if hosts else {}
    for place, report in found.items():
        said = {
            host: status
            for host in _own(setting.inventory, place, report)
            if clients[host].value is not None and (status := believe_client(clients[host].value)) is not None
        }
        records.save(place, report.model_copy(update={"read": time.time(), "clients": said}))
    return failed


def _own(inventory: Inventory, pharmacy: str, report: Report) -> list[str]:
    """Return the machines that a NAS speaks of, as far as they are the pharmacy's."""
    known = {one.name for one in inventory.pharmacy(pharmacy).machines}
    return [host for host in report.hosts if host in known]


def verdicts(
    store: sqlite3.Connection, inventory: Inventory, pharmacies: Sequence[str], now: float | None = None
) -> list[Verdict]:
    """Return the verdict on pharmacies from what is recorded: no machine is asked."""
    records = BackupRecords(store)
    proven = records.last_good_drills()
    policies = _policies(inventory)
    known = dict(records.reports(set(pharmacies)))
    moment = time.time() if now is None else now
    return [
        judge(place, known.get(place), policies(place), moment, proven.get(place)) for place in pharmacies
    ]


class _policies:  # noqa: N801  used as a function
    """Finds the policy in force at a pharmacy without reading its file."""

    def __init__(self, inventory: Inventory) -> None:
        settings = inventory.settings
        self._digests = inventory.digests
        self._of_groupement = {one.id: one.backup_policy for one in settings.groupements}
        self._policies = {one.name: one for one in settings.backup_policies}

    def __call__(self, pharmacy: str) -> BackupPolicy | None:
        digest = self._digests[pharmacy]
        name = digest.policy or self._of_groupement.get(digest.groupement or "")
        return self._policies.get(name or "")
