"""Runs the cases that lie beside every module: ``officefleet/modules/NAME/cases/*.yaml``.

A file is a list of cases::

    - name: what is shown                 # unique in the module
      args: {path: /etc/motd}             # as a playbook writes them; names that start with "_" are what
                                          # controller.prepare adds, they are merged after the validation
      state: {kind: absent}               # what posix.read would return
      changes: [{op: write, path: ...}]   # count, order; of each change the keys that the case names
      result: {dest: /etc/motd}           # of plan.result the keys that the case names
      diff: {before: "", after: "x"}      # plan.diff (or the generic one) as a whole
      parsed: {mode: "0644"}              # of the validated arguments the keys that the case names
      error: part of the message          # instead of changes: the arguments are refused or the plan fails

Modules without a plan have cases with `parsed` or `error` alone.
"""

from __future__ import annotations

import importlib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml
from pydantic import ValidationError

import officefleet.modules
from officefleet.agents.execution import generic_diff
from officefleet.agents.kit import Failed, Undecidable
from officefleet.errors import OfficefleetError
from officefleet.modules import registry
from officefleet.modules.spec import Spec

FOLDER = Path(officefleet.modules.__file__).parent
KEYS = {"name", "args", "state", "changes", "result", "diff", "parsed", "error"}
ENOUGH = 5  # cases a module with a plan


@dataclass(frozen=True)
class Case:
    module: str
    file: Path
    data: dict[str, Any]

    def __str__(self) -> str:
        return f"{self.module}: {self.data.get('name')}"


@cache
def cases() -> list[Case]:
    return [
        Case(file.parent.parent.name, file, data)
        for file in sorted(FOLDER.glob("*/cases/*.yaml"))
        for data in yaml.safe_load(file.read_text(encoding="utf-8"))
    ]


def spec_of(module: str) -> Spec:
    spec = importlib.import_module(f"officefleet.modules.{module}.spec").SPEC
    assert isinstance(spec, Spec)
    return spec


def validated(case: Case) -> dict[str, Any]:
    """Return the arguments as the host would get them."""
    written = {name: value for name, value in case.data["args"].items() if not name.startswith("_")}
    prepared = {name: value for name, value in case.data["args"].items() if name.startswith("_")}
    return spec_of(case.module).args.model_validate(written).model_dump() | prepared


def within(part: Any, whole: Any) -> bool:
    """Return whether `whole` holds all that `part` names; lists are compared item by item."""
    if isinstance(part, dict):
        return isinstance(whole, dict) and all(
            name in whole and within(value, whole[name]) for name, value in part.items()
        )
    if isinstance(part, list):
        return (
            isinstance(whole, list)
            and len(part) == len(whole)
            and all(within(one, other) for one, other in zip(part, whole, strict=True))
        )
    return type(part) is type(whole) and part == whole


def assert_within(part: Any, whole: Any) -> None:
    if not within(part, whole):
        assert whole == part  # pytest draws the difference


def planned(case: Case, args: dict[str, Any]) -> tuple[Any, list[dict[str, Any]]]:
    plan = importlib.import_module(f"officefleet.modules.{case.module}.plan")
    return plan, plan.plan(case.data.get("state", {}), args)


@pytest.mark.parametrize("case", cases(), ids=str)
def test_case(case: Case) -> None:
    data = case.data
    assert set(data) <= KEYS, f"unknown keys in {case.file}"
    if "error" in data:
        with pytest.raises((ValidationError, Failed, Undecidable, OfficefleetError)) as caught:
            planned(case, validated(case))
        assert data["error"] in getattr(caught.value, "msg", str(caught.value))
        return
    args = validated(case)
    if "parsed" in data:
        assert_within(data["parsed"], args)
    if "changes" not in data:
        assert "parsed" in data
        return
    plan, changes = planned(case, args)
    assert_within(data["changes"], changes)
    if "result" in data:
        assert_within(data["result"], plan.result(data.get("state", {}), args, changes))
    if "diff" in data:
        state = data.get("state", {})
        found = plan.diff(state, args, changes) if hasattr(plan, "diff") else generic_diff(changes)
        assert found == data["diff"]


@pytest.mark.parametrize("module", sorted(registry.names()))
def test_examples_are_valid(module: str) -> None:
    found = registry.get(module)
    assert found is not None
    for example in registry.example_args(found):
        found.spec.args.model_validate(example)


@pytest.mark.parametrize("module", sorted(registry.names()))
def test_a_module_with_a_plan_has_cases_with_names_of_their_own(module: str) -> None:
    if not (FOLDER / module / "plan.py").exists():
        pytest.skip("no plan")
    names = [case.data["name"] for case in cases() if case.module == module]
    assert len(names) >= ENOUGH
    assert len(set(names)) == len(names)
