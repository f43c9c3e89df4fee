"""Ansible's INI inventory files: hosts, ``[group]``, ``[group:children]``, ``[group:vars]``."""

from __future__ import annotations

import ast
import re
import shlex
import warnings
from typing import TYPE_CHECKING, Any

from officefleet.errors import InventoryError, Mark, nearest
from officefleet.i18n import _
from officefleet.inventory.hostrange import expand
from officefleet.source.yaml import read_text

if TYPE_CHECKING:
    from pathlib import Path

    from officefleet.inventory.members import Members
    from officefleet.source.secrets import Opener

_SECTION = re.compile(r"^\[(?P<name>[^:\]\s]+)(?::(?P<kind>\w+))?\]\s*(?:#.*)?$")
_CHILD = re.compile(r"^(?P<name>[^:\]\s]+)\s*(?:#.*)?$")
_KINDS = ("hosts", "children", "vars")


def read_ini(path: Path, members: Members, opener: Opener | None = None) -> None:
    """Add the hosts, groups and variables of an INI inventory file.

    Raises:
        SourceError: the file cannot be read.
        InventoryError: with the line at fault.

    """
    _Reader(path, members).read(read_text(path, opener))


class _Reader:
    def __init__(self, path: Path, members: Members) -> None:
        self._file = str(path)
        self._members = members
        self._line = 0
        self._declared: set[str] = set()
        self._wanted: list[tuple[str, str, Mark]] = []  # (section, group, place) that must exist at the end

    def read(self, text: str) -> None:
        group, kind = "ungrouped", "hosts"
        for self._line, raw in enumerate(text.splitlines(), start=1):
            line = raw.strip()
            if not line or line[0] in "#;":
                continue
            if line.startswith("[") and line.split("#")[0].rstrip().endswith("]") and "=" not in line:
                group, kind = self._section(line)
            elif kind == "hosts":
                self._host(group, line)
            elif kind == "vars":
                self._variable(group, line)
            else:
                self._child(group, line)
        self._all_declared()

    def _mark(self, column: int = 1) -> Mark:
        return Mark(self._file, self._line, column)

    def _fail(self, message: str, hint: str = "") -> InventoryError:
        return InventoryError(message, mark=self._mark(), hint=hint)

    def _section(self, line: str) -> tuple[str, str]:
        found = _SECTION.match(line)
        if found is None:
            raise self._fail(
                _("not a section: {line}").format(line=line), _("[group], [group:children] or [group:vars]")
            )
        name, kind = found["name"], found["kind"] or "hosts"
        if kind not in _KINDS:
            near = nearest(kind, _KINDS)
            raise self._fail(
                _("unknown kind of section {kind!r}").format(kind=kind),
                _("did you mean {name!r}?").format(name=near)
                if near
                else _("[group:children] or [group:vars]"),
            )
        if kind == "vars":
            self._wanted.append((f"{name}:vars", name, self._mark()))
        else:
            self._declared.add(name)
            self._members.group(name)
        return name, kind

    def _host(self, group: str, line: str) -> None:
        try:
            tokens = shlex.split(line, comments=True)
            names, port = expand(tokens[0])
        except ValueError as error:
            raise self._fail(str(error), _("quote values that hold spaces or quotes")) from None
        if names == ["---"]:
            raise self._fail(_("this is a YAML file"), _("give it the extension .yml"))
        if tokens[0].endswith(":"):
            raise self._fail(_("no port follows the colon of {name!r}").format(name=tokens[0]))
        variables: dict[str, Any] = {} if port is None else {"ansible_port": port}
        for token in tokens[1:]:
            name, equals, value = token.partition("=")
            if not equals:
                raise self._fail(
                    _("expected name=value after the host, found {token!r}").format(token=token),
                    _("one host or range a line"),
                )
            variables[name] = _value(value)
        for name in names:
            self._members.add(group, name, variables)

    def _variable(self, group: str, line: str) -> None:
        name, equals, value = line.partition("=")
        if not equals:
            raise self._fail(_("expected name=value, found {line!r}").format(line=line))
        self._members.group_variable(group, name.strip(), _value(value.strip()), self._mark())

    def _child(self, group: str, line: str) -> None:
        found = _CHILD.match(line)
        if found is None:
            raise self._fail(_("expected a group's name, found {line!r}").format(line=line))
        self._wanted.append((f"{group}:children", found["name"], self._mark()))
        self._members.link(group, found["name"], self._mark())

    def _all_declared(self) -> None:
        for section, name, mark in self._wanted:
            if name not in self._declared and not self._members.known_before(name):
                near = nearest(name, self._declared)
                raise InventoryError(
                    _("section [{section}] names the unknown group {name!r}").format(
                        section=section, name=name
                    ),
                    mark=mark,
                    hint=_("did you mean {name!r}?").format(name=near)
                    if near
                    else _("declare it with a section [{name}]").format(name=name),
                )


def _value(text: str) -> Any:
    """Return a value as Ansible reads it: a Python literal when it is one, else the text."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", SyntaxWarning)
            return ast.literal_eval(text)
    except (ValueError, SyntaxError, MemoryError, RecursionError):
        return text
