"""What a playbook is once it has been read: plays, blocks, tasks and roles, immutable and with places."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from officefleet.errors import Mark
    from officefleet.modules.registry import Module


@dataclass(frozen=True, slots=True)
class Keywords:
    """What a play, block or task says about the tasks inside it, already merged with what encloses it.

    Attributes:
        when: conditions, outermost first; all must hold.
        tags: all tags in force.
        vars: variables, outermost first.
        environment: variables of the tasks' processes, outermost first (mappings or templates).
        module_defaults: default arguments by module, outermost first.
        values: every other keyword (become, no_log, ...): the innermost value.

    """

    when: tuple[Any, ...] = ()
    tags: tuple[str, ...] = ()
    vars: tuple[Mapping[str, Any], ...] = ()
    environment: tuple[Any, ...] = ()
    module_defaults: tuple[Mapping[str, Any], ...] = ()
    values: Mapping[str, Any] = field(default_factory=dict)

    def get(self, name: str, default: Any = None) -> Any:
        """Return the innermost value of a keyword."""
        return self.values.get(name, default)

    def inside(self, inner: Keywords) -> Keywords:
        """Return these keywords with those of something enclosed added; the enclosed one wins."""
        return Keywords(
            when=self.when + inner.when,
            tags=self.tags + tuple(tag for tag in inner.tags if tag not in self.tags),
            vars=self.vars + inner.vars,
            environment=self.environment + inner.environment,
            module_defaults=self.module_defaults + inner.module_defaults,
            values={**self.values, **inner.values},
        )


class Statement(Enum):
    """What a task does that only the engine can do; everything else is MODULE."""

    MODULE = "module"
    INCLUDE_TASKS = "include_tasks"
    INCLUDE_ROLE = "include_role"
    META = "meta"


@dataclass(frozen=True, slots=True, eq=False)
class Role:
    """A role as used in one place.

    Attributes:
        name: as the playbook names it.
        path: its folder.
        defaults: from defaults/main, lowest precedence.
        vars: from vars/main.
        params: given where it is used, plus those of roles that depend on it.
        parents: the roles that brought it, as dependencies or includes, nearest first.
        includers: those of them that included or imported it, which it can see.
        identity: equal for uses that are the same role with the same parameters: a host runs one of them.
        allow_duplicates: a host runs each of them.

    """

    name: str
    path: Path
    defaults: Mapping[str, Any]
    vars: Mapping[str, Any]
    params: Mapping[str, Any]
    parents: tuple[Role, ...] = ()
    includers: tuple[Role, ...] = ()
    identity: str = ""
    allow_duplicates: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Task:
    """One task; `keywords` holds all that encloses it, `action` is the module's name as it is written.

    `provider` is its module where the playbook brought that along.
    """

    name: str
    statement: Statement
    module: str
    args: Mapping[str, Any]
    args_template: str
    keywords: Keywords
    mark: Mark
    file: Path
    role: Role | None = None
    loop: Any = None
    loop_kind: str = ""
    loop_control: Mapping[str, Any] = field(default_factory=dict)
    register: str = ""
    until: tuple[Any, ...] = ()
    retries: Any = None
    delay: Any = 5
    changed_when: tuple[Any, ...] | None = None
    failed_when: tuple[Any, ...] | None = None
    notify: tuple[Any, ...] = ()
    listen: tuple[str, ...] = ()
    async_seconds: Any = 0
    poll: Any = 10
    delegate_to: Any = None
    delegate_facts: Any = False
    own_vars: Mapping[str, Any] = field(default_factory=dict)
    action: str = ""
    provider: Module | None = None
    enclosing: Keywords = field(default_factory=Keywords)

    @property
    def title(self) -> str:
        """The name a person sees."""
        prefix = f"{self.role.name} : " if self.role else ""
        return prefix + (self.name or self.module)


@dataclass(frozen=True, slots=True, eq=False)
class Block:
    """Tasks with a common fate: rescue runs when the body fails, always runs after both."""

    body: tuple[Block | Task, ...]
    rescue: tuple[Block | Task, ...]
    always: tuple[Block | Task, ...]
    keywords: Keywords
    mark: Mark
    name: str = ""
    role: Role | None = None
    ends_role: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Play:
    """One play: which hosts, in which portions, which tasks."""

    name: str
    hosts: Any
    mark: Mark
    file: Path
    keywords: Keywords
    gather_facts: Any
    gather_subset: Any
    sections: tuple[tuple[Block | Task, ...], ...]
    handlers: tuple[Block | Task, ...]
    vars: Mapping[str, Any]
    vars_files: tuple[Any, ...]
    vars_prompt: tuple[Mapping[str, Any], ...]
    serial: tuple[Any, ...]
    strategy: str
    order: str
    max_fail_percentage: Any
    any_errors_fatal: Any
    force_handlers: Any
    fact_path: Any = None


def walk(nodes: tuple[Block | Task, ...]) -> list[Task]:
    """Return every task of a tree in the order in which it is written."""
    found: list[Task] = []
    for node in nodes:
        if isinstance(node, Task):
            found.append(node)
        else:
            found += walk(node.body) + walk(node.rescue) + walk(node.always)
    return found
