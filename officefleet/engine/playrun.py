"""One portion of hosts in one play: what they share, and the barriers between them."""

from __future__ import annotations

import threading
from contextlib import AbstractContextManager, nullcontext
from typing import TYPE_CHECKING, Any

from officefleet.engine import barriers, implied, playvars
from officefleet.engine.handlers import Handlers
from officefleet.engine.hosts import Host, Magic, hostvars_scope
from officefleet.engine.selection import selected
from officefleet.errors import OfficefleetError, ProblemsError
from officefleet.inventory.variables import IMPLICIT
from officefleet.playbook.keywords import ROLE_COMPLETE
from officefleet.playbook.model import Block, Play, Role, Task
from officefleet.playbook.tasks import TaskReader
from officefleet.source import yaml
from officefleet.source.scope import Scope
from officefleet.source.template import holds_template

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from officefleet.engine.cursor import Failure, Position
    from officefleet.engine.events import Event
    from officefleet.engine.hostrun import HostRun
    from officefleet.engine.plan import Item, Plan
    from officefleet.engine.shared import Shared
    from officefleet.playbook.reader import Reader


class PlayRun:
    """What the hosts of one portion of a play share.

    Args:
        shared: the run's own state.
        play: the play.
        reader: reads what the play includes while it runs.
        batch: names of this portion's hosts.
        all_hosts: names of all hosts of the play.
        name: the play's name, rendered.

    """

    def __init__(
        self,
        shared: Shared,
        play: Play,
        reader: Reader,
        batch: Sequence[str],
        all_hosts: Sequence[str],
        name: str = "",
    ) -> None:
        self.shared = shared
        self.play = play
        self.reader = reader
        self.batch = list(batch)
        self.all_hosts = list(all_hosts)
        self.options = shared.options
        self.templar = shared.templar
        self.bundle = shared.bundle
        self.cached = shared.cached
        self.mask = shared.mask
        self.publish: Callable[[Event], None] = shared.publish
        self.folder = play.file.parent
        self.name = name or play.name
        self.once: dict[Position, tuple[Mapping[str, Any], Mapping[str, Any]]] = {}
        self.roles: list[Role] = list(dict.fromkeys(reader.roles.exported))
        self.handlers = Handlers(play.handlers, self._rendered_name)
        self.ended = False
        self.ended_whole = False
        self.alone = len(batch) == 1
        self.keeps_connections = False
        self.synchronous = play.max_fail_percentage is not None
        self.force_handlers = bool(play.force_handlers or self.options.force_handlers)
        self.flush_task = implied.meta_task(play, "flush_handlers")
        self.nodes = self._nodes()
        self._shared_vars = [*playvars.prompted(self), *playvars.literal_files(self)]
        self._included: dict[tuple[int, str], tuple[Block | Task, ...]] = {}
        self._lock = threading.RLock()
        self._turns: dict[tuple[int, int], threading.BoundedSemaphore] = {}
        self._late_failures: set[str] = set()
        self._fatal: tuple[Failure, set[str]] | None = None
        self._play_magic = playvars.magic_of_play(self)
        self._late = {"ansible_play_hosts": self.alive, "ansible_play_batch": self.batch_alive,
                      "play_hosts": self.batch_alive, "ansible_current_hosts": self.batch_alive,
                      "ansible_failed_hosts": self.failed_hosts}  # fmt: skip
        self.magic_names = frozenset(self._play_magic) | {"inventory_hostname", "ansible_host", "ansible_port",
                                                          "ansible_user", "ansible_connection"}  # fmt: skip

    # --- tasks --------------------------------------------------------------------------------------------

    def _nodes(self) -> tuple[Block | Task, ...]:
        play = self.play
        before, roles, tasks, after = play.sections
        gather = play.gather_facts
        if gather is None:
            gather = True
        nodes: list[Block | Task] = []
        if holds_template(gather):
            gather = self._known_beforehand(gather)
        if holds_template(gather) or gather:
            nodes.append(implied.setup_task(play))
        flush = self.flush_task
        return (*nodes, *before, flush, *roles, *tasks, flush, *after, flush)

    def _known_beforehand(self, value: Any) -> Any:
        """Return a play's keyword rendered where it needs no host, else as it is."""
        try:
            return self.templar.render(
                value, Scope([(self.play.vars, True), (self.options.extra_vars, True)], self.templar)
            )
        except OfficefleetError:
            return value

    def takes(self, task: Task) -> bool:
        """Return whether the run's tags and --start-at-task take a task."""
        if task is self.flush_task or task.args.get("_raw_params") == ROLE_COMPLETE:
            return True
        if id(task) in self.shared.skipped_tasks:
            return False
        tags = task.keywords.tags
        if any(holds_template(tag) for tag in tags):
            tags = tuple(str(self.templar.render(tag, self._play_scope())) for tag in tags)
        return selected(tags, self.options.tags, self.options.skip_tags)

    def needs_barrier(self, task: Task) -> bool:
        """Return whether all hosts must have come as far as this task before it runs."""
        if self.alone:
            return False
        if self.synchronous:
            return task is not self.flush_task
        return self.play.strategy == "linear" and (
            barriers.is_barrier(task) or bool(task.keywords.get("any_errors_fatal"))
        )

    def included_tasks(self, task: Task, name: str) -> tuple[Block | Task, ...]:
        """Return the nodes of a file that a task includes; read once.

        Raises:
            OfficefleetError: no such file, or something is wrong in it.

        """
        with self._lock:
            key = (id(task), name)
            found = self._included.get(key)
            if found is None:
                path = self.reader.search(task.role, task.file).find(name, "tasks", task.mark).resolve()
                reader = TaskReader(self.reader, path, task.role)
                found = self._checked(
                    lambda: reader.read(
                        yaml.load(path, self.templar.opener),
                        implied.inner_keywords(task),
                        path.name,
                        task.mark,
                    )
                )
                self._included[key] = found
            return found

    def included_role(self, task: Task, name: str, args: Mapping[str, Any]) -> tuple[Block | Task, ...]:
        """Return the block of a role that a task includes; its handlers join the play's.

        Raises:
            OfficefleetError: no such role, or something is wrong in it.

        """
        with self._lock:
            key = (id(task), repr((name, sorted((k, str(v)) for k, v in args.items()))))
            found = self._included.get(key)
            if found is None:
                exported = len(self.reader.roles.exported)
                before = len(self.reader.roles.handlers)
                block = self._checked(
                    lambda: self.reader.roles.use(
                        name, args, implied.inner_keywords(task), task.mark, parent=task.role
                    )
                )
                self.handlers.add(self.reader.roles.handlers[before:])
                self.roles += self.reader.roles.exported[exported:]
                del self.reader.roles.exported[
                    exported:
                ]  # they are seen from here on, not in the next portion
                found = (block,)
                self._included[key] = found
            return found

    def _checked(self, read: Callable[[], Any]) -> Any:
        self.reader.problems.clear()
        found = read()
        if self.reader.problems:
            problems = list(self.reader.problems)
            first = problems[0]
            if len(problems) == 1:
                raise first
            raise ProblemsError(str(first), problems)
        return found

    def _rendered_name(self, title: str) -> str:
        try:
            return str(self.templar.render(title, self._play_scope()))
        except OfficefleetError:
            return title

    # --- variables ----------------------------------------------------------------------------------------

    def _play_scope(self) -> Scope:
        layers: list[tuple[Mapping[str, Any], bool]] = [(role.defaults, True) for role in self.roles]
        layers += [(self.play.vars, True), *self._shared_vars, *((role.vars, True) for role in self.roles)]
        layers += [(self.options.extra_vars, True), (self._play_magic, False)]
        return Scope(layers, self.templar)

    def variable_layers(self, run: HostRun) -> list[tuple[Mapping[str, Any], bool]]:
        """Return the play's variables for a host, low to high."""
        return [(self.play.vars, True), *self._shared_vars, *playvars.host_files(self, run)]

    def names(self, host: str) -> Mapping[str, Any]:
        """Return what a host is called: stands above its inventory variables and below all that plays say."""
        known = host == "localhost" or host in self.shared.inventory.groups.get("all", ())
        return {
            "inventory_hostname": host,
            "inventory_hostname_short": host.partition(".")[0],
            "group_names": self.shared.group_names(host) if known else [],
        }

    def magic(self, task: Task | None) -> Mapping[str, Any]:
        """Return the variables that no one can set."""
        own: dict[str, Any] = {}
        role = task.role if task is not None else None
        if role is not None:
            own["role_name"] = own["ansible_role_name"] = role.name
            own["role_path"] = str(role.path)
            if role.includers:
                own["ansible_parent_role_names"] = [parent.name for parent in role.includers]
                own["ansible_parent_role_paths"] = [str(parent.path) for parent in role.includers]
        late = self._late
        if task is not None:
            search = self.reader.search(role, task.file)
            own["environment"] = list(task.keywords.environment)
            late = {**late, "ansible_search_path": lambda: [str(one) for one in search.path()]}
        return Magic(self._play_magic, own, late)

    def alive(self) -> list[str]:
        """Return the play's hosts that have not failed."""
        return [
            name for name in self.all_hosts if not self.shared.is_out(name) and name not in self.shared.left
        ]

    def batch_alive(self) -> list[str]:
        """Return this portion's hosts that have not failed."""
        return [name for name in self.batch if not self.shared.is_out(name) and name not in self.shared.left]

    def failed_hosts(self) -> list[str]:
        """Return this play's hosts that have failed."""
        return [name for name in self.all_hosts if self.shared.is_out(name)]

    def hostvars_of(self, name: str) -> Scope:
        """Return a host's variables as other hosts see them."""
        host = self.shared.host(name)
        magic = {**self._play_magic, "inventory_hostname": name, "group_names": self.shared.group_names(name)}
        return hostvars_scope(host, self.templar, magic, self.options.extra_vars)

    def delegate_host(self, name: str) -> Host:
        """Return a host that a task is delegated to; one that is not in the inventory has the variables of all."""
        if name in self.shared.inventory.groups.get("all", ()):
            return self.shared.host(name)
        implicit = self.shared.host("localhost")
        if name in ("localhost", "127.0.0.1", "::1"):
            return implicit
        shared = {key: value for key, value in implicit.inventory_vars.items() if key not in IMPLICIT}
        return Host(name, {"ansible_host": name, **shared})

    def delegate(self, plan: Plan, item: Item) -> Host:
        """Return the host that delegate_facts gives facts to."""
        return self.shared.host(str(self.templar.render(plan.task.delegate_to, item.scope)))

    # --- any_errors_fatal ---------------------------------------------------------------------------------

    def is_fatal(self, host: str, failure: Failure) -> None:
        """Note a failure that is to be every host's."""
        with self._lock:
            self._fatal = (failure, {*(self._fatal[1] if self._fatal else ()), host})

    def take_fatal(self) -> tuple[Failure, set[str]] | None:
        """Return, once, a failure that is every host's, and the hosts that had it themselves."""
        with self._lock:
            found, self._fatal = self._fatal, None
            return found

    # --- the run ------------------------------------------------------------------------------------------

    def wait(self, seconds: float) -> None:
        """Wait, but not longer than the run lives.

        Raises:
            InterruptedRunError: the run was interrupted.

        """
        self.shared.wait(seconds)

    def turn(self, task: Task, limit: Any) -> AbstractContextManager[Any]:
        """Return what lets at most `limit` hosts (the task's throttle, rendered) at a time through a task."""
        if not limit:
            return nullcontext()
        with self._lock:
            key = (id(task), int(limit))
            if key not in self._turns:
                self._turns[key] = threading.BoundedSemaphore(max(1, int(limit)))
            return self._turns[key]

    def end(self, *, whole: bool) -> None:
        """End this portion, or with `whole` the play."""
        self.ended = True
        self.ended_whole = self.ended_whole or whole

    def too_many_failed(self) -> bool:
        """Return whether any_errors_fatal or max_fail_percentage stops the play."""
        failed = sum(1 for name in self.batch if self.shared.is_out(name) and name not in self._late_failures)
        if not failed:
            return False
        limit = self.play.max_fail_percentage
        return limit is not None and 100 * failed / len(self.batch) > float(limit)

    def note_failure(self, host: str, *, at_once: bool) -> None:
        """Note that a host fails; one that runs an `always` first is not counted by max_fail_percentage, as in Ansible."""
        if not at_once:
            self._late_failures.add(host)

    def once_at(self, run: HostRun, position: Position) -> bool:
        """Return whether the task at which a host stands runs on one host for all."""
        node = run.cursor.peek()
        return isinstance(node, Task) and run.cursor.position == position and run.runs_once(node)

    def clear_errors(self) -> None:
        """Take unreachable and failed hosts back in (meta clear_host_errors)."""
        for name in self.all_hosts:
            host = self.shared.host(name)
            if self.shared.is_out(name):
                self.shared.left.add(name)  # it is back with the next play
            host.failed = host.unreachable = False

    def grow(self, host: str, result: Mapping[str, Any]) -> bool:
        """Take in hosts and groups that add_host and group_by bring; return whether there is anything new."""
        changed = self.shared.grow(host, result)
        added = result.get("add_host")
        if changed and added is not None and added["host_name"] not in self.all_hosts:
            self.all_hosts.append(str(added["host_name"]))
        return changed
