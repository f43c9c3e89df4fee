"""What is done with backups: run, drill, restore, copy, prune; and what is in them."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from officefleet.continuity.backup import calls
from officefleet.continuity.backup.records import BackupRecords
from officefleet.continuity.backup.sentences import sentence
from officefleet.continuity.binder.page import Origin, Page
from officefleet.continuity.readings import nas_of
from officefleet.errors import ContinuityError
from officefleet.i18n import _
from officefleet.models import MachineKind, Severity

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from officefleet.continuity.setting import Setting

_ID = re.compile(r"[0-9a-f]{8,64}|latest")


@dataclass(frozen=True, slots=True)
class Snapshot:
    """One state of a machine; `original` is its id on the medium that it was copied from."""

    id: str
    time: dt.datetime
    paths: tuple[str, ...]
    original: str


@dataclass(frozen=True, slots=True)
class FileFact:
    """One file of a snapshot; `mtime` as ISO 8601."""

    path: str
    size: int
    mtime: str


@dataclass(frozen=True, slots=True)
class Difference:
    """What changed between two snapshots."""

    added: tuple[str, ...]
    removed: tuple[str, ...]
    modified: tuple[str, ...]
    bytes_added: int
    bytes_removed: int


@dataclass(frozen=True, slots=True)
class Restored:
    """What came back: below `target`, each file at its own path."""

    snapshot: str
    files: int
    target: str
    on: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a call on one machine went; `lines` say what was done, or why not."""

    host: str
    good: bool
    lines: tuple[str, ...]
    silent: bool = False
    value: Mapping[str, Any] | None = None


def run(setting: Setting, hosts: Sequence[str]) -> list[Outcome]:
    """Back machines up now; where the NAS refuses, it is asked why."""
    answers = calls.ask(setting.player, hosts, ["run"])
    found = []
    for host, answer in answers.items():
        if answer.value is None:
            lines = [answer.failure(host), *_why_refused(setting, host, answer.problem)]
            found.append(Outcome(host, good=False, lines=tuple(lines), silent=bool(answer.silence)))
            continue
        warnings = [
            sentence(one, host) for one in answer.value.get("warnings") or () if isinstance(one, dict)
        ]
        line = _("{host}: {files} files, {added} MB new, snapshot {snapshot}").format(
            host=host,
            files=answer.value.get("files"),
            added=round(_number(answer.value.get("added")) / 1e6, 1),
            snapshot=str(answer.value.get("snapshot"))[:8],
        )
        clock = any(one.get("code") == "clock-wrong" for one in answer.value.get("warnings") or ())
        found.append(Outcome(host, good=not clock, lines=(line, *warnings), value=answer.value))
    return found


def _why_refused(setting: Setting, host: str, problem: Mapping[str, Any] | None) -> list[str]:
    if problem is None or problem.get("code") not in ("nas-refuses", "disk-full", "disk-read-only"):
        return []
    nas = nas_of(setting.home(host))
    health = calls.ask(setting.player, [nas], ["health"])[nas].value if nas else None
    return [sentence({"code": health["code"], "facts": health}, nas)] if health and health.get("code") else []


def drill(setting: Setting, hosts: Sequence[str], disk: str = "") -> list[Outcome]:
    """Prove machines' backups; each drill is recorded, and one that failed is filed in the binder.

    Args:
        setting: what commands work with.
        hosts: whose backups.
        disk: from the disk of that name, plugged in at the NAS; else from the NAS.

    """
    records = BackupRecords(setting.connection)
    answers = _of_disk(setting, hosts, "drill", disk) if disk else calls.ask(setting.player, hosts, ["drill"])
    found = []
    for host, answer in answers.items():
        pharmacy = setting.home(host).id
        good = answer.value is not None and answer.value.get("good") is True
        line = _proven(host, answer.value) if good and answer.value else answer.failure(host)
        if not answer.silence:
            records.record_drill(host, pharmacy, disk or "nas", good=good, note=line)
        if not good and not answer.silence:
            _file(setting, host, pharmacy, line)
        found.append(Outcome(host, good, (line,), silent=bool(answer.silence), value=answer.value))
    return found


def _of_disk(setting: Setting, hosts: Sequence[str], verb: str, disk: str) -> dict[str, calls.Answer]:
    found = {}
    for host in hosts:
        nas = _nas(setting, host)
        found[host] = calls.ask(setting.player, [nas], [verb, "--host", host, "--disk", disk])[nas]
    return found


def _proven(host: str, value: Mapping[str, Any]) -> str:
    tables = value.get("databases")
    databases = ", ".join(
        _("{name} ({count} tables)").format(name=name, count=count)
        for name, count in (tables.items() if isinstance(tables, dict) else ())
    )
    text = _("{host}: {files} files proven by checksum; databases proven row by row: {databases}")
    return text.format(host=host, files=value.get("files"), databases=databases or "-")


def _file(setting: Setting, host: str, pharmacy: str, line: str) -> None:
    now = dt.datetime.now(tz=dt.UTC).replace(microsecond=0)
    try:
        page = Page(
            id=f"drill-{now:%Y%m%d}-{host}"[:64],
            pharmacy=pharmacy,
            machine=host,
            opened=now,
            severity=Severity.DEGRADED,
            symptom=line[:180],
            tags=("backup",),
            origin=Origin.RUN,
        )
    except ValidationError:
        return
    setting.binder.file(page)


def restore(
    setting: Setting,
    host: str,
    snapshot: str,
    target: str,
    include: Sequence[str] = (),
    disk: str = "",
    on: str = "",
) -> Restored:
    """Restore a snapshot, or some paths of it, into an empty folder of a machine.

    Args:
        setting: what commands work with.
        host: whose backup.
        snapshot: its id, eight digits at least, or "latest".
        target: an absolute path; its own paths come below it.
        include: only these paths.
        disk: from the disk of that name, plugged in at the machine that restores.
        on: the machine that restores: the host itself by default, or its NAS.

    Raises:
        ContinuityError: why it could not be; nothing is left half done.
        UnreachableError: the machine does not answer.

    """
    _must_be_id(snapshot)
    if not target.startswith("/"):
        raise ContinuityError(_("{path} is not an absolute path").format(path=target))
    machine = on or (_nas(setting, host) if disk else host)
    if setting.home(machine).id != setting.home(host).id:
        raise ContinuityError(
            _("{on} is not a machine of the pharmacy of {host}").format(on=machine, host=host)
        )
    if machine not in (host, _nas(setting, host)):
        raise ContinuityError(
            _("{on} may not open the backups of {host}").format(on=machine, host=host),
            hint=_("a backup is restored on its own machine or on the NAS"),
        )
    words = ["restore", "--host", host, "--snapshot", snapshot, "--target", target]
    words += [part for path in include for part in ("--include", path)]
    words += ["--disk", disk] if disk else []
    done = calls.must(setting.player, machine, words)
    return Restored(str(done.get("snapshot")), int(_number(done.get("files"))), target, machine)


def snapshots(setting: Setting, host: str, disk: str = "") -> list[Snapshot]:
    """Return a machine's snapshots, oldest first; the NAS is asked, so that the machine may be dead or isolated.

    Raises:
        ContinuityError: there is no NAS, no such disk, or the repository is damaged.
        UnreachableError: the NAS does not answer.

    """
    found = _ask_nas(setting, host, ["snapshots"], disk).get("snapshots")
    try:
        return [
            Snapshot(
                _must_be_id(str(one["id"])),
                _time(str(one["time"])),
                tuple(str(path) for path in one["paths"]),
                str(one["original"]),
            )
            for one in (found if isinstance(found, list) else [])
        ]
    except (KeyError, TypeError, ValueError):
        raise _nonsense(host) from None


def content(setting: Setting, host: str, snapshot: str, disk: str = "") -> list[FileFact]:
    """Return the files of a snapshot.

    Raises:
        ContinuityError: as `snapshots`.
        UnreachableError: the NAS does not answer.

    """
    found = _ask_nas(setting, host, ["content", "--snapshot", _must_be_id(snapshot)], disk).get("files")
    try:
        return [
            FileFact(str(one["path"]), int(one["size"]), str(one["mtime"]))
            for one in (found if isinstance(found, list) else [])
        ]
    except (KeyError, TypeError, ValueError):
        raise _nonsense(host) from None


def diff(setting: Setting, host: str, before: str, after: str, disk: str = "") -> Difference:
    """Return what changed from one snapshot to another.

    Raises:
        ContinuityError: as `snapshots`.
        UnreachableError: the NAS does not answer.

    """
    words = ["diff", "--before", _must_be_id(before), "--snapshot", _must_be_id(after)]
    found = _ask_nas(setting, host, words, disk)
    lists = [found.get(name) for name in ("added", "removed", "modified")]
    paths = [tuple(str(path) for path in one) if isinstance(one, list) else () for one in lists]
    counts = [int(_number(found.get(name))) for name in ("bytes_added", "bytes_removed")]
    return Difference(paths[0], paths[1], paths[2], counts[0], counts[1])


def look(setting: Setting, host: str, snapshot: str, disk: str = "") -> Mapping[str, Any]:
    """Return what a snapshot holds and how a sample of it looks, as the machine says it: check it before use.

    Returns:
        ``{"files": [{"path", "size", "mtime"}], "entropy": {path: bits a byte}, "canaries": {path: sound}}``.

    Raises:
        ContinuityError: as `snapshots`.
        UnreachableError: the NAS does not answer.

    """
    return _ask_nas(setting, host, ["look", "--snapshot", _must_be_id(snapshot)], disk)


def copy(setting: Setting, pharmacy: str, disk: str = "") -> Outcome:
    """Write the removable disk that is plugged in at the NAS; it may go home afterwards."""
    nas = _nas_of(setting, pharmacy)
    answer = calls.ask(setting.player, [nas], ["copy", *(["--disk", disk] if disk else [])])[nas]
    if answer.value is None:
        return Outcome(nas, good=False, lines=(answer.failure(nas),), silent=bool(answer.silence))
    hosts = answer.value.get("hosts")
    parts = hosts if isinstance(hosts, dict) else {}
    bad = [host for host, one in parts.items() if not one.get("check", {}).get("good")]
    if bad:
        line = _("disk {name}: the backups of {host} are damaged").format(
            name=answer.value.get("disk"), host=bad[0]
        )
        return Outcome(nas, good=False, lines=(line,))
    line = _("disk {name}: {count} machines written and checked; {holder} may take it home").format(
        name=answer.value.get("disk"), count=len(parts), holder=answer.value.get("holder") or _("its holder")
    )
    return Outcome(nas, good=True, lines=(line,), value=answer.value)


def prune(setting: Setting, pharmacy: str) -> Outcome:
    """Let the NAS throw away what is past its time."""
    nas = _nas_of(setting, pharmacy)
    answer = calls.ask(setting.player, [nas], ["prune"])[nas]
    if answer.value is None:
        return Outcome(nas, good=False, lines=(answer.failure(nas),), silent=bool(answer.silence))
    gone = answer.value.get("gone")
    count = sum(int(_number(one)) for one in gone.values()) if isinstance(gone, dict) else 0
    return Outcome(nas, good=True, lines=(_("{host}: {count} old backups thrown away").format(
        host=nas, count=count),))  # fmt: skip


def _nas(setting: Setting, host: str) -> str:
    return _nas_of(setting, setting.home(host).id)


def _nas_of(setting: Setting, pharmacy: str) -> str:
    found = setting.inventory.pharmacy(pharmacy).of_kind(MachineKind.NAS)
    if not found:
        raise ContinuityError(_("{pharmacy}: the pharmacy has no NAS").format(pharmacy=pharmacy))
    return found[0].name


def _ask_nas(setting: Setting, host: str, words: list[str], disk: str) -> Mapping[str, Any]:
    given = [*words, "--host", host, *(["--disk", disk] if disk else [])]
    return calls.must(setting.player, _nas(setting, host), given)


def _must_be_id(text: str) -> str:
    if not _ID.fullmatch(text):
        raise ContinuityError(
            _("{text!r} is not the id of a snapshot").format(text=text[:80]),
            hint=_("officefleet backup snapshots HOST lists them"),
        )
    return text


def _time(text: str) -> dt.datetime:
    """Return restic's time; its nine digits of a second are more than Python takes."""
    return dt.datetime.fromisoformat(re.sub(r"\.(\d{1,6})\d*", lambda one: "." + one[1].ljust(6, "0"), text))


def _number(value: object) -> float:
    return float(value) if isinstance(value, (int, float)) and abs(value) < 1e18 else 0.0  # noqa: PLR2004  hostile


def _nonsense(host: str) -> ContinuityError:
    return ContinuityError(_("{host}: the NAS's answer makes no sense").format(host=host))
