"""debug, assert, fail and set_fact, which run on the controller alone."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from pydantic import ValidationError

from officefleet.errors import ArgumentError, UndefinedVariableError
from officefleet.modules import registry


def controller(**variables: Any) -> SimpleNamespace:
    """Stand in for the engine: renders a lone ``{{name}}`` and evaluates Python."""

    def render(text: str) -> Any:
        name = text.removeprefix("{{").removesuffix("}}").strip()
        if name not in variables:
            raise UndefinedVariableError(f"'{name}' is undefined")
        return variables[name]

    def evaluate(condition: Any) -> bool:
        return bool(eval(str(condition), {}, variables))  # noqa: S307  the cases below are constants

    return SimpleNamespace(variables=variables, render=render, evaluate=evaluate)


def act(module: str, args: dict[str, Any], **variables: Any) -> dict[str, Any]:
    found = registry.get(module)
    assert found is not None
    assert found.controller is not None
    result = found.controller.act(found.spec.args.model_validate(args), controller(**variables))
    assert isinstance(result, dict)
    return result


@pytest.mark.parametrize(
    ("args", "expected"),
    [
        ({}, {"msg": "Hello world!"}),
        ({"msg": "ready"}, {"msg": "ready"}),
        ({"msg": ["a", {"b": 1}]}, {"msg": ["a", {"b": 1}]}),
        ({"var": "poste"}, {"poste": 7}),
        ({"var": "gone"}, {"gone": "VARIABLE IS NOT DEFINED!: 'gone' is undefined"}),
        ({"msg": "x", "verbosity": 2}, {"msg": "x"}),
        ({"msg": "x", "verbosity": "3"}, {"skipped": True, "skipped_reason": "Verbosity threshold not met."}),
    ],
)
def test_debug(args: dict[str, Any], expected: dict[str, Any]) -> None:
    assert act("debug", args, poste=7, ansible_verbosity=2) == {"changed": False} | expected


def test_debug_takes_either_msg_or_var() -> None:
    with pytest.raises(ValidationError, match="incompatible"):
        act("debug", {"msg": "a", "var": "b"})


@pytest.mark.parametrize(
    ("args", "expected"),
    [
        ({"that": "poste in (6, 7)"}, {"msg": "All assertions passed"}),
        ({"that": ["poste == 7", True], "success_msg": "good"}, {"msg": "good"}),
        (
            {"that": ["poste == 7", "poste == 8", "poste == 9"]},
            {"failed": True, "assertion": "poste == 8", "evaluated_to": False, "msg": "Assertion failed"},
        ),
        (
            {"that": False, "msg": ["two", "lines"], "quiet": "yes"},
            {"failed": True, "assertion": False, "evaluated_to": False, "msg": ["two", "lines"]},
        ),
    ],
)
def test_assert(args: dict[str, Any], expected: dict[str, Any]) -> None:
    assert act("assert", args, poste=7) == {"changed": False} | expected


def test_fail() -> None:
    assert act("fail", {}) == {"changed": False, "failed": True, "msg": "Failed as requested from task"}
    assert act("fail", {"msg": "no"})["msg"] == "no"


def test_set_fact_turns_words_into_booleans_as_ansible_does() -> None:
    args = {"a": "yes", "b": "False", "c": "on", "d": {"e": "yes"}, "f": 1, "cacheable": "true"}
    facts = {"a": True, "b": False, "c": "on", "d": {"e": "yes"}, "f": 1}
    assert act("set_fact", args) == {"changed": False, "ansible_facts": facts}


@pytest.mark.parametrize("name", ["a-b", "1a", "a b", "class", "é", ""])
def test_set_fact_refuses_what_is_no_name(name: str) -> None:
    with pytest.raises(ArgumentError):
        act("set_fact", {name: 1})


def test_set_fact_needs_something_to_set() -> None:
    with pytest.raises(ValidationError):
        act("set_fact", {"cacheable": True})
