"""One sentence for each thing that can go wrong with a backup; machines tell it as a code with facts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from officefleet.i18n import _

if TYPE_CHECKING:
    from collections.abc import Mapping

_LONGEST = 300  # characters of a fact that are shown: machines are not believed


def sentence(problem: Mapping[str, Any], host: str) -> str:
    """Return what a problem means.

    Args:
        problem: ``{"code": ..., "facts": {...}}``, as a machine gave it.
        host: which machine.

    """
    facts = _facts(problem, host)
    text = _texts().get(str(problem.get("code")))
    if text is None:
        return _("{host}: the backup failed: {said}").format(
            host=host, said=facts.get("said") or problem.get("code")
        )
    try:
        return text.format_map(facts)
    except (KeyError, ValueError, IndexError, AttributeError):
        return _("{host}: {code}").format(host=host, code=str(problem.get("code"))[:40])


def hint(problem: Mapping[str, Any]) -> str:
    """Return what to do about it, or ""."""
    return _hints().get(str(problem.get("code")), "")


def _facts(problem: Mapping[str, Any], host: str) -> dict[str, object]:
    given = problem.get("facts")
    found: dict[str, object] = {}
    for name, value in given.items() if isinstance(given, dict) else ():
        if isinstance(value, str):
            found[str(name)] = "".join(one for one in value if one.isprintable())[:_LONGEST]
        elif isinstance(value, (int, float)):
            found[str(name)] = value
    seconds = found.get("seconds")
    if isinstance(seconds, (int, float)):
        found["days"] = round(abs(seconds) / 86400, 1)
    for name in ("size", "free"):
        amount = found.get(name)
        if isinstance(amount, (int, float)):
            found[name] = f"{amount / 1e6:.0f} MB"
    return {**found, "host": host}


def _texts() -> dict[str, str]:
    return {
        **_nas_texts(),
        **_disk_texts(),
        **_restore_texts(),
        "busy": _("{host}: a backup or drill is running; one that was interrupted here ends there by itself"),
        "canary-changed": _("{host}: canary files are gone or changed, as ransomware leaves them: {files}"),
        "clock-wrong": _("{host}: its clock is wrong by {days} days; the backup bears the NAS's time"),
        "clock-nas": _("{host}: its clock is wrong by {days} days: nothing is thrown away"),
        "database": _("{host}: the database {name} cannot be dumped or restored: {reason}"),
        "dump-disk": _("{host}: no room for the dump of the database in {path}: {reason}"),
        "files-unreadable": _("{host}: some files could not be read: {said}"),
        "interrupted": _("{host}: interrupted; nothing is lost, the next backup goes on"),
        "key-wrong": _("{host}: the encryption key does not open the repository"),
        "locked": _("{host}: the repository is locked by another program"),
        "no-postgresql": _("{host}: {program} of PostgreSQL is not installed"),
        "not-set-up": _("{host}: backups were never set up"),
        "nothing-there": _("{host}: nothing of what is to be backed up is there: {paths}"),
        "path-missing": _("{host}: {path} is to be backed up and is not there"),
        "settings-wrong": _("{host}: the settings of the backup are wrong: {path}: {reason}"),
    }


def _nas_texts() -> dict[str, str]:
    return {
        "append-only": _("{host}: the NAS lets nothing be deleted or changed from here"),
        "damaged": _("{host}: the backup is damaged and must not be relied on"),
        "nas-disk-gone": _("{host}: the disk of the backups does not answer"),
        "nas-forged": _("{host}: another machine answers in the place of the NAS"),
        "nas-full": _("{host}: the NAS is full: no backup can be made; earlier ones are whole"),
        "nas-gone": _("{host}: the NAS does not answer: no backup was made"),
        "nas-nearly-full": _("{host}: the NAS is nearly full: {free} left"),
        "nas-read-only": _("{host}: the NAS can only be read: no backup can be made; earlier ones are whole"),
        "nas-refuses": _("{host}: the NAS cannot write the backup; earlier ones are whole"),
        "nas-strange": _("{host}: what answers in the place of the NAS is no backup server"),
        "no-client": _("the NAS does not know {host} as a machine that is backed up"),
        "no-repository": _("{host}: has no backup yet"),
        "refused": _("{host}: the NAS refuses its password"),
    }


def _disk_texts() -> dict[str, str]:
    return {
        "disk-absent": _("{host}: none of the pharmacy's disks is plugged in ({names})"),
        "disk-foreign": _("{host}: the disk {label} belongs to another pharmacy; it was not touched"),
        "disk-full": _("{host}: the disk is full; earlier backups on it are whole"),
        "disk-gone": _("{host}: the disk was unplugged or fails"),
        "disk-in-use": _("{host}: the disk {label} holds something else; it was not touched"),
        "disk-not-ours": _(
            "{host}: the disk {label} is not the one that the inventory names; it was not touched"
        ),
        "disk-read-only": _("{host}: the disk can only be read"),
        "disk-unreadable": _("{host}: the disk cannot be opened: {reason}"),
    }


def _restore_texts() -> dict[str, str]:
    return {
        "database-differs": _("{host}: the restored database {name} is not what was backed up: {tables}"),
        "database-missing": _("{host}: the backup lacks the database {name}"),
        "files-differ": _("{host}: {count} restored files are not what was backed up: {files}"),
        "no-proof": _("{host}: the backup holds nothing that could be proven"),
        "no-snapshot": _("{host}: there is no backup {snapshot}"),
        "nothing-restored": _("{host}: the backup holds none of these paths"),
        "target-full": _("{host}: the disk of {path} is full; what was begun was taken away"),
        "target-not-empty": _("{host}: {path} is not empty; a restore never mixes with what is there"),
        "target-read-only": _("{host}: {path} cannot be written"),
        "target-refused": _("{host}: {path} cannot be made: {reason}"),
        "target-small": _("{host}: the backup needs {size}, {path} has {free}: nothing was begun"),
    }


def _hints() -> dict[str, str]:
    return {
        "clock-nas": _("set the NAS's clock, then `officefleet backup prune`"),
        "canary-changed": _(
            "unplug its network cable now, leave it on, then `officefleet ransomware open HOST`"
        ),
        "clock-wrong": _("set the clock; a flat battery on the mainboard is the usual cause"),
        "damaged": _("restore from another medium; replace the disk"),
        "disk-foreign": _("plug in a disk of this pharmacy; give that one back"),
        "disk-full": _("take a larger disk, or keep less: backup_disk_retention"),
        "nas-full": _("`officefleet backup prune`, or a larger disk"),
        "nas-gone": _("is it on? is its cable in? the next backup catches up"),
        "nas-forged": _(
            "do not push again before you know why; if the NAS was replaced: playbooks/backup.yml"
        ),
        "no-client": _("officefleet run playbooks/backup.yml"),
        "not-set-up": _("officefleet run playbooks/backup.yml"),
    }
