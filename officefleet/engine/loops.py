"""The values of a loop and the variables of each round."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from officefleet.errors import PlaybookError
from officefleet.i18n import _
from officefleet.source.template import holds_template

if TYPE_CHECKING:
    from officefleet.playbook.model import Task
    from officefleet.source.scope import Scope


def values(task: Task, scope: Scope) -> list[Any]:
    """Return the items of a task's loop.

    Raises:
        PlaybookError: not a list, or an unknown ``with_`` kind.
        TemplateError: the expression cannot be rendered.

    """
    terms = scope.templar.render(task.loop, scope) if holds_template(task.loop) else task.loop
    if task.loop_kind == "loop":
        if not isinstance(terms, (list, tuple)):
            raise PlaybookError(
                _("loop needs a list, not {kind}").format(kind=type(terms).__name__), mark=task.mark
            )
        return list(terms)
    if task.loop_kind == "items":
        return _flat(terms)
    if task.loop_kind == "list":
        return list(terms)
    if task.loop_kind == "dict":
        return [{"key": key, "value": value} for one in _mappings(terms, task) for key, value in one.items()]
    return _looked_up(task, terms, scope)


@functools.lru_cache(maxsize=65536)
def one_by_one(task: Task) -> bool:
    """Return whether an item of a task's loop may use what the items before it have set.

    That is so for what `set_fact` sets and for the registered result: an item sees them as the last one left them.
    The text of the task tells; where it names them by chance, the loop only takes longer.
    """
    names = {task.register} if task.register else set()
    if task.module == "set_fact":
        names |= {str(name) for name in task.args}
    text = repr((dict(task.args), task.args_template, task.keywords.when, task.own_vars))
    return any(holds_template(name) or text.count(name) > (name in task.args) for name in names)


def _flat(terms: Any) -> list[Any]:
    found: list[Any] = []
    for term in terms if isinstance(terms, (list, tuple)) else [terms]:
        if isinstance(term, (list, tuple)):
            found += term
        else:
            found.append(term)
    return found


def _mappings(terms: Any, task: Task) -> list[Mapping[str, Any]]:
    found = terms if isinstance(terms, list) else [terms]
    for one in found:
        if not isinstance(one, Mapping):
            raise PlaybookError(_("with_dict needs a mapping"), mark=task.mark)
    return found


def _looked_up(task: Task, terms: Any, scope: Scope) -> list[Any]:
    listed = terms if isinstance(terms, list) else [terms]
    inner = scope.child({"_of_terms": listed})
    text = "{{ query('" + task.loop_kind.replace("'", "") + "', *_of_terms) }}"
    found = scope.templar.render(text, inner)
    return list(found) if isinstance(found, (list, tuple)) else [found]


def layers(task: Task, items: Sequence[Any], scope: Scope) -> list[dict[str, Any]]:
    """Return the variables that each round adds."""
    control = {
        key: scope.templar.render(value, scope) if key != "label" and holds_template(value) else value
        for key, value in task.loop_control.items()
    }
    name = loop_var(task, scope)
    index_name = control.get("index_var")
    found = []
    for number, value in enumerate(items):
        layer: dict[str, Any] = {name: value, "ansible_loop_var": name}
        if index_name:
            layer[str(index_name)] = number
            layer["ansible_index_var"] = str(index_name)
        if control.get("extended"):
            layer["ansible_loop"] = _extended(items, number, allitems=control.get("extended_allitems", True))
        found.append(layer)
    return found


def scopes(task: Task, items: Sequence[Any], scope: Scope) -> list[tuple[Any, Scope, Mapping[str, Any]]]:
    """Return (item, all variables, those that the round adds) of each round."""
    return [
        (value, scope.child(layer), layer)
        for value, layer in zip(items, layers(task, items, scope), strict=True)
    ]


def _extended(items: Sequence[Any], number: int, *, allitems: bool) -> dict[str, Any]:
    count = len(items)
    loop: dict[str, Any] = {
        "index": number + 1, "index0": number, "first": number == 0, "last": number == count - 1, "length": count,
        "revindex": count - number, "revindex0": count - number - 1,
    }  # fmt: skip
    if allitems:
        loop["allitems"] = list(items)
    if number:
        loop["previtem"] = items[number - 1]
    if number + 1 < count:
        loop["nextitem"] = items[number + 1]
    return loop


def label(task: Task, value: Any, scope: Scope, clean: Callable[[Any], Any]) -> str:
    """Return how a person sees an item: loop_control.label, else the item itself, without secrets, shortened."""
    wanted = task.loop_control.get("label")
    if wanted is not None:
        value = scope.templar.render(wanted, scope)
    text = str(clean(value))  # before it is cut: half a secret is found by nobody
    limit = 120
    return text if len(text) <= limit else text[: limit - 1] + "…"


def loop_var(task: Task, scope: Scope) -> str:
    """Return the name of the loop's variable."""
    name = task.loop_control.get("loop_var") or "item"
    return str(scope.templar.render(name, scope) if holds_template(name) else name)
