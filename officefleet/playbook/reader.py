"""Reads playbooks whole: every file that can be known beforehand is read and checked before any host is touched."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from officefleet.errors import (
    IncludeLoopError,
    Mark,
    OfficefleetError,
    PlaybookError,
    ProblemsError,
    SourceError,
    UndefinedVariableError,
)
from officefleet.i18n import _, ngettext
from officefleet.playbook import fields, syntax
from officefleet.playbook.custom import Custom
from officefleet.playbook.keywords import PLAY, statement_name
from officefleet.playbook.model import Block, Keywords, Play, Role, Task
from officefleet.playbook.paths import Search
from officefleet.playbook.roles import RoleReader
from officefleet.playbook.tasks import TaskReader
from officefleet.source import yaml
from officefleet.source.scope import Scope
from officefleet.source.template import Templar, holds_template
from officefleet.source.yaml import key_mark, mark_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

_STRATEGIES = frozenset({"linear", "free", "host_pinned", "debug"})
_ORDERS = frozenset({"inventory", "reverse_inventory", "sorted", "reverse_sorted", "shuffle"})


class Reader:
    """Reads the plays of one playbook file.

    Attributes:
        folder: the playbook's folder.
        templar: compiles what it finds.
        problems: all that is wrong; reading goes on to find more.
        roles: the roles of the play under way.

    """

    def __init__(self, folder: Path, templar: Templar, known: Mapping[str, Any] | None = None) -> None:
        self.folder = folder
        self.templar = templar
        self.problems: list[OfficefleetError] = []
        self.roles = RoleReader(self)
        self.custom = Custom(templar, folder)
        self.has_module_defaults = False
        self._known = known or {}
        self._play_vars: Mapping[str, Any] = {}
        self._seen: set[tuple[Path, Path | None]] = set()

    def report(self, error: OfficefleetError) -> None:
        """Note a problem once."""
        if not any((error.mark, error.message) == (old.mark, old.message) for old in self.problems):
            self.problems.append(error)

    def check(self, errors: Iterable[OfficefleetError]) -> None:
        """Note several problems."""
        for error in errors:
            self.report(error)

    def first_look(self, path: Path, role: Role | None) -> bool:
        """Return True the first time that a file is looked into for a role."""
        key = (path, role.path if role else None)
        if key in self._seen:
            return False
        self._seen.add(key)
        return True

    def search(self, role: Role | None, file: Path) -> Search:
        """Return where names in a file may point."""
        return Search(self.folder, role, file)

    def static(self, name: Any, keywords: Keywords, mark: Mark) -> str:
        """Return a name that must be known before the run: literal, or from extra and play variables.

        Raises:
            PlaybookError: it needs a variable that only the run will know.

        """
        if not holds_template(name):
            return str(name)
        layers = [(self._play_vars, True), *((one, True) for one in keywords.vars), (self._known, False)]
        try:
            return str(self.templar.render(name, Scope(layers, self.templar)))
        except UndefinedVariableError as error:
            raise PlaybookError(
                _("an import is resolved before the run: {problem}").format(problem=error.message),
                mark=mark,
                hint=_("use include_tasks or include_role instead"),
            ) from None

    def play(self, item: Mapping[str, Any], file: Path, when: tuple[Any, ...] = ()) -> Play | None:
        """Return one play, or None when it is too wrong to be built; its problems are noted.

        Args:
            item: as it is written.
            file: where.
            when: conditions of the imports that brought it, for each of its tasks.

        """
        self.roles = RoleReader(self)
        try:
            return self._play(item, file, when)
        except (PlaybookError, SourceError) as error:
            self.report(error)
            return None

    def _play(self, item: Mapping[str, Any], file: Path, when: tuple[Any, ...]) -> Play:
        mark = mark_of(item) or Mark(str(file))
        fields.check_keys(item, PLAY, _("a play"))
        if "hosts" not in item:
            raise PlaybookError(_("a play needs hosts"), mark=mark, hint=_("write `hosts: all` or a pattern"))
        variables = fields.variables(item)
        own = Keywords(when=when).inside(
            fields.keywords({key: value for key, value in item.items() if key != "vars"})
        )
        if "user" in item and "remote_user" not in item:
            own = Keywords(own.when, own.tags, (), own.environment, own.module_defaults,
                           {**own.values, "remote_user": item["user"]})  # fmt: skip
        self.has_module_defaults = "module_defaults" in item
        self.check(syntax.of_keywords(own, self.templar))
        self.check(syntax.of_values((variables, item.get("vars_files"), item["hosts"]), self.templar))
        self._play_vars = variables
        self._check_words(item)
        sections = self._sections(item, own, file)
        handlers = TaskReader(self, file, None).read(
            item.get("handlers"), own, "handlers", key_mark(item, "handlers"), handlers=True
        )
        return Play(
            name=str(item.get("name") or self._hosts_text(item["hosts"])),
            hosts=item["hosts"],
            mark=mark,
            file=file,
            keywords=own,
            gather_facts=item.get("gather_facts"),
            gather_subset=item.get("gather_subset"),
            sections=sections,
            handlers=(*self.roles.handlers, *handlers),
            vars=variables,
            vars_files=self._vars_files(item, file),
            vars_prompt=tuple(fields.as_list(item.get("vars_prompt"))),
            serial=tuple(fields.as_list(item.get("serial"))),
            strategy=str(item.get("strategy") or "linear").rpartition(".")[2],
            order=str(item.get("order") or "inventory"),
            max_fail_percentage=item.get("max_fail_percentage"),
            any_errors_fatal=item.get("any_errors_fatal", False),
            force_handlers=item.get("force_handlers"),
            fact_path=item.get("fact_path"),
        )

    def _sections(
        self, item: Mapping[str, Any], own: Keywords, file: Path
    ) -> tuple[tuple[Block | Task, ...], ...]:
        tasks = TaskReader(self, file, None)

        def read(key: str) -> tuple[Block | Task, ...]:
            return tasks.read(item.get(key), own, key, key_mark(item, key))

        before = read("pre_tasks")
        roles: list[Block | Task] = []
        entries = item.get("roles")
        if entries is not None and not isinstance(entries, list):
            self.report(
                PlaybookError(_("{what} must be a list").format(what="roles"), mark=key_mark(item, "roles"))
            )
            entries = []
        for entry in entries or []:
            try:
                roles += self.roles.listed(entry, own, mark_of(entry, key_mark(item, "roles")))
            except (PlaybookError, SourceError) as error:
                self.report(error)
        return (before, tuple(roles), read("tasks"), read("post_tasks"))

    def _check_words(self, item: Mapping[str, Any]) -> None:
        for key, known in (("strategy", _STRATEGIES), ("order", _ORDERS)):
            value = item.get(key)
            if value is not None and not holds_template(value) and str(value).rpartition(".")[2] not in known:
                self.report(
                    PlaybookError(
                        _("{key} cannot be {value!r}").format(key=key, value=str(value)),
                        mark=key_mark(item, key),
                        hint=_("one of: {names}").format(names=", ".join(sorted(known))),
                    )
                )

    def _vars_files(self, item: Mapping[str, Any], file: Path) -> tuple[Any, ...]:
        entries = tuple(fields.as_list(item.get("vars_files")))
        for entry in entries:
            choices = fields.as_list(entry)
            if any(holds_template(choice) for choice in choices):
                continue
            for choice in choices:
                try:
                    path = self.search(None, file).find(str(choice), "vars", mark_of(choice))
                except PlaybookError as error:
                    if choice is choices[-1]:
                        self.report(error)
                    continue
                try:
                    fields.expect_mapping(
                        yaml.load(path, self.templar.opener) or {}, path.name, Mark(str(path), 1, 1)
                    )
                except OfficefleetError as error:
                    self.report(error)
                break
        return entries

    @staticmethod
    def _hosts_text(hosts: Any) -> str:
        return ",".join(str(one) for one in fields.as_list(hosts))


def read_playbooks(
    files: Sequence[Path], templar: Templar, known: Mapping[str, Any] | None = None
) -> tuple[list[Play], list[Reader]]:
    """Return the plays of playbooks in order, imports expanded, and the reader of each play.

    Args:
        files: the playbooks.
        templar: compiles their templates.
        known: extra variables, which imports may use.

    Raises:
        ProblemsError: with everything that is wrong in them.

    """
    plays: list[Play] = []
    readers: list[Reader] = []
    problems: list[OfficefleetError] = []
    for file in files:
        _read_file(file, templar, known or {}, (), plays, readers, problems, Keywords())
    if problems:
        count = len(problems)
        raise ProblemsError(
            ngettext(
                "{count} problem found; nothing was touched",
                "{count} problems found; nothing was touched",
                count,
            ).format(count=count),
            problems,
        )
    return plays, readers


def _read_file(
    file: Path,
    templar: Templar,
    known: Mapping[str, Any],
    chain: tuple[Path, ...],
    plays: list[Play],
    readers: list[Reader],
    problems: list[OfficefleetError],
    outer: Keywords,
) -> None:
    path = file.resolve()
    if path in chain:
        route = " -> ".join(one.name for one in (*chain, path))
        problems.append(
            IncludeLoopError(
                _("a playbook imports itself: {route}").format(route=route), mark=Mark(str(file))
            )
        )
        return
    try:
        items = yaml.load(file, templar.opener)
        if not isinstance(items, list):
            raise PlaybookError(_("a playbook is a list of plays"), mark=Mark(str(file), 1, 1))
    except OfficefleetError as error:
        problems.append(error)
        return
    for item in items:
        if not isinstance(item, Mapping):
            problems.append(PlaybookError(_("a play must be a mapping"), mark=mark_of(item, Mark(str(file)))))
            continue
        imported = next((key for key in item if statement_name(str(key)) == "import_playbook"), None)
        if imported is not None:
            reader = Reader(path.parent, templar, known)
            try:
                name = reader.static(item[imported], Keywords(), key_mark(item, imported) or Mark(str(file)))
            except PlaybookError as error:
                problems.append(error)
                continue
            inner = fields.keywords(
                {key: value for key, value in item.items() if key in ("when", "tags", "vars")}
            )
            _read_file(
                path.parent / name,
                templar,
                known,
                (*chain, path),
                plays,
                readers,
                problems,
                outer.inside(inner),
            )
            continue
        reader = Reader(path.parent, templar, known)
        play = reader.play(_wrapped(item, outer), path, outer.when)
        problems.extend(reader.problems)
        if play is not None:
            plays.append(play)
            readers.append(reader)


def _wrapped(item: Mapping[str, Any], outer: Keywords) -> Mapping[str, Any]:
    """Return a play with the tags and variables of the import that brought it."""
    if not (outer.tags or outer.vars):
        return item
    merged = yaml.MarkedDict(item)
    merged.mark = mark_of(item) or Mark("?")
    merged.key_marks = dict(getattr(item, "key_marks", {}))
    merged["tags"] = [*outer.tags, *fields.as_texts(item, "tags")]
    variables: dict[str, Any] = {}
    for one in outer.vars:
        variables.update(one)
    merged["vars"] = {**(item.get("vars") or {}), **variables}
    return merged
