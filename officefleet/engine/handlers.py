"""The handlers of a play: in which order they stand, and whom a notification reaches."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from officefleet.errors import PlaybookError, nearest
from officefleet.i18n import _
from officefleet.playbook.model import Block, Task, walk
from officefleet.source.template import holds_template

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence


class Handlers:
    """All handlers; roles that are included while the play runs add theirs.

    Args:
        nodes: those known beforehand: of the roles, then the play's own.
        render: renders a handler's name.

    """

    def __init__(self, nodes: Sequence[Block | Task], render: Callable[[str], str]) -> None:
        self._nodes = list(nodes)
        self._render = render
        self._names: dict[str, set[int]] | None = None
        self._lock = threading.Lock()

    def add(self, nodes: Sequence[Block | Task]) -> None:
        """Take in the handlers of an included role."""
        with self._lock:
            self._nodes += nodes
            self._names = None

    def tasks(self) -> list[Task]:
        """Return all handlers in the order in which they are written."""
        return walk(tuple(self._nodes))

    def named(self, name: str, task: Task) -> set[int]:
        """Return the ids of the handlers that a task's notification reaches.

        Raises:
            PlaybookError: none; with the nearest handler's name.

        """
        with self._lock:
            if self._names is None:
                self._names = self._by_name()
            names = self._names
        if name not in names:
            close = nearest(name, names)
            raise PlaybookError(
                _("no handler is named {name!r} or listens to it").format(name=name),
                mark=task.mark,
                hint=_("did you mean {name}?").format(name=close) if close else "",
            )
        return names[name]

    def _by_name(self) -> dict[str, set[int]]:
        names: dict[str, set[int]] = {}
        groups = _groups(self._nodes)
        for group in groups:
            found: dict[str, set[int]] = {}
            for task in group:
                title = self._render(task.name) if holds_template(task.name) else task.name
                if title:
                    found.setdefault(title, {id(task)})
                    if task.role is not None:
                        found.setdefault(f"{task.role.name} : {title}", {id(task)})
            names.update(found)
        for topic, tasks in _listeners(groups).items():
            names[topic] = names.get(topic, set()) | tasks
        return names


def _listeners(groups: Sequence[Sequence[Task]]) -> dict[str, set[int]]:
    """Return who listens to each topic; of handlers with one name the last list's listens."""
    found: dict[str, set[int]] = {}
    seen: set[tuple[str, str]] = set()
    for task in (task for group in reversed(groups) for task in group):
        for topic in task.listen:
            if not task.name or (topic, task.name) not in seen:
                seen.add((topic, task.name))
                found.setdefault(topic, set()).add(id(task))
    return found


def _groups(nodes: Sequence[Block | Task]) -> list[list[Task]]:
    """Return handlers by the list they stand in: of one name the last list's wins, in a list the first."""
    groups: list[list[Task]] = []
    last: object = None
    for node in nodes:
        if isinstance(node, Block):
            groups.append(walk((node,)))
            last = None
            continue
        if last != (node.role, node.file):
            groups.append([])
            last = (node.role, node.file)
        groups[-1].append(node)
    return groups
