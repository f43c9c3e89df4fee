"""Finds and reads roles: defaults, vars, tasks, handlers, dependencies."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from officefleet.errors import IncludeLoopError, Mark, PlaybookError
from officefleet.i18n import _
from officefleet.playbook import fields
from officefleet.playbook.keywords import ROLE, ROLE_COMPLETE
from officefleet.playbook.model import Block, Keywords, Role, Statement, Task
from officefleet.playbook.paths import find_role, main_file
from officefleet.playbook.tasks import TaskReader
from officefleet.source import yaml
from officefleet.source.yaml import mark_of

if TYPE_CHECKING:
    from pathlib import Path

    from officefleet.playbook.reader import Reader


class RoleReader:
    """Reads roles for one play; a role that ran is not run again unless its parameters differ or it allows it."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader
        self._looked_into: set[Path] = set()
        self.handlers: list[Block | Task] = []
        self.exported: list[Role] = []
        self.listed_roles: list[Role] = []
        self.dependencies: list[Role] = []

    def listed(self, entry: Any, outer: Keywords, mark: Mark | None) -> tuple[Block, ...]:
        """Return the blocks of one entry of a play's ``roles`` or of a role's dependencies.

        Raises:
            PlaybookError: no name, an unknown role.

        """
        return self._entry(entry, outer, mark, None, ())

    def _entry(
        self, entry: Any, outer: Keywords, mark: Mark | None, parent: Role | None, chain: tuple[Path, ...]
    ) -> tuple[Block, ...]:
        if isinstance(entry, str):
            entry = {"role": entry}
        mapping = fields.expect_mapping(entry, _("a role"), mark)
        name = mapping.get("role") or mapping.get("name")
        if not name:
            raise PlaybookError(_("a role without a name"), mark=mark_of(mapping, mark))
        params = {key: value for key, value in mapping.items() if key not in ROLE and key != "role"}
        own = fields.keywords({key: value for key, value in mapping.items() if key in ROLE})
        keywords = outer.inside(own)
        place = mark_of(mapping) or mark_of(entry, mark) or mark or Mark("?")
        path = self._find(self._reader.static(name, keywords, place), place, parent)
        if path in chain:
            raise IncludeLoopError(
                _("roles that depend on each other: {route}").format(
                    route=" -> ".join(one.name for one in (*chain, path))
                ),
                mark=place,
            )
        merged = {**(parent.params if parent else {}), **params}
        meta = self._meta(path)
        identity = repr((path, sorted(params.items(), key=str), own.vars, own.when, own.tags))
        again = bool(meta.get("allow_duplicates"))
        role = self._role(str(name), path, merged, {}, parent, identity=identity, allow_duplicates=again)
        (self.dependencies if parent else self.listed_roles).append(role)
        blocks: list[Block] = []
        for dependency in meta.get("dependencies") or []:
            blocks += self._entry(dependency, keywords, mark_of(meta, place), role, (*chain, path))
        blocks.append(self._blocks(role, {}, keywords, place))
        return tuple(blocks)

    def use(
        self,
        name: str,
        args: Mapping[str, Any],
        keywords: Keywords,
        mark: Mark,
        *,
        parent: Role | None,
    ) -> Block:
        """Return the block of an import_role or include_role; its handlers join the play's.

        Raises:
            PlaybookError: an unknown role or file of it.

        """
        path = self._find(name, mark, parent)
        parts = sorted((key, value) for key, value in args.items() if key.endswith("_from"))
        role = self._role(
            name, path, {}, args, parent, included=True,
            identity=repr(("included", path, parts, keywords.vars)),
            allow_duplicates=_yes(args.get("allow_duplicates", True)),
        )  # fmt: skip
        exported = len(self.exported)
        body: list[Block] = []
        for dependency in self._meta(path).get("dependencies") or []:
            body += self._entry(dependency, keywords, mark, role, (path,))
        body.append(self._blocks(role, args, keywords, mark))
        if not _yes(args.get("public", False)):
            del self.exported[exported:]
        return Block(tuple(body), (), (), keywords, mark, name, role)

    def look_into(self, name: str, task: Task) -> None:
        """Read a role that a task will include, for its problems alone."""
        path = self._find(name, task.mark, task.role)
        if path in self._looked_into:
            return
        self._looked_into.add(path)
        role = self._role(name, path, {}, task.args, task.role)
        kept, exported = list(self.handlers), list(self.exported)
        self._blocks(role, task.args, task.enclosing, task.mark)
        self.handlers[:], self.exported[:] = kept, exported

    def _find(self, name: str, mark: Mark, parent: Role | None) -> Path:
        near = (parent.path.parent,) if parent else ()
        return find_role(name, self._reader.folder, mark, near).resolve()

    def _meta(self, path: Path) -> Mapping[str, Any]:
        file = main_file(path / "meta")
        value = yaml.load(file, self._reader.templar.opener) if file else None
        return value if isinstance(value, Mapping) else {}

    def _role(
        self,
        name: str,
        path: Path,
        params: Mapping[str, Any],
        args: Mapping[str, Any],
        parent: Role | None,
        *,
        included: bool = False,
        identity: str = "",
        allow_duplicates: bool = True,
    ) -> Role:
        self._reader.custom.add(path)
        return Role(
            name=name,
            path=path,
            defaults=self._variables(path / "defaults", str(args.get("defaults_from") or "main")),
            vars=self._variables(path / "vars", str(args.get("vars_from") or "main")),
            params=params,
            parents=(parent, *parent.parents) if parent else (),
            includers=(parent, *parent.includers) if parent and included else (),
            identity=identity,
            allow_duplicates=allow_duplicates,
        )

    def _variables(self, folder: Path, name: str) -> Mapping[str, Any]:
        if (folder / name).is_dir():
            merged: dict[str, Any] = {}
            for part in sorted((folder / name).rglob("*")):
                if part.suffix in (".yml", ".yaml", ".json"):
                    merged.update(yaml.load(part, self._reader.templar.opener) or {})
            return merged
        file = main_file(folder, name)
        if file is None:
            if name != "main":
                raise PlaybookError(_("no such file in the role: {name}").format(name=f"{folder.name}/{name}"),
                                    mark=Mark(str(folder)))  # fmt: skip
            return {}
        data = yaml.load(file, self._reader.templar.opener) or {}
        return fields.expect_mapping(data, file.name, Mark(str(file), 1, 1))

    def _blocks(self, role: Role, args: Mapping[str, Any], keywords: Keywords, mark: Mark) -> Block:
        entry = str(args.get("tasks_from") or "main")
        nodes = self._tasks(role, "tasks", entry, keywords, mark)
        if args.get("rolespec_validate") not in (False, "no", "false", "False"):
            nodes = (*self._validation(role, entry, keywords, mark), *nodes)
        self.handlers += self._tasks(
            role, "handlers", str(args.get("handlers_from") or "main"), keywords, mark
        )
        self.exported.append(role)
        nodes = (*nodes, _end_of(role, mark))
        return Block(nodes, (), (), keywords, mark, role.name, role, ends_role=True)

    def _validation(self, role: Role, entry: str, keywords: Keywords, mark: Mark) -> tuple[Task, ...]:
        """Return the task that checks a role's arguments, where meta/argument_specs describes them."""
        file = main_file(role.path / "meta", "argument_specs")
        document = yaml.load(file, self._reader.templar.opener) if file else self._meta(role.path)
        specs = document.get("argument_specs") if isinstance(document, Mapping) else None
        entry = entry.removesuffix(".yml").removesuffix(".yaml")
        spec = specs.get(entry) if isinstance(specs, Mapping) else None
        if not isinstance(spec, Mapping):
            return ()
        text = str(spec.get("short_description") or "")
        context = {"type": "role", "name": role.name, "argument_spec_name": entry, "path": str(role.path)}
        args = {"argument_spec": spec.get("options") or {}, "provided_arguments": dict(role.params),
                "validate_args_context": context}  # fmt: skip
        return (
            Task(
                name=f"Validating arguments against arg spec '{entry}'" + (f" - {text}" if text else ""),
                statement=Statement.MODULE, module="validate_argument_spec", args=args, args_template="",
                keywords=keywords.inside(Keywords(tags=("always",))), mark=mark, file=file or role.path, role=role,
            ),
        )  # fmt: skip

    def _tasks(
        self, role: Role, folder: str, name: str, keywords: Keywords, mark: Mark
    ) -> tuple[Block | Task, ...]:
        file = main_file(role.path / folder, name)
        if file is None:
            if name != "main":
                raise PlaybookError(
                    _("no such file in the role {role}: {name}").format(
                        role=role.name, name=f"{folder}/{name}"
                    ),
                    mark=mark,
                )
            return ()
        reader = TaskReader(self._reader, file.resolve(), role)
        return reader.read(
            yaml.load(file, self._reader.templar.opener),
            keywords,
            file.name,
            Mark(str(file), 1, 1),
            handlers=folder == "handlers",
        )


def _yes(value: Any) -> bool:
    return str(value).lower() in ("yes", "true", "on", "1")


def _end_of(role: Role, mark: Mark) -> Task:
    """Return the statement that notes that a role is through."""
    return Task(
        name="", statement=Statement.META, module="meta", args={"_raw_params": ROLE_COMPLETE}, args_template="",
        keywords=Keywords(tags=("always",)), mark=mark, file=role.path, role=role,
    )  # fmt: skip
