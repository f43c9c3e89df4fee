"""What a run knows of a host, and how its variables stand above each other."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from officefleet.source.scope import NeedsResultError, Scope

if TYPE_CHECKING:
    from collections.abc import Callable

    from officefleet.engine.hostrun import HostRun
    from officefleet.playbook.model import Task
    from officefleet.source.template import Templar


class Omit(str):
    """The value of ``omit``: an argument that is this very object is left out."""

    __slots__ = ()


OMIT = Omit("__omit_place_holder__")

_BARE = frozenset({"gather_subset", "module_setup"})  # facts of setup that are variables without "ansible_"

_NOT_SHOWN = frozenset({"hostvars", "vars"})  # all hosts hold all hosts: whoever lists them would never end

BARRIER_NAMES = frozenset({"hostvars", "ansible_play_hosts", "ansible_play_batch", "play_hosts"})


@dataclass(slots=True)
class Host:
    """A host during a run; lives across plays.

    Attributes:
        name: inventory name.
        inventory_vars: from the inventory and its group_vars and host_vars (trusted: templates are rendered).
        facts: what setup found (never evaluated).
        set_facts: set_fact and registered results (never evaluated: they hold hosts' data).
        include_vars: files loaded by include_vars (trusted).
        plain_facts: names of the facts that are variables under their own names.
        failed: out of the rest of the run.
        unreachable: did not answer.

    """

    name: str
    inventory_vars: Mapping[str, Any]
    facts: dict[str, Any] = field(default_factory=dict)
    set_facts: dict[str, Any] = field(default_factory=dict)
    include_vars: dict[str, Any] = field(default_factory=dict)
    plain_facts: set[str] = field(default_factory=set)
    failed: bool = False
    unreachable: bool = False

    def fact_layer(self) -> Mapping[str, Any]:
        """Return the facts under both names, ``ansible_facts.x`` and ``ansible_x``."""
        return FactLayer(self.facts, self.plain_facts)

    def take_facts(self, found: Mapping[str, Any]) -> None:
        """Keep facts that a module has found; those named ``ansible_x`` are kept as ``x``."""
        for name, value in found.items():
            short = name.removeprefix("ansible_")
            self.facts[short] = value
            if short == name or short in _BARE:
                self.plain_facts.add(short)

    def clear_facts(self) -> None:
        """Forget all facts."""
        self.facts.clear()
        self.plain_facts.clear()


class FactLayer(Mapping[str, Any]):
    """Facts as variables: ``ansible_facts`` and each fact as ``ansible_NAME``, or NAME for those of other modules."""

    __slots__ = ("_facts", "_plain")

    def __init__(self, facts: Mapping[str, Any], plain: Collection[str] = ()) -> None:
        self._facts = facts
        self._plain = plain

    def __getitem__(self, name: str) -> Any:
        if name == "ansible_facts":
            return self._facts
        if name.startswith("ansible_") and name[8:] in self._facts:
            return self._facts[name[8:]]
        if name in self._plain:
            return self._facts[name]
        raise KeyError(name)

    def __contains__(self, name: object) -> bool:
        if name == "ansible_facts":
            return True
        return isinstance(name, str) and (
            (name.startswith("ansible_") and name[8:] in self._facts) or name in self._plain
        )

    def __iter__(self) -> Iterator[str]:
        yield "ansible_facts"
        for name in self._facts:
            yield name if name in self._plain else f"ansible_{name}"

    def __len__(self) -> int:
        return len(self._facts) + 1


class HostVars(Mapping[str, Any]):
    """``hostvars``: every host's variables, rendered on access."""

    def __init__(self, names: Callable[[], Collection[str]], scope_of: Callable[[str], Scope]) -> None:
        self._names = names  # asked each time: a play may add hosts
        self._scope_of = scope_of

    def __getitem__(self, name: str) -> Scope:
        if name not in self:
            raise KeyError(name)
        return self._scope_of(name)

    def __contains__(self, name: object) -> bool:
        return name == "localhost" or name in self._names()

    def __iter__(self) -> Iterator[str]:
        names = self._names()
        yield from names
        if "localhost" not in names:
            yield "localhost"

    def __len__(self) -> int:
        return sum(1 for _name in self)


class DelegatedVars(Mapping[str, Any]):
    """``ansible_delegated_vars``: the variables of the host that a task is delegated to, by its name.

    Args:
        run: knows the hosts.
        task: the task.
        scope: the task's variables, for the name.

    """

    _NAME = "ansible_delegated_vars"
    __slots__ = ("_run", "_scope", "_task")

    def __init__(self, run: HostRun, task: Task, scope: Scope) -> None:
        self._run = run
        self._task = task
        self._scope = scope

    def __getitem__(self, name: str) -> Any:
        if name != self._NAME:
            raise KeyError(name)
        target = str(self._scope.templar.render(self._task.delegate_to, self._scope))
        return {target: self._run.delegate_scope(self._task, target)}

    def __contains__(self, name: object) -> bool:
        return name == self._NAME

    def __iter__(self) -> Iterator[str]:
        yield self._NAME

    def __len__(self) -> int:
        return 1


class Magic(Mapping[str, Any]):
    """The variables that no one can set: the play's, the host's, and some that are worked out when asked for."""

    __slots__ = ("_host", "_late", "_play")

    def __init__(
        self, play: Mapping[str, Any], host: Mapping[str, Any], late: Mapping[str, Callable[[], Any]]
    ) -> None:
        self._play = play
        self._host = host
        self._late = late

    def __getitem__(self, name: str) -> Any:
        if name in self._host:
            return self._host[name]
        if name in self._late:
            return self._late[name]()
        return self._play[name]

    def __contains__(self, name: object) -> bool:
        return name in self._play or name in self._host or name in self._late

    def __iter__(self) -> Iterator[str]:
        yield from dict.fromkeys((*self._play, *self._host, *self._late))

    def __len__(self) -> int:
        return len({*self._play, *self._host, *self._late})


@dataclass(slots=True)
class Overlay:
    """What looking ahead knows: names that results under way will set, and values already known.

    Attributes:
        pending: registered names not known yet.
        facts_pending: setup is under way.
        sets: set_fact values and results of controller-side tasks, already known.
        included: what include_vars has loaded: from files of ours, so its templates are evaluated.
        notified: a task under way may notify a handler.
        roles: identities of roles that end on the way.
        known: names that facts cannot change (magic and inventory variables).

    """

    pending: set[str] = field(default_factory=set)
    facts_pending: bool = False
    sets: dict[str, Any] = field(default_factory=dict)
    included: dict[str, Any] = field(default_factory=dict)
    notified: bool = False
    roles: set[str] = field(default_factory=set)
    known: Collection[str] = ()

    def guard(self, name: str) -> None:
        """Raise NeedsResultError for a name that cannot be known yet or that looks at other hosts."""
        if name in self.pending or name in BARRIER_NAMES or name == "vars":
            raise NeedsResultError(name)
        if self.facts_pending and name.startswith("ansible_") and name not in self and name not in self.known:
            raise NeedsResultError(name)

    def __contains__(self, name: object) -> bool:
        return name in self.pending or name in self.sets or name in self.included


def hostvars_scope(host: Host, templar: Templar, magic: Mapping[str, Any], extra: Mapping[str, Any]) -> Scope:
    """Return a host's variables as other hosts see them: no play, role or task variables."""
    return Scope(
        [
            (host.inventory_vars, True),
            (host.fact_layer(), False),
            (host.include_vars, True),
            (host.set_facts, False),
            (extra, True),
            (magic, False),
        ],
        templar,
        hidden=_NOT_SHOWN,
    )
