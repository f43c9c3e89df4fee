"""Runs a cure: a playbook of ``playbooks/cures`` on one host, after a look at what it would change."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from officefleet.errors import ContinuityError, ExitCode, UnreachableError, nearest
from officefleet.i18n import _

if TYPE_CHECKING:
    from pathlib import Path

    from officefleet.continuity.setting import Setting

FOLDER = "cures"


@dataclass(frozen=True, slots=True)
class Cured:
    """How a cure went: whether it was run, and whether all of it succeeded."""

    ran: bool
    good: bool
    text: str


def playbooks(folder: Path) -> list[str]:
    """Return the names of the cures that a folder of playbooks holds."""
    return sorted(one.name for one in (folder / FOLDER).glob("*.yml") if one.is_file())


def run_cure(setting: Setting, playbook: str, host: str) -> Cured:
    """Preview a cure, ask, run it.

    Raises:
        ContinuityError: no such cure, or the preview fails.
        UnreachableError: the host does not answer.
        ProblemsError: the playbook is wrong.

    """
    known = playbooks(setting.player.folder)
    if playbook not in known:
        close = nearest(playbook, known)
        raise ContinuityError(
            _("there is no cure {name!r} in playbooks/cures").format(name=playbook),
            hint=_("did you mean {name}?").format(name=close) if close else "",
        )
    name, variables = f"{FOLDER}/{playbook}", {"cured_host": host}
    preview = setting.player.play([name], variables, limit=host, check=True)
    if preview.code == ExitCode.UNREACHABLE:
        raise UnreachableError(preview.problem())
    if preview.code:
        raise ContinuityError(
            _("the preview fails: {reason}").format(reason=preview.problem()), hint=_("nothing was changed")
        )
    person = setting.person
    tasks = preview.changed.get(host, [])
    for task in tasks:
        person.say("  " + _("would change: {task}").format(task=task))
    if not tasks:
        person.say("  " + _("would change nothing that can be predicted"))
    if not person.confirm(_("Run {name} on {host}?").format(name=playbook, host=host)):
        return Cured(ran=False, good=False, text=_("not run"))
    played = setting.player.play([name], variables, limit=host)
    if played.code:
        return Cured(ran=True, good=False, text=played.problem())
    return Cured(ran=True, good=True, text=_("{name} ran on {host}").format(name=playbook, host=host))
