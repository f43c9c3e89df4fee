"""Checks playbooks and roles: all that can be known without a host."""

from __future__ import annotations

from typing import TYPE_CHECKING

from officefleet.cli.validation import handlers
from officefleet.cli.vault_flags import vaults
from officefleet.errors import Mark, OfficefleetError, PlaybookError, ProblemsError, SelectorError
from officefleet.i18n import _
from officefleet.playbook.model import Keywords
from officefleet.playbook.reader import Reader, read_playbooks
from officefleet.source.template import holds_template
from officefleet.source.yaml import mark_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from officefleet.cli.validation.check import Report
    from officefleet.inventory import Inventory
    from officefleet.playbook.model import Play
    from officefleet.source.template import Templar

_GROWING = frozenset({"add_host", "group_by"})


def check_playbooks(
    files: Sequence[Path], inventory: Inventory | None, report: Report
) -> Iterator[OfficefleetError]:
    """Yield what is wrong with playbooks, their roles, handlers and host patterns."""
    from officefleet.engine.run import make_templar  # noqa: PLC0415  the engine is slow to import

    templar = make_templar(opener=vaults())
    for file in files:
        report.playbooks += 1
        report.files.append(file)
        try:
            plays, readers = read_playbooks([file], templar)
        except ProblemsError as error:
            yield from error.problems
            continue
        report.plays += len(plays)
        grows = False
        for play, reader in zip(plays, readers, strict=True):
            tasks = list(handlers.all_tasks(play, reader))
            yield from handlers.unknown(play, reader, tasks)
            if inventory is not None and not grows:
                yield from _pattern(play, inventory)
            grows = grows or any(task.module in _GROWING or handlers.is_open(task) for task in tasks)


def _pattern(play: Play, inventory: Inventory) -> Iterator[OfficefleetError]:
    hosts = play.hosts
    if holds_template(hosts):
        return
    pattern = ",".join(str(one) for one in hosts) if isinstance(hosts, list) else str(hosts)
    try:
        found = inventory.select(pattern)
    except SelectorError as error:
        yield SelectorError(error.message, mark=error.mark or _place(play), hint=error.hint)
        return
    if not found:
        yield SelectorError(
            _("no host matches {pattern!r}").format(pattern=pattern),
            mark=_place(play),
            hint=_("see `officefleet inventory graph`"),
        )


def _place(play: Play) -> Mark:
    return mark_of(play.hosts) or play.mark


def check_roles(folders: Sequence[Path], report: Report) -> Iterator[OfficefleetError]:
    """Yield what is wrong with roles, whether or not a playbook uses them: every task file is read."""
    from officefleet.engine.run import make_templar  # noqa: PLC0415  the engine is slow to import

    templar = make_templar(opener=vaults())
    for folder in folders:
        report.roles += 1
        report.files.append(folder)
        yield from _role(folder, templar)


def _role(folder: Path, templar: Templar) -> list[OfficefleetError]:
    path = folder.resolve()
    mark = Mark(str(folder))
    reader = Reader(path.parent.parent, templar)
    files = sorted((path / "tasks").glob("*.y*ml"))
    if not files and not any(
        (path / name).is_dir() for name in ("handlers", "defaults", "vars", "meta", "files")
    ):
        return [PlaybookError(_("the role {name} is empty").format(name=folder.name), mark=mark)]
    for args in [{"tasks_from": file.stem} for file in files] or [{}]:
        try:
            reader.roles.use(str(path), args, Keywords(), mark, parent=None)
        except OfficefleetError as error:
            reader.report(error)
    return list(reader.problems)
