"""What all plays of a run share: hosts, the agent's code, secrets, subscribers."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Protocol

from officefleet.agents import bundle as bundles
from officefleet.engine import acquaintance
from officefleet.engine.events import Counts, Event, RunFinished, Status, Subscriber, TaskFinished
from officefleet.engine.hosts import Host
from officefleet.engine.masking import Mask
from officefleet.errors import Mark, RunError
from officefleet.i18n import _
from officefleet.modules import registry
from officefleet.modules.spec import Kind
from officefleet.playbook import fields
from officefleet.playbook.model import Play, walk
from officefleet.source import yaml

if TYPE_CHECKING:
    from pathlib import Path

    from officefleet.engine.options import Options
    from officefleet.source.template import Templar
    from officefleet.transports.base import Endpoint


class Inventory(Protocol):
    """What the engine needs of an inventory (`officefleet.inventory.Inventory` has it)."""

    @property
    def groups(self) -> Mapping[str, Sequence[str]]:
        """Hosts of each group."""

    def group_names(self, host: str) -> list[str]:
        """Return a host's groups."""

    def select(self, pattern: str, limit: str | None = None) -> list[str]:
        """Return the hosts that a pattern names."""

    def variables(self, host: str, playbook_dir: Path | None = None) -> dict[str, Any]:
        """Return a host's variables."""

    def add_host(
        self, name: str, groups: Sequence[str] = (), variables: Mapping[str, Any] | None = None
    ) -> bool:
        """Add a host, or groups and variables to one."""

    def add_group(self, name: str, hosts: Sequence[str] = (), parents: Sequence[str] = ()) -> bool:
        """Add a group, or hosts to one."""


class InterruptedRunError(RunError):
    """The run was interrupted by the person at the keyboard."""

    code = "run.interrupted"


class Shared:
    """One run's state; its methods may be called from every host's thread."""

    def __init__(
        self,
        inventory: Inventory,
        options: Options,
        templar: Templar,
        plays: Sequence[Play],
        subscribers: Sequence[Subscriber],
        ask: Callable[[Mapping[str, Any]], str] | None = None,
        mask: Mask | None = None,
    ) -> None:
        self.inventory = inventory
        self.options = options
        self.templar = templar
        self.mask = mask or Mask()
        self.mask.add(options.password)
        self.mask.add(options.become_password)
        self.bundle = bundles.build(frozenset(_host_modules(plays)))
        self._acquaintances = acquaintance.default_path()
        self.cached: set[tuple[Any, ...]] = acquaintance.read(self._acquaintances)
        self._known = len(self.cached)
        self.reached: set[Endpoint] = set()
        self.recap: dict[str, Counts] = {}
        self.stopped = threading.Event()
        self.python = sys.executable
        self.skipped_tasks = _before(plays, options.start_at_task)
        self._subscribers = list(subscribers)
        self._ask = ask
        self._hosts: dict[str, Host] = {}
        self._files: dict[str, Mapping[str, Any]] = {}
        self._groups: dict[str, list[str]] = {}
        self.left: set[str] = set()  # hosts that have left the play under way for good
        self._lock = threading.RLock()
        self._event_lock = threading.Lock()
        self.playbook_folder: Path | None = None

    # --- events -------------------------------------------------------------------------------------------

    def publish(self, event: Event) -> None:
        """Hand an event without secrets to every subscriber, one event at a time, and count it."""
        event = self.mask.clean_event(event)
        with self._event_lock:
            if isinstance(event, TaskFinished):
                self._count(event)
            elif isinstance(event, RunFinished):
                event = RunFinished(
                    event.run, dict(self.recap), event.seconds, event.interrupted, at=event.at
                )
            for subscriber in self._subscribers:
                subscriber.handle(event)

    def _count(self, event: TaskFinished) -> None:
        counts = self.recap.setdefault(event.host, Counts())
        status = event.status
        if status is Status.IGNORED:
            counts.ignored += 1
            counts.ok += 1
            counts.changed += bool(event.result.get("changed"))
        elif status in (Status.OK, Status.CHANGED):
            counts.ok += 1
            counts.changed += status is Status.CHANGED
        elif status is Status.SKIPPED:
            counts.skipped += 1
        elif status is Status.RESCUED:
            counts.rescued += 1
        elif status is Status.FAILED:
            counts.failed += 1
        else:
            counts.unreachable += 1

    def remember_agents(self) -> None:
        """Keep which hosts hold which agent, for the next run."""
        if len(self.cached) != self._known:
            acquaintance.write(self._acquaintances, set(self.cached))

    # --- hosts --------------------------------------------------------------------------------------------

    def host(self, name: str) -> Host:
        """Return a host's state, made when it is first asked for."""
        with self._lock:
            found = self._hosts.get(name)
            if found is None:
                found = Host(name, self.inventory.variables(name, self.playbook_folder))
                self._hosts[name] = found
            return found

    def is_out(self, name: str) -> bool:
        """Return whether a host has failed or does not answer."""
        found = self._hosts.get(name)
        return found is not None and (found.failed or found.unreachable)

    def forget_host(self, name: str) -> None:
        """Drop what is kept of a host that no later play needs; keep that it failed."""
        with self._lock:
            self._hosts.pop(name, None)

    def group_names(self, name: str) -> list[str]:
        """Return a host's groups, looked up once."""
        found = self._groups.get(name)
        if found is None:
            found = self._groups[name] = list(self.inventory.group_names(name))
        return found

    def grow(self, host: str, result: Mapping[str, Any]) -> bool:
        """Take in hosts and groups that a result of `host` brings; return whether anything changed."""
        changed = False
        added = result.get("add_host")
        if isinstance(added, Mapping):
            name = str(added["host_name"])
            variables = dict(added.get("host_vars") or {})
            with self._lock:
                changed = self.inventory.add_host(name, list(added.get("groups") or ()), variables)
                self._groups.clear()
                old = self._hosts.pop(name, None)
                if old is not None:
                    fresh = self.host(name)
                    fresh.facts, fresh.plain_facts, fresh.set_facts = (
                        old.facts,
                        old.plain_facts,
                        old.set_facts,
                    )
        group = result.get("add_group")
        if group:
            with self._lock:
                changed = self.inventory.add_group(
                    str(group), [host], list(result.get("parent_groups") or ())
                )
                self._groups.clear()
        return changed

    # --- files and code -----------------------------------------------------------------------------------

    def vars_file(self, path: Path) -> Mapping[str, Any]:
        """Return a variables file, read once."""
        key = str(path)
        with self._lock:
            found = self._files.get(key)
            if found is None:
                found = fields.expect_mapping(
                    yaml.load(path, self.templar.opener) or {}, path.name, Mark(key, 1, 1)
                )
                self._files[key] = found
            return found

    def prompt(self, prompt: Mapping[str, Any]) -> str:
        """Return what a person answers to a vars_prompt, or its default.

        Raises:
            RunError: nobody to ask and no default.

        """
        if self._ask is not None:
            return self._ask(prompt)
        if prompt.get("default") is not None:
            return str(prompt["default"])
        raise RunError(
            _("vars_prompt {name}: nobody to ask").format(name=prompt.get("name", "?")),
            hint=_("give it with -e"),
        )

    def wait(self, seconds: float) -> None:
        """Wait, but not longer than the run lives.

        Raises:
            InterruptedRunError: the run was interrupted.

        """
        if self.stopped.wait(seconds):
            raise InterruptedRunError(_("the run was interrupted"))


def _host_modules(plays: Sequence[Play]) -> set[str]:
    """Return the modules whose code the hosts need: those of every task that can be known beforehand."""
    found = {"setup", "ping"} if any(play.gather_facts is not False for play in plays) else {"ping"}
    for play in plays:
        for task in walk((*(node for section in play.sections for node in section), *play.handlers)):
            module = task.provider or registry.get(task.module)
            if module is not None and module.spec.kind is not Kind.ACTION:
                found.add(module.name)
    if found & {"template", "assemble"}:
        found.add("copy")
    return {name for name in found if registry.host_sources(name)}


def _before(plays: Sequence[Play], start: str) -> frozenset[int]:
    """Return the ids of tasks that stand before --start-at-task.

    Raises:
        RunError: no task has that name.

    """
    if not start:
        return frozenset()
    skipped: set[int] = set()
    for play in plays:
        for task in walk(tuple(node for section in play.sections for node in section)):
            if start in (task.name, task.title):
                return frozenset(skipped)
            skipped.add(id(task))
    raise RunError(_("no task is named {name!r}").format(name=start), hint=_("--list-tasks shows the names"))
