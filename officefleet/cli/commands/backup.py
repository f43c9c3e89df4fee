"""``officefleet backup``: make backups, prove them, take them back, and say how each pharmacy stands."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated

from cyclopts import App, Parameter

from officefleet.access.action import Action
from officefleet.cli._continuity import AsJson, Flag, Sources, Terminal, load, open_setting
from officefleet.errors import ExitCode, UsageError
from officefleet.i18n import _

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from officefleet.continuity.backup.work import Outcome
    from officefleet.inventory import Inventory

command = App(name="backup", help="Backups: to the NAS, to disks that go home, and back.")

Disk = Annotated[str, Parameter(help="The removable disk of this name, plugged in at the NAS.")]


@command.command
def run(pattern: str, *, as_json: AsJson = False, inventory: Sources = None) -> int:
    """Back machines up now; timers do it otherwise.

    Args:
        pattern: Hosts or pharmacies.
        as_json: JSON instead of text.
        inventory: Sources.

    """
    from officefleet.continuity.backup import work  # noqa: PLC0415  the engine is slow to import

    with open_setting(inventory, pattern, Terminal(yes=True), Action.BACKUP) as setting:
        return _tell(work.run(setting, _backed_up(setting.inventory, pattern)), as_json=as_json)


@command.command
def audit(
    pattern: str = "fleet", *, recorded: Flag = False, as_json: AsJson = False, inventory: Sources = None
) -> int:
    """Say of pharmacies which copies are good and fresh, who has which disk, and what was proven; a breach exits with 2.

    Args:
        pattern: Pharmacies or hosts, or `fleet`: all, from what was recorded.
        recorded: Ask no machine.
        as_json: JSON instead of text.
        inventory: Sources.

    """
    if recorded or pattern == "fleet":
        return _audit_recorded("all" if pattern == "fleet" else pattern, inventory, as_json=as_json)
    from officefleet.continuity.backup.audit import look, verdicts  # noqa: PLC0415  the engine is slow to import

    with open_setting(inventory, pattern, Terminal(yes=True), Action.LOOK) as setting:
        places = _places(setting.inventory, pattern)
        silent = look(setting, places)
        found = verdicts(setting.connection, setting.inventory, places)
    from officefleet.cli._backup_report import audit_json, audit_lines  # noqa: PLC0415  see above

    if as_json:
        sys.stdout.write(audit_json(found, silent))
    else:
        _say(audit_lines(found, silent))
    if not all(one.good for one in found):
        return ExitCode.FAILED
    return ExitCode.UNREACHABLE if silent else ExitCode.OK


@command.command
def drill(pattern: str, *, disk: Disk = "", as_json: AsJson = False, inventory: Sources = None) -> int:
    """Prove that backups come back: a random sample of files by checksum, whole databases row by row.

    Args:
        pattern: Hosts or pharmacies.
        disk: From a disk instead of the NAS.
        as_json: JSON instead of text.
        inventory: Sources.

    """
    from officefleet.continuity.backup import work  # noqa: PLC0415  the engine is slow to import

    with open_setting(inventory, pattern, Terminal(yes=True), Action.BACKUP) as setting:
        return _tell(work.drill(setting, _backed_up(setting.inventory, pattern), disk), as_json=as_json)


@command.command
def restore(
    host: str,
    target: str,
    *,
    snapshot: str = "latest",
    include: Annotated[
        list[str] | None, Parameter(negative="", help="Only this path; may be repeated.")
    ] = None,
    disk: Disk = "",
    on: str = "",
    inventory: Sources = None,
) -> int:
    """Restore a machine's backup into an empty folder; nothing that is there is touched.

    Args:
        host: Whose backup.
        target: Absolute path of the folder.
        snapshot: As `backup snapshots` lists them.
        include: Paths.
        disk: From a disk instead of the NAS.
        on: The machine with the folder: the host itself, or its NAS.
        inventory: Sources.

    """
    from officefleet.continuity.backup import work  # noqa: PLC0415  the engine is slow to import

    with open_setting(inventory, host, Terminal(yes=True), Action.RESTORE) as setting:
        name = setting.machine(host).name
        done = work.restore(setting, name, snapshot, target, tuple(include or ()), disk, on)
    _say([_("{count} files of snapshot {snapshot} are in {target} on {on}").format(
        count=done.files, snapshot=done.snapshot[:8], target=done.target, on=done.on)])  # fmt: skip
    return ExitCode.OK


@command.command
def snapshots(host: str, *, disk: Disk = "", inventory: Sources = None) -> int:
    """List a machine's snapshots, the newest first; the machine itself may be off.

    Args:
        host: Whose.
        disk: On a disk instead of the NAS.
        inventory: Sources.

    """
    from officefleet.cli._backup_report import snapshot_lines  # noqa: PLC0415  the engine is slow to import
    from officefleet.continuity.backup import work  # noqa: PLC0415  see above

    with open_setting(inventory, host, Terminal(yes=True), Action.LOOK) as setting:
        found = work.snapshots(setting, setting.machine(host).name, disk)
    _say(snapshot_lines(found))
    return ExitCode.OK


@command.command
def diff(host: str, before: str, after: str = "latest", *, disk: Disk = "", inventory: Sources = None) -> int:
    """Say which files changed between two snapshots.

    Args:
        host: Whose.
        before: The earlier one.
        after: The later one.
        disk: On a disk instead of the NAS.
        inventory: Sources.

    """
    from officefleet.continuity.backup import work  # noqa: PLC0415  the engine is slow to import

    with open_setting(inventory, host, Terminal(yes=True), Action.LOOK) as setting:
        found = work.diff(setting, setting.machine(host).name, before, after, disk)
    for mark, paths in (("+", found.added), ("-", found.removed), ("M", found.modified)):
        _say(f"{mark} {path}" for path in paths)
    return ExitCode.OK


@command.command
def copy(pharmacy: str, *, disk: Disk = "", as_json: AsJson = False, inventory: Sources = None) -> int:
    """Write the removable disk that is plugged in at the NAS; a timer does it otherwise, before the evening.

    Args:
        pharmacy: Whose.
        disk: Refuse any other.
        as_json: JSON instead of text.
        inventory: Sources.

    """
    from officefleet.continuity.backup import work  # noqa: PLC0415  the engine is slow to import

    with open_setting(inventory, pharmacy, Terminal(yes=True), Action.BACKUP) as setting:
        places = _places(setting.inventory, pharmacy)
        return _tell([work.copy(setting, place, disk) for place in places], as_json=as_json)


@command.command
def prune(pharmacy: str, *, as_json: AsJson = False, inventory: Sources = None) -> int:
    """Let the NAS throw away what is past its time; a timer does it otherwise, at night. No other machine can.

    Args:
        pharmacy: Whose.
        as_json: JSON instead of text.
        inventory: Sources.

    """
    from officefleet.continuity.backup import work  # noqa: PLC0415  the engine is slow to import

    with open_setting(inventory, pharmacy, Terminal(yes=True), Action.RESTORE) as setting:
        places = _places(setting.inventory, pharmacy)
        return _tell([work.prune(setting, place) for place in places], as_json=as_json)


def _audit_recorded(pattern: str, inventory: list[str] | None, *, as_json: bool) -> int:
    from officefleet.cli._backup_report import audit_json, audit_lines  # noqa: PLC0415  loads pydantic
    from officefleet.cli.acting import acting, homes  # noqa: PLC0415  see above
    from officefleet.continuity.backup.audit import verdicts  # noqa: PLC0415  see above
    from officefleet.continuity.database import default_path, open_store  # noqa: PLC0415

    fleet = load(inventory, pattern)
    places = list(fleet.digests) if pattern == "all" else _places(fleet, pattern)
    store = open_store(default_path())
    try:
        with acting(fleet, homes(fleet, fleet.select(pattern)), Action.LOOK):
            found = verdicts(store, fleet, places)
    finally:
        store.close()
    if as_json:
        sys.stdout.write(audit_json(found, {}))
    else:
        _say(audit_lines(found, {}))
    return ExitCode.OK if all(one.good for one in found) else ExitCode.FAILED


def _places(fleet: Inventory, pattern: str) -> list[str]:
    return list(dict.fromkeys(home for host in fleet.select(pattern) if (home := fleet.pharmacy_of(host))))


def _backed_up(fleet: Inventory, pattern: str) -> list[str]:
    """Return the machines of a pattern that have something to back up.

    Raises:
        UsageError: none has.

    """
    found = [
        host
        for host in fleet.select(pattern)
        if (about := fleet.variables(host)).get("backup_paths") or about.get("backup_databases")
    ]
    if not found:
        raise UsageError(
            _("{pattern!r} names no machine that is backed up").format(pattern=pattern),
            hint=_("backup_paths and backup_databases in group_vars or host_vars say what is backed up"),
        )
    return found


def _tell(found: Sequence[Outcome], *, as_json: bool) -> int:
    from officefleet.cli._backup_report import outcome_json, outcome_lines  # noqa: PLC0415  loads pydantic

    if as_json:
        sys.stdout.write(outcome_json(found))
    else:
        _say(outcome_lines(found))
    if any(not one.good and not one.silent for one in found):
        return ExitCode.FAILED
    return ExitCode.UNREACHABLE if any(one.silent for one in found) else ExitCode.OK


def _say(lines: Iterable[str]) -> None:
    sys.stdout.writelines(f"{line}\n" for line in lines)
