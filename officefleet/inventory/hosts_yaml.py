"""Ansible's YAML inventory files: groups that hold ``hosts``, ``vars`` and ``children``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from officefleet.errors import InventoryError, nearest
from officefleet.i18n import _
from officefleet.inventory.hostrange import expand
from officefleet.source.yaml import key_mark, load, mark_of

if TYPE_CHECKING:
    from pathlib import Path

    from officefleet.inventory.members import Members
    from officefleet.source.secrets import Opener

_KEYS = ("hosts", "vars", "children")


def read_yaml(path: Path, members: Members, opener: Opener | None = None) -> None:
    """Add the hosts, groups and variables of a YAML inventory file.

    Raises:
        SourceError: unreadable or not YAML.
        InventoryError: with the place at fault.

    """
    data = load(path, opener)
    if data is None:
        return
    if not isinstance(data, dict):
        raise InventoryError(
            _("an inventory file is a mapping of groups"),
            mark=mark_of(data),
            hint=_("begin with all: and put hosts: under it"),
        )
    if "plugin" in data:
        raise InventoryError(
            _("inventory plugins are not supported"),
            mark=key_mark(data, "plugin"),
            hint=_("write its hosts to a file with ansible-inventory --list --yaml --output FILE"),
        )
    for name in data:
        _group(str(name), data[name], key_mark(data, name), members)


def _group(name: str, body: Any, mark: Any, members: Members) -> None:
    members.group(name)
    if body is None:
        return
    if not isinstance(body, dict):
        raise InventoryError(
            _("group {name!r} must hold hosts, vars or children").format(name=name),
            mark=mark_of(body) or mark,
        )
    for key in body:
        if key not in _KEYS:
            near = nearest(str(key), _KEYS)
            raise InventoryError(
                _("unknown key {key!r} in group {name!r}").format(key=str(key), name=name),
                mark=key_mark(body, key),
                hint=_("did you mean {name!r}?").format(name=near)
                if near
                else _("known: {names}").format(names=", ".join(_KEYS)),
            )
        if body[key] is not None and not isinstance(body[key], dict):
            raise InventoryError(
                _("{key} of group {name!r} must be a mapping").format(key=str(key), name=name),
                mark=mark_of(body[key]) or key_mark(body, key),
                hint=_("end each name with a colon"),
            )
    for variable, value in (body.get("vars") or {}).items():
        members.group_variable(name, str(variable), value, key_mark(body["vars"], variable))
    for child, inner in (body.get("children") or {}).items():
        place = key_mark(body["children"], child)
        _group(str(child), inner, place, members)
        members.link(name, str(child), place)
    for pattern, variables in (body.get("hosts") or {}).items():
        _hosts(name, pattern, variables, body["hosts"], members)


def _hosts(group: str, pattern: Any, variables: Any, parent: Any, members: Members) -> None:
    mark = key_mark(parent, pattern)
    if not isinstance(pattern, str):
        raise InventoryError(
            _("a host name must be text, found {value!r}").format(value=pattern),
            mark=mark,
            hint=_("quote it"),
        )
    if variables is not None and not isinstance(variables, dict):
        raise InventoryError(
            _("variables of host {name!r} must be a mapping").format(name=str(pattern)),
            mark=mark_of(variables) or mark,
        )
    try:
        names, port = expand(str(pattern))
    except ValueError as error:
        raise InventoryError(str(error), mark=mark) from None
    own = {} if port is None else {"ansible_port": port}
    own.update(variables or {})
    for name in names:
        members.add(group, name, own)
