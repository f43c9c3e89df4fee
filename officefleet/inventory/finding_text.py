"""The sentences about faults that `local_checks` and the backup rules find."""

from __future__ import annotations

from typing import TYPE_CHECKING

from officefleet.i18n import _
from officefleet.models import BackupRule

if TYPE_CHECKING:
    from officefleet.inventory.local_checks import Finding


def sentence(finding: Finding) -> tuple[str, str]:
    """Return the message and the hint of a finding, in the user's language."""
    facts = finding.facts
    match finding.code:
        case "no-spare":
            return (
                _("{pharmacy} has no spare poste").format(**facts),
                _("add a machine of kind secours that can stand in for the counters"),
            )
        case "stands-in-for-unknown":
            return _("{spare} stands in for {machine}, which does not exist here").format(**facts), ""
        case "not-covered":
            return (
                _("no spare stands in for {machine}").format(**facts),
                _("add it to stands_in_for of a spare"),
            )
        case "address-taken":
            return (
                _("peripheral {peripheral} has the address {address} of {machine}").format(**facts),
                _("give each device its own address"),
            )
        case "lgo-server-unknown":
            return _("the LGO's server {machine} does not exist here").format(**facts), ""
        case _code:
            return _cannot_stand_in(facts)


def _cannot_stand_in(facts: dict[str, str]) -> tuple[str, str]:
    match facts["why"]:
        case "os":
            message = _("{spare} cannot stand in for {machine}: it runs {has}, not {needs}")
            hint = _("install the same system on both")
        case "arch":
            message = _("{spare} cannot stand in for {machine}: its architecture is {has}, not {needs}")
            hint = _("drivers are built for one architecture")
        case port:
            message = _("{spare} cannot stand in for {machine}: {has} {port} ports for {needs} devices")
            hint = _("add an adapter or a hub, or name other machines in stands_in_for")
            return message.format(**facts, port=port), hint
    return message.format(**facts), hint


def broken_rule(policy: str, rule: BackupRule) -> tuple[str, str]:
    """Return the message and the hint for a rule that a backup policy breaks."""
    match rule:
        case BackupRule.THREE_COPIES:
            why = _("backup policy {policy!r} breaks 3-2-1: fewer than three copies, the live data counted")
        case BackupRule.TWO_MEDIA:
            why = _("backup policy {policy!r} breaks 3-2-1: all copies lie on one kind of media")
        case BackupRule.ONE_OFFSITE:
            why = _("backup policy {policy!r} breaks 3-2-1: no copy is kept off site")
        case BackupRule.ONE_OFFLINE:
            why = _("backup policy {policy!r}: no copy is offline, out of reach of ransomware")
        case BackupRule.DAILY:
            why = _("backup policy {policy!r}: no copy is made every day")
        case BackupRule.OFFSITE_ENCRYPTED:
            why = _("backup policy {policy!r}: an off-site copy is not encrypted")
        case BackupRule.RESTORE_TESTED:
            why = _("backup policy {policy!r}: restores are never tested")
    hint = _("3-2-1: three copies, two media, one off site and offline; daily, encrypted, tested")
    return why.format(policy=policy), hint
