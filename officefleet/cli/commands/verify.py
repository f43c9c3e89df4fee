"""``officefleet verify``: prove hosts with the testinfra tests of their roles."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from typing import TYPE_CHECKING

from officefleet.access.action import Action
from officefleet.cli._continuity import AsJson, Sources, Terminal, open_setting
from officefleet.errors import UsageError
from officefleet.i18n import _, ngettext

if TYPE_CHECKING:
    from collections.abc import Sequence

    from officefleet.continuity.setting import Setting
    from officefleet.continuity.verifying.outcome import Outcome


def command(pattern: str = "all", *, inventory: Sources = None, as_json: AsJson = False) -> int:
    """Run the tests of each host's `verify_roles`; exit code 2 when one fails, 4 when a host does not answer.

    A poste whose identity a spare carries may be off; if it runs, it must be fenced.

    Args:
        pattern: Hosts.
        inventory: Sources.
        as_json: JSON instead of a table.

    """
    from officefleet.continuity.verifying.outcome import exit_code  # noqa: PLC0415  the engine is slow to import
    from officefleet.continuity.verifying.runner import Verifier  # noqa: PLC0415  see above

    with open_setting(inventory, pattern, Terminal(yes=True), Action.LOOK) as setting:
        hosts = setting.inventory.select(pattern)
        if not hosts:
            raise UsageError(_("{pattern!r} names no host").format(pattern=pattern))
        roles = setting.player.folder.parent / "roles"
        stand_ins = _stand_ins(setting, hosts)
        outcomes = Verifier(setting.inventory, setting.player.options, roles, stand_ins).verify(hosts)
    if as_json:
        json.dump([asdict(one) for one in outcomes], sys.stdout, ensure_ascii=False, indent=2)
        sys.stdout.write("\n")
    else:
        _print(outcomes)
    return exit_code(outcomes)


def _stand_ins(setting: Setting, hosts: Sequence[str]) -> dict[str, str]:
    """Return who carries whose identity: as the pharmacies' registers say, else as this computer's journal does."""
    from officefleet.continuity.readings import read  # noqa: PLC0415  the engine is slow to import

    found: dict[str, str] = {}
    homes = dict.fromkeys(home for host in hosts if (home := setting.inventory.pharmacy_of(host)))
    for home in homes:
        register = read(setting.player, setting.inventory.pharmacy(home), []).register
        if register is None:
            register = {one.poste: one.spare for one in setting.journal.active(home)}
        found |= register
    return found


def _print(outcomes: Sequence[Outcome]) -> None:
    from rich.console import Console  # noqa: PLC0415  slow to import
    from rich.table import Table  # noqa: PLC0415  see above
    from rich.text import Text  # noqa: PLC0415  see above

    from officefleet.continuity.verifying.outcome import Standing  # noqa: PLC0415  see above

    words = {
        Standing.PROVEN: (_("proven"), "green"),
        Standing.FAILED: (_("FAILED"), "bold red"),
        Standing.UNREACHABLE: (_("no answer"), "bold red"),
        Standing.REPLACED: (_("replaced"), "yellow"),
        Standing.UNTESTED: (_("not tested"), "yellow"),
    }
    table = Table(box=None, pad_edge=False)
    for title in (_("Host"), _("Roles"), _("Passed"), _("Failed"), _("Seconds"), _("Result")):
        table.add_column(title, no_wrap=title == _("Host"))
    for one in outcomes:
        word, style = words[one.standing]
        table.add_row(
            one.host, ", ".join(one.roles), str(one.passed or ""), str(len(one.failures) or ""),
            f"{one.seconds:.1f}", Text(word, style=style),
        )  # fmt: skip
    console = Console(highlight=False)
    console.print(table)
    for one in outcomes:
        if one.note:
            console.print(Text(f"{one.host}: {one.note}"), style=words[one.standing][1])
        for failure in one.failures:
            console.print(Text(f"{one.host}: {failure.role}: {failure.test}: {failure.message}"), style="red")
    passed = sum(one.passed for one in outcomes)
    proven = sum(one.standing is Standing.PROVEN for one in outcomes)
    console.print(
        ngettext("{proven} of {count} host proven, {passed} tests passed",
                 "{proven} of {count} hosts proven, {passed} tests passed", len(outcomes)).format(
            proven=proven, count=len(outcomes), passed=passed
        )
    )  # fmt: skip
