"""``officefleet ransomware``: the record of an attack, and the file for the CNIL and the insurer."""

from __future__ import annotations

import datetime as dt
import hashlib
import sys
from contextlib import contextmanager
from pathlib import Path  # noqa: TC003  cyclopts reads it at run time
from typing import TYPE_CHECKING, Annotated
from zoneinfo import ZoneInfo

from cyclopts import App, Parameter

from officefleet.access.action import Action
from officefleet.cli._continuity import AsJson, Flag, Sources, Terminal, open_setting
from officefleet.cli.moments import moment
from officefleet.errors import ExitCode, UsageError
from officefleet.i18n import _

if TYPE_CHECKING:
    from collections.abc import Iterator

    from officefleet.continuity.ransomware.recovery import Recoveries
    from officefleet.continuity.setting import Setting

command = App(
    name="ransomware", help="After an attack: what is clean, what was done, what must be told to whom."
)

Moment = Annotated[str | None, Parameter(help="2026-11-24T08:10, in the pharmacy's time.")]


@command.command(name="open")
def open_(host: str, *, discovered: Moment = None, inventory: Sources = None) -> int:
    """Begin the record of an attack; a second call shows the one that has begun.

    Args:
        host: The machine.
        discovered: When somebody saw it; now by default. The law's 72 hours run from then.
        inventory: Sources.

    """
    with _record(host, inventory) as (setting, recoveries):
        home = setting.home(host)
        seen = moment(discovered, ZoneInfo(home.timezone)) if discovered else None
        found = recoveries.open(home.id, setting.machine(host).name, seen)
    sys.stdout.write(_("Recovery {id}").format(id=found.id) + "\n")
    return ExitCode.OK


@command.command
def evidence(host: str, *files: Path, inventory: Sources = None) -> int:
    """Write down pieces of evidence with their hashes, so that they can be shown to be what was taken.

    Args:
        host: The machine that they are from.
        files: The pieces, on this machine.
        inventory: Sources.

    """
    if not files:
        raise UsageError(_("which files?"))
    from officefleet.continuity.ransomware.recovery import Kind  # noqa: PLC0415  loads pydantic

    found = [_piece(file) for file in files]
    with _record(host, inventory) as (_setting, recoveries):
        text = ", ".join(str(one["name"]) for one in found)
        recoveries.write(recoveries.of(host), Kind.EVIDENCE, {"files": found, "text": text})
    for one in found:
        sys.stdout.write(f"{one['sha256']}  {one['name']}\n")
    return ExitCode.OK


@command.command
def note(host: str, kind: str, *text: str, inventory: Sources = None) -> int:
    """Write down what was done: isolated, rebuilt, restored, rotated, proven or note, and a few words.

    Args:
        host: The machine.
        kind: What was done.
        text: Words; for rotated, what was renewed.
        inventory: Sources.

    """
    from officefleet.continuity.ransomware.recovery import Kind  # noqa: PLC0415  loads pydantic

    kinds = [one.value for one in Kind if one not in (Kind.EVIDENCE, Kind.JUDGED, Kind.CLEAN)]
    if kind not in kinds:
        raise UsageError(
            _("{kind!r} is nothing that can be noted").format(kind=kind),
            hint=_("known: {names}").format(names=", ".join(kinds)),
        )
    with _record(host, inventory) as (_setting, recoveries):
        value = {"text": " ".join(text)} | ({"what": list(text)} if kind == Kind.ROTATED else {})
        recoveries.write(recoveries.of(host), Kind(kind), value)
    return ExitCode.OK


@command.command
def scan(
    host: str, *, disk: str = "", again: Flag = False, as_json: AsJson = False, inventory: Sources = None
) -> int:
    """Find the last clean backup of a machine; 2 when there is none. What is found goes into the record, and stays.

    Args:
        host: The machine; it may be off or isolated, the NAS is asked.
        disk: Search the removable disk of this name, plugged in at the NAS.
        again: Search anew although the record names one.
        as_json: JSON instead of text.
        inventory: Sources.

    """
    from officefleet.cli._ransomware_scan import as_data, draw  # noqa: PLC0415  only here
    from officefleet.continuity.ransomware.scan import scan as look_through  # noqa: PLC0415  the engine is slow to import

    with _record(host, inventory) as (setting, recoveries):
        found = look_through(setting, recoveries, setting.machine(host).name, disk, again=again)
    sys.stdout.write(as_data(found) if as_json else draw(found, host))
    return ExitCode.OK if found.clean is not None else ExitCode.FAILED


@command.command
def report(host: str, *, output: Path, inventory: Sources = None) -> int:
    """Write the file for the CNIL and the insurer: one page of HTML in French, with what is still open marked.

    Args:
        host: The machine.
        output: The file.
        inventory: Sources.

    """
    from officefleet.continuity.ransomware.dossier import compile_dossier, render  # noqa: PLC0415  loads pydantic

    with _record(host, inventory) as (setting, recoveries):
        recovery = recoveries.of(host)
        machine = setting.inventory.machine(recovery.machine)
        dossier = compile_dossier(recovery, recoveries.facts(recovery), setting.home(host), machine)
    page = render(dossier, now=dt.datetime.now(tz=dt.UTC))
    try:
        output.write_text(page, encoding="utf-8")
        output.chmod(0o600)
    except OSError as error:
        raise UsageError(
            _("cannot write {file}: {reason}").format(file=output, reason=error.strerror or error)
        ) from None
    sys.stdout.write(
        _("{file}: to be sent before {moment}").format(
            file=output, moment=dossier.deadline.strftime("%d/%m/%Y %H:%M")
        )
        + "\n"
    )
    return ExitCode.OK


@command.command
def close(host: str, *, inventory: Sources = None) -> int:
    """End the record.

    Args:
        host: The machine.
        inventory: Sources.

    """
    with _record(host, inventory) as (_setting, recoveries):
        recoveries.close(recoveries.of(host))
    return ExitCode.OK


@contextmanager
def _record(host: str, inventory: list[str] | None) -> Iterator[tuple[Setting, Recoveries]]:
    from officefleet.continuity.ransomware.recovery import Recoveries  # noqa: PLC0415  loads pydantic

    with open_setting(inventory, host, Terminal(yes=True), Action.REBUILD) as setting:
        yield setting, Recoveries(setting.connection)


def _piece(file: Path) -> dict[str, str | int]:
    try:
        with file.open("rb") as stream:
            digest = hashlib.file_digest(stream, "sha256").hexdigest()
        return {"name": file.name, "bytes": file.stat().st_size, "sha256": digest}
    except OSError as error:
        raise UsageError(
            _("cannot read {file}: {reason}").format(file=file, reason=error.strerror or error)
        ) from None
