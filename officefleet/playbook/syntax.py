"""Compiles every template of a task before anything runs, so that a syntax error is found at once."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from officefleet.errors import OfficefleetError, TemplateError
from officefleet.source.template import is_template_text

if TYPE_CHECKING:
    from officefleet.playbook.model import Keywords, Task
    from officefleet.source.template import Templar


def texts(value: Any) -> Iterator[str]:
    """Yield every text in a value, keys included."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for key, item in value.items():
            yield from texts(key)
            yield from texts(item)
    elif isinstance(value, (list, tuple)):
        for item in value:
            yield from texts(item)


def of_values(value: Any, templar: Templar) -> Iterator[OfficefleetError]:
    """Yield the syntax errors of all templates in a value."""
    for text in texts(value):
        if is_template_text(text):
            try:
                templar.compile(text)
            except TemplateError as error:
                yield error


def of_conditions(conditions: tuple[Any, ...], templar: Templar) -> Iterator[OfficefleetError]:
    """Yield the syntax errors of conditions."""
    for condition in conditions:
        if isinstance(condition, str) and condition:
            try:
                if is_template_text(condition):
                    templar.compile(condition)
                else:
                    templar.compile_condition(condition)
            except TemplateError as error:
                yield error


def of_keywords(keywords: Keywords, templar: Templar) -> Iterator[OfficefleetError]:
    """Yield the syntax errors of keywords."""
    yield from of_conditions(keywords.when, templar)
    yield from of_values(
        (keywords.vars, keywords.environment, keywords.module_defaults, keywords.values), templar
    )


def of_task(task: Task, templar: Templar) -> Iterator[OfficefleetError]:
    """Yield the syntax errors of a task's own templates and conditions, at the task where nothing is nearer."""
    for error in _of_task(task, templar):
        error.mark = error.mark or task.mark
        yield error


def _of_task(task: Task, templar: Templar) -> Iterator[OfficefleetError]:
    yield from of_values(
        (task.name, task.args, task.args_template, task.loop, task.loop_control, task.notify, task.retries,
         task.delay, task.delegate_to),
        templar,
    )  # fmt: skip
    for conditions in (task.until, task.changed_when or (), task.failed_when or ()):
        yield from of_conditions(conditions, templar)
