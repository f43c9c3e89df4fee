"""Finds notifications that no handler answers, as far as that can be known before the run."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

from officefleet.errors import OfficefleetError, PlaybookError, nearest
from officefleet.i18n import _
from officefleet.playbook import fields
from officefleet.playbook.model import Block, Statement, Task, walk
from officefleet.playbook.tasks import TaskReader
from officefleet.source import yaml
from officefleet.source.template import holds_template
from officefleet.source.yaml import mark_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from officefleet.playbook.model import Play
    from officefleet.playbook.reader import Reader

_TEMPLATE = re.compile(r"\{\{.*?\}\}|\{%.*?%\}", re.DOTALL)


def all_tasks(play: Play, reader: Reader) -> Iterator[Task]:
    """Yield a play's tasks and those of every file and role that it includes by a literal name."""
    seen: set[tuple[Any, ...]] = set()
    yield from _expanded(tuple(node for section in play.sections for node in section), reader, seen)
    yield from _expanded(tuple(play.handlers), reader, seen)


def _expanded(nodes: Sequence[Block | Task], reader: Reader, seen: set[tuple[Any, ...]]) -> Iterator[Task]:
    for task in walk(tuple(nodes)):
        yield task
        if task.statement is Statement.INCLUDE_TASKS:
            name = task.args.get("file") or task.args.get("_raw_params")
            if not holds_template(name):
                yield from _expanded(_file(str(name), task, reader, seen), reader, seen)
        elif task.statement is Statement.INCLUDE_ROLE and not any(
            holds_template(value) for value in task.args.values()
        ):
            yield from _expanded(_role(task, reader, seen), reader, seen)


def _file(name: str, task: Task, reader: Reader, seen: set[tuple[Any, ...]]) -> tuple[Block | Task, ...]:
    try:
        path = reader.search(task.role, task.file).find(name, "tasks", task.mark).resolve()
        key = (path, task.role.path if task.role else None)
        if key in seen:
            return ()
        seen.add(key)
        return TaskReader(reader, path, task.role).read(yaml.load(path), task.keywords, path.name, task.mark)
    except OfficefleetError:
        return ()  # the reader has reported it


def _role(task: Task, reader: Reader, seen: set[tuple[Any, ...]]) -> tuple[Block | Task, ...]:
    name = str(task.args.get("name") or task.args.get("role"))
    key = (name, str(task.args.get("tasks_from")), task.role.path if task.role else Path())
    if key in seen:
        return ()
    seen.add(key)
    try:
        return (reader.roles.use(name, task.args, task.keywords, task.mark, parent=task.role),)
    except OfficefleetError:
        return ()  # the reader has reported it


def unknown(play: Play, reader: Reader, tasks: Sequence[Task]) -> Iterator[OfficefleetError]:
    """Yield a problem for each literal notification that reaches nobody."""
    if any(is_open(task) for task in tasks):
        return  # what it brings may have the handler
    names, patterns = _answered(play, reader)
    for task in tasks:
        for name in (one for entry in task.notify for one in fields.as_list(entry)):
            text = str(name)
            if holds_template(name) or text in names or any(one.match(text) for one in patterns):
                continue
            close = nearest(text, names)
            yield PlaybookError(
                _("no handler is named {name!r} or listens to it").format(name=text),
                mark=mark_of(name) or task.mark,
                hint=_("did you mean {name}?").format(name=close) if close else "",
            )


def _answered(play: Play, reader: Reader) -> tuple[set[str], list[re.Pattern[str]]]:
    """Return the names that a play's handlers answer to, and patterns for those with templates."""
    names: set[str] = set()
    patterns: list[re.Pattern[str]] = []
    for task in walk((*play.handlers, *reader.roles.handlers)):
        for title in (task.name, *task.listen):
            if holds_template(title):
                patterns.append(_pattern(title))
            elif title:
                names.add(title)
                if task.role is not None:
                    names.add(f"{task.role.name} : {title}")
    return names, patterns


def is_open(task: Task) -> bool:
    """Return whether a task includes what only the run will know."""
    return task.statement in (Statement.INCLUDE_ROLE, Statement.INCLUDE_TASKS) and any(
        holds_template(value) for value in task.args.values()
    )


def _pattern(title: str) -> re.Pattern[str]:
    literal = [re.escape(part) for part in _TEMPLATE.split(title)]
    return re.compile(".*".join(literal) + "$", re.DOTALL)
