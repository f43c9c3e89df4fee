"""What ``--list-hosts``, ``--list-tasks`` and ``--list-tags`` print."""

from __future__ import annotations

from typing import TYPE_CHECKING

from officefleet.errors import SelectorError
from officefleet.i18n import _, ngettext

if TYPE_CHECKING:
    from collections.abc import Iterator

    from officefleet.cli.run_flags import RunFlags
    from officefleet.engine.options import Options
    from officefleet.engine.run import Prepared
    from officefleet.inventory import Inventory
    from officefleet.playbook.model import Play, Task


def lines(prepared: Prepared, inventory: Inventory, options: Options, flags: RunFlags) -> Iterator[str]:
    """Yield the lines to print, play by play."""
    for number, play in enumerate(prepared.plays, 1):
        yield f"{number}. {play.name}  [{play.mark}]"
        if flags.list_hosts:
            yield from _hosts(play, inventory, options)
        tasks = list(_tasks(play, options))
        if flags.list_tasks:
            for task in tasks:
                own = f"  [{', '.join(task.keywords.tags)}]" if task.keywords.tags else ""
                yield f"     {task.title}{own}"
        if flags.list_tags:
            tags = sorted({tag for task in tasks for tag in task.keywords.tags})
            yield "     " + _("tags: {tags}").format(tags=", ".join(tags) or "-")


def _hosts(play: Play, inventory: Inventory, options: Options) -> Iterator[str]:
    hosts = play.hosts
    pattern = ",".join(str(one) for one in hosts) if isinstance(hosts, list) else str(hosts)
    try:
        found = inventory.select(pattern, options.limit or None)
    except SelectorError as error:
        yield f"     {error}"
        return
    yield "     " + ngettext("{count} host", "{count} hosts", len(found)).format(count=len(found))
    yield from (f"       {host}" for host in found)


def _tasks(play: Play, options: Options) -> Iterator[Task]:
    from officefleet.engine.selection import selected  # noqa: PLC0415  the engine is slow to import
    from officefleet.playbook.model import walk  # noqa: PLC0415  see above

    for section in play.sections:
        for task in walk(section):
            if selected(task.keywords.tags, options.tags, options.skip_tags):
                yield task
