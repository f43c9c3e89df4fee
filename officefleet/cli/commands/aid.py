"""``officefleet aid``: first aid for a poste, step by step."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter

from officefleet.access.action import Action
from officefleet.cli._continuity import Sources, Terminal, open_setting
from officefleet.errors import ExitCode, UsageError
from officefleet.i18n import _

if TYPE_CHECKING:
    from officefleet.continuity.aid import Next


def command(
    host: str,
    *,
    symptom: Annotated[str, Parameter(name=["-s", "--symptom"])] = "",
    inventory: Sources = None,
) -> int:
    """Restart, cables, compatibility, known cures, then the spare or a rebuild: guided, every answer written down.

    Args:
        host: The poste.
        symptom: What is wrong, in one line; asked for when it is not given.
        inventory: Sources.

    """
    from officefleet.cli.acting import may  # noqa: PLC0415  see below
    from officefleet.continuity.aid import FirstAid  # noqa: PLC0415  the engine is slow to import
    from officefleet.continuity.binder.cures import Cures  # noqa: PLC0415  see above

    terminal = Terminal(yes=False)
    with open_setting(inventory, host, terminal, Action.LOOK) as setting:
        setting.machine(host)  # before a question is asked
        if not symptom.strip():
            sys.stdout.write(_("What is wrong, in one line? "))
            sys.stdout.flush()
            symptom = sys.stdin.readline()
        if not symptom.strip():
            raise UsageError(_("no symptom is given"), hint=_("say what with --symptom"))
        aid = FirstAid(
            setting,
            Cures(setting.connection),
            host,
            may_cure=may(setting.inventory, setting.machine(host).name, Action.CURE),
        )
        done = aid.guide(symptom.strip()[:200])
    if done.cured:
        terminal.say(
            "\n" + _("Cured: {remedy}. Incident {id} is closed.").format(remedy=done.cured, id=done.page.id)
        )
        return ExitCode.OK
    terminal.say("\n" + _("Incident {id} stays open.").format(id=done.page.id))
    return _go_on(done.next, done.page.machine or host, inventory)


def _go_on(choice: Next, host: str, inventory: list[str] | None) -> int:
    """Do what the person chose, as its own command would: with its own rights and questions."""
    if choice == "swap":
        from officefleet.cli.commands.spare import swap  # noqa: PLC0415  the engine is slow to import

        return swap(host, inventory=inventory)
    if choice == "rebuild":
        from officefleet.cli.commands.rebuild import command as rebuild  # noqa: PLC0415  see above

        return rebuild(host, inventory=inventory)
    return ExitCode.FAILED
