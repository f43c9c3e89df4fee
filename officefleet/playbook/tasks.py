"""Reads task lists: blocks, tasks and what they import."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from officefleet.errors import IncludeLoopError, Mark, PlaybookError, UnknownModuleError, nearest
from officefleet.i18n import _
from officefleet.modules import registry
from officefleet.playbook import args as arguments
from officefleet.playbook import fields, syntax
from officefleet.playbook.foreign import is_foreign
from officefleet.playbook.freeform import parse_pairs
from officefleet.playbook.keywords import BLOCK, LOOP_CONTROL, META, STATEMENTS, TASK, statement_name
from officefleet.playbook.model import Block, Keywords, Role, Statement, Task
from officefleet.source import yaml
from officefleet.source.template import holds_template
from officefleet.source.yaml import key_mark, mark_of

if TYPE_CHECKING:
    from pathlib import Path

    from officefleet.modules.registry import Module
    from officefleet.playbook.reader import Reader

Nodes = tuple[Block | Task, ...]
_INCLUDE_ARGS = frozenset({"file", "apply", "_raw_params"})
ROLE_ARGS = frozenset(
    {"name", "role", "tasks_from", "vars_from", "defaults_from", "handlers_from", "apply", "public",
     "allow_duplicates", "rolespec_validate"}
)  # fmt: skip


class TaskReader:
    """Reads the tasks of one file.

    Args:
        reader: the run's reader, for imports and roles.
        file: the file that the tasks stand in.
        role: the role they belong to, if any.
        chain: files that led here by static imports, to find loops.
        rescued: a block around the tasks has a rescue: what is wrong with one of them is found when it runs.

    """

    def __init__(
        self,
        reader: Reader,
        file: Path,
        role: Role | None,
        chain: tuple[Path, ...] = (),
        *,
        rescued: bool = False,
    ) -> None:
        self.reader = reader
        self.file = file
        self.role = role
        self.chain = chain or (file,)
        self.rescued = rescued

    def read(
        self, items: Any, outer: Keywords, what: str, mark: Mark | None, *, handlers: bool = False
    ) -> Nodes:
        """Return the nodes of a list of tasks and blocks; problems go to the reader, reading goes on."""
        if items is None:
            return ()
        if not isinstance(items, list):
            self.reader.report(PlaybookError(_("{what} must be a list").format(what=what), mark=mark))
            return ()
        found: list[Block | Task] = []
        for item in items:
            try:
                found.append(self._node(item, outer, mark, handlers=handlers))
            except PlaybookError as error:
                self.reader.report(error)
        return tuple(found)

    def _node(self, item: Any, outer: Keywords, mark: Mark | None, *, handlers: bool) -> Block | Task:
        if not isinstance(item, Mapping):
            raise PlaybookError(
                _("a task must be a mapping, not {kind}").format(kind=type(item).__name__),
                mark=mark_of(item, mark),
            )
        if "block" in item:
            return self._block(item, outer, handlers=handlers)
        return self._task(item, outer, handlers=handlers)

    def _block(self, item: Mapping[str, Any], outer: Keywords, *, handlers: bool) -> Block:
        fields.check_keys(item, BLOCK, _("a block"))
        own = fields.keywords(item)
        self.reader.check(syntax.of_keywords(own, self.reader.templar))
        inner = outer.inside(own)
        parts = {}
        for key in ("block", "rescue", "always"):
            outside = self.rescued
            self.rescued = outside or (key == "block" and bool(item.get("rescue")))
            parts[key] = self.read(item.get(key), inner, key, key_mark(item, key), handlers=handlers)
            self.rescued = outside
        return Block(
            parts["block"],
            parts["rescue"],
            parts["always"],
            inner,
            _mark(item),
            str(item.get("name", "")),
            self.role,
        )

    # --- tasks --------------------------------------------------------------------------------------------

    def _task(self, item: Mapping[str, Any], outer: Keywords, *, handlers: bool) -> Block | Task:
        action, value, local = self._action(item)
        loops = {key for key in item if str(key).startswith("with_")}
        fields.check_keys(item, TASK | {action} | loops, _("a task"))
        own = fields.keywords(item)
        if local:
            own = Keywords(own.when, own.tags, own.vars, own.environment, own.module_defaults,
                           {**own.values, "delegate_to": "localhost"})  # fmt: skip
        forgiving = self._forgives(item, outer.inside(own))
        if not forgiving:
            self.reader.check(syntax.of_keywords(own, self.reader.templar))
        statement = statement_name(action)
        if handlers and statement in ("include_role", "import_role"):
            raise PlaybookError(
                _("{name} cannot be a handler").format(name=statement),
                mark=key_mark(item, action),
                hint=_("include_tasks can, or a task that notifies the role's own handlers"),
            )
        if statement == "import_tasks":
            return self._import_tasks(item, value, outer.inside(own), handlers=handlers)
        if statement == "import_role":
            return self._import_role(item, value, outer.inside(own))
        if statement == "import_playbook":
            raise PlaybookError(
                _("import_playbook stands between plays, not among tasks"), mark=key_mark(item, action)
            )
        return self._build(item, action, statement, value, outer, own)

    def _action(self, item: Mapping[str, Any]) -> tuple[str, Any, bool]:
        """Return (action, its value, whether it is a local_action) of a task."""
        for key in ("action", "local_action"):
            if key in item:
                value = item[key]
                if isinstance(value, Mapping):
                    rest = {name: part for name, part in value.items() if name != "module"}
                    return (
                        str(value.get("module", "")),
                        arguments.marked(rest, _mark(item)),
                        key == "local_action",
                    )
                name, _space, text = str(value).partition(" ")
                return name, text or None, key == "local_action"
        found = [key for key in item if key not in TASK and not str(key).startswith("with_")]
        if not found:
            raise PlaybookError(
                _("a task without a module"), mark=_mark(item), hint=_("name one, e.g. ansible.builtin.copy")
            )
        known = [
            key for key in found
            if statement_name(str(key)) or registry.get(str(key)) or self.reader.custom.module(str(key))
        ]  # fmt: skip
        if len(found) > 1:
            if len(known) == 1:  # the other one is a misspelt keyword
                fields.check_keys(item, TASK | {str(known[0])}, _("a task"))
            raise PlaybookError(
                _("a task with two modules: {names}").format(names=", ".join(str(key) for key in found)),
                mark=key_mark(item, found[1]),
                hint=_("a misspelt keyword looks like a module"),
            )
        return str(found[0]), item[found[0]], False

    def _build(
        self, item: Mapping[str, Any], action: str, statement: str, value: Any, outer: Keywords, own: Keywords
    ) -> Task:
        mark = key_mark(item, action) or _mark(item)
        forgiving = self._forgives(item, outer.inside(own))
        if statement:
            name, args, template = statement, self._statement_args(statement, value, item, mark), ""
            module = None
        else:
            module, args, template = self._module_args(
                action, value, item, mark, forgiving=forgiving, conditional=bool(outer.when or own.when)
            )
            name = module.name
        loop, loop_kind = self._loop(item)
        task = Task(
            name=str(item.get("name") or ""),
            statement=Statement(statement) if statement else Statement.MODULE,
            module=name,
            args=args,
            args_template=template,
            keywords=outer.inside(own),
            mark=mark,
            file=self.file,
            role=self.role,
            loop=loop,
            loop_kind=loop_kind,
            loop_control=self._loop_control(item),
            register=self._register(item),
            until=fields.conditions(item, "until"),
            retries=item.get("retries"),
            delay=item.get("delay", 5),
            changed_when=fields.conditions(item, "changed_when") if "changed_when" in item else None,
            failed_when=fields.conditions(item, "failed_when") if "failed_when" in item else None,
            notify=tuple(fields.as_list(own.values.get("notify", outer.values.get("notify")))),
            listen=tuple(str(one) for one in fields.as_list(item.get("listen"))),
            async_seconds=item.get("async", 0),
            poll=item.get("poll", 10),
            delegate_to=own.values.get("delegate_to", outer.values.get("delegate_to")),
            delegate_facts=own.values.get("delegate_facts", False),
            own_vars=item.get("vars") or {},
            action=action,
            provider=module if module is not None and module.spec.accepts_any else None,
            enclosing=outer,
        )
        if not forgiving:
            self.reader.check(syntax.of_task(task, self.reader.templar))
        self._check_include(task, forgiving=forgiving)
        return task

    def _forgives(self, item: Mapping[str, Any], keywords: Keywords) -> bool:
        """Return whether a task says itself what happens when it fails: then a mistake in it is no reason to refuse."""
        return (
            self.rescued
            or keywords.get("ignore_errors") not in (None, False)
            or ("failed_when" in item and item["failed_when"] is not None)
        )

    def _module_args(
        self,
        action: str,
        value: Any,
        item: Mapping[str, Any],
        mark: Mark,
        *,
        forgiving: bool,
        conditional: bool,
    ) -> tuple[Module, Mapping[str, Any], str]:
        module = self.reader.custom.module(action) or registry.get(action)
        if module is None and (forgiving or conditional) and is_foreign(action):
            module = registry.absent(action)
        if module is None:
            known = [*registry.names(), *STATEMENTS, *(TASK - {"action", "args"})]
            close = nearest(action.rpartition(".")[2], known)
            raise UnknownModuleError(
                _("unknown module {name!r}").format(name=action),
                mark=mark,
                hint=_("did you mean {name}?").format(name=close) if close else _("see `officefleet doc`"),
            )
        args, template = arguments.split(module, value, mark)
        extra = item.get("args")
        if isinstance(extra, Mapping):
            merged = arguments.marked({**extra, **args}, mark)
            merged.key_marks.update(getattr(extra, "key_marks", {}))
            merged.key_marks.update(getattr(args, "key_marks", {}))
            args = merged
        elif extra is not None and not template:
            template = extra
        if not template and not forgiving:
            defaults_cover = bool(self.reader.has_module_defaults)
            for problem in arguments.check_literal(module, args, mark):
                if not (defaults_cover and "missing required arguments" in problem.message):
                    self.reader.report(problem)
        return module, args, template

    def _statement_args(
        self, statement: str, value: Any, item: Mapping[str, Any], mark: Mark
    ) -> Mapping[str, Any]:
        extra = item.get("args")
        if isinstance(value, str):
            pairs, rest = parse_pairs(value, mark) if statement != "meta" else ({}, [value])
            args: Mapping[str, Any] = {**pairs, **({"_raw_params": " ".join(rest)} if rest else {})}
        else:
            args = value if isinstance(value, Mapping) else {}
        if isinstance(extra, Mapping):
            args = {**extra, **args}
        if statement == "meta":
            word = str(args.get("_raw_params", ""))
            if word not in META:
                close = nearest(word, META)
                raise PlaybookError(
                    _("meta has no action {name!r}").format(name=word),
                    mark=mark,
                    hint=_("did you mean {name}?").format(name=close) if close else "",
                )
        elif statement == "include_tasks":
            fields.check_keys(args, _INCLUDE_ARGS, "include_tasks")
            if not (args.get("file") or args.get("_raw_params")):
                raise PlaybookError(_("include_tasks needs a file"), mark=mark)
        else:
            fields.check_keys(args, ROLE_ARGS, statement)
            if not (args.get("name") or args.get("role")):
                raise PlaybookError(_("{name} needs the name of a role").format(name=statement), mark=mark)
        return args

    def _loop(self, item: Mapping[str, Any]) -> tuple[Any, str]:
        kinds = [key for key in item if str(key).startswith("with_")]
        if len(kinds) + ("loop" in item) > 1:
            raise PlaybookError(_("a task has one loop, not two"), mark=_mark(item))
        if kinds:
            kind = str(kinds[0]).removeprefix("with_")
            if not self.reader.templar.knows_lookup(kind):
                raise PlaybookError(
                    _("there is no lookup {name}").format(name=kind), mark=key_mark(item, kinds[0])
                )
            return item[kinds[0]], kind
        if "loop" in item:
            value = item["loop"]
            if not isinstance(value, list) and not holds_template(value):
                raise PlaybookError(
                    _("loop needs a list"), mark=key_mark(item, "loop"), hint=_("write it as a YAML list")
                )
            return value, "loop"
        return None, ""

    def _loop_control(self, item: Mapping[str, Any]) -> Mapping[str, Any]:
        value = item.get("loop_control")
        if value is None:
            return {}
        mapping = fields.expect_mapping(value, "loop_control", key_mark(item, "loop_control"))
        fields.check_keys(mapping, LOOP_CONTROL, "loop_control")
        return mapping

    def _register(self, item: Mapping[str, Any]) -> str:
        name = str(item.get("register") or "")
        if name and not name.isidentifier():
            raise PlaybookError(
                _("{name!r} is not a variable's name").format(name=name),
                mark=key_mark(item, "register"),
                hint=_("letters, digits and underscores"),
            )
        return name

    # --- imports ------------------------------------------------------------------------------------------

    def _import_tasks(
        self, item: Mapping[str, Any], value: Any, keywords: Keywords, *, handlers: bool
    ) -> Block:
        mark = _mark(item)
        args = self._statement_args("include_tasks", value, item, mark)
        name = self.reader.static(args.get("file") or args.get("_raw_params"), keywords, mark)
        path = self.reader.search(self.role, self.file).find(name, "tasks", mark).resolve()
        if path in self.chain:
            route = " -> ".join(one.name for one in (*self.chain, path))
            raise IncludeLoopError(_("a file imports itself: {route}").format(route=route), mark=mark)
        reader = TaskReader(self.reader, path, self.role, (*self.chain, path), rescued=self.rescued)
        document = yaml.load(path, self.reader.templar.opener)
        nodes = reader.read(document, keywords, path.name, Mark(str(path), 1, 1), handlers=handlers)
        return Block(nodes, (), (), keywords, mark, str(item.get("name", "")), self.role)

    def _import_role(self, item: Mapping[str, Any], value: Any, keywords: Keywords) -> Block:
        mark = _mark(item)
        args = self._statement_args("import_role", value, item, mark)
        name = self.reader.static(args.get("name") or args.get("role"), keywords, mark)
        return self.reader.roles.use(name, {"public": True, **args}, keywords, mark, parent=self.role)

    def _check_include(self, task: Task, *, forgiving: bool) -> None:
        """Read a literal include's target now, so that all is checked before any host is touched.

        A target that is missing is no mistake where a condition may leave the include out.
        """
        try:
            self._check_target(task)
        except PlaybookError:
            if not (forgiving or task.keywords.when):
                raise

    def _check_target(self, task: Task) -> None:
        if task.statement is Statement.INCLUDE_TASKS:
            name = task.args.get("file") or task.args.get("_raw_params")
            if not holds_template(name):
                self._look_into(str(name), task)
        elif task.statement is Statement.INCLUDE_ROLE:
            name = task.args.get("name") or task.args.get("role")
            if not holds_template(name) and not any(holds_template(value) for value in task.args.values()):
                self.reader.roles.look_into(str(name), task)

    def _look_into(self, name: str, task: Task) -> None:
        path = self.reader.search(self.role, self.file).find(name, "tasks", task.mark).resolve()
        if path in self.chain:
            if not task.keywords.when and task.loop is None:
                route = " -> ".join(one.name for one in (*self.chain, path))
                raise IncludeLoopError(
                    _("a file includes itself without a condition: {route}").format(route=route),
                    mark=task.mark,
                )
            return
        if self.reader.first_look(path, self.role):
            inner = TaskReader(self.reader, path, self.role, (*self.chain, path), rescued=self.rescued)
            document = yaml.load(path, self.reader.templar.opener)
            inner.read(document, task.keywords, path.name, Mark(str(path), 1, 1))


def _mark(item: Any) -> Mark:
    return mark_of(item) or Mark("?")
