"""Checks of the PowerShell that no PowerShell is needed for: syntax, style, and its agreement with the Python side.

What is proven here is spelling: that both languages name the same keys, operations and arguments. docs/windows.md
says what was never run.
"""

from __future__ import annotations

import ast
import re
import sys
from pathlib import Path

import pytest
import yaml

from officefleet.modules import registry

sys.path.append(str(Path(__file__).parent))
import powershell

FILES = [powershell.KIT, *map(powershell.file_of, powershell.MODULES)]
CMDLETS: dict[str, bool] = {
    name: not bool(source.get("quiet"))
    for name, source in yaml.safe_load((Path(__file__).parent / "cmdlets.yaml").read_text("utf-8")).items()
}
AGENT = {"Get-BlobPath", "Stop-Module", "Stop-Undecidable", "Send-Progress", "Invoke-Program"}
VARIABLES = {"$input", "$host", "$args", "$matches"}
FOLDER = Path(registry.__file__).parent
MAPS = {"asked", "sids", "files", "signatures", "environment"}  # {account: SID}, {file: digest} and the like


def label(file: Path) -> str:
    return file.parent.name if file.name == "windows.ps1" else file.name


@pytest.mark.parametrize("file", FILES, ids=label)
def test_it_parses_and_is_ascii_and_holds_functions_only(file: Path) -> None:
    assert powershell.broken(file) == []
    assert file.read_bytes().isascii()
    top = {
        node.type
        for part in powershell.parse(file).children
        for node in (part.children if part.type == "statement_list" else [part])
    }
    assert top <= {"function_statement", "comment"}


@pytest.mark.parametrize("file", FILES, ids=label)
def test_scripts_inside_parse_too(file: Path, tmp_path: Path) -> None:
    """A here-string that begins with param( is a script that runs elsewhere, such as in a scheduled task."""
    for number, found in enumerate(re.findall(r"@'\n(param\(.*?)\n'@", file.read_text("ascii"), re.DOTALL)):
        inner = tmp_path / f"{number}.ps1"
        inner.write_text(found, encoding="ascii")
        assert powershell.broken(inner) == []


@pytest.mark.parametrize("file", FILES, ids=label)
def test_every_command_is_known_and_no_alias(file: Path) -> None:
    """cmdlets.yaml names the documentation of each; a typo or an alias is in no list."""
    known = {*CMDLETS, *AGENT, *powershell.functions(powershell.KIT), *powershell.functions(file)}
    used = {name for name, _node in powershell.commands(powershell.parse(file))}
    assert used - known == set()


@pytest.mark.parametrize("file", FILES, ids=label)
def test_what_can_fail_says_what_happens_then(file: Path) -> None:
    silent = [
        f"line {node.start_point[0] + 1}: {name}"
        for name, node in powershell.commands(powershell.parse(file))
        if CMDLETS.get(name) and "-erroraction" not in powershell.parameters(node)
    ]
    assert silent == []


@pytest.mark.parametrize("file", FILES, ids=label)
def test_no_variable_of_powershells_own_is_misused(file: Path) -> None:
    used = {
        powershell.text(node).lower()
        for node in powershell.walk(powershell.parse(file))
        if node.type == "variable"
    }
    assert used & VARIABLES == set()
    words = file.read_text("ascii")
    for forbidden in ("Write-Host", "Invoke-Expression", "\nexit", " exit\n"):
        assert forbidden not in words


@pytest.mark.parametrize("module", powershell.MODULES)
def test_the_functions_are_those_of_the_contract(module: str) -> None:
    found = powershell.functions(powershell.file_of(module))
    if "Invoke-Module" in found:
        assert not {"Read-State", "Invoke-Change"} & set(found)
        return
    assert "Read-State" in found
    assert ("Invoke-Change" in found) == bool(operations(module))


def plan_file(module: str) -> Path | None:
    for name in ("plan_windows.py", "plan.py"):
        if (FOLDER / module / name).exists():
            return FOLDER / module / name
    return None


def tree(module: str) -> ast.Module:
    file = plan_file(module)
    assert file is not None
    return ast.parse(file.read_text("utf-8"))


def operations(module: str) -> set[str]:
    """Return every `op` that a plan can give a change: the first argument of change()."""
    found = set()
    for node in ast.walk(tree(module)):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "change":
            first = node.args[0]
            assert isinstance(first, ast.Constant), f"{module}: the op of a change is a literal"
            found.add(first.value)
    return found


def words(module: str) -> set[str]:
    """Return every text and keyword of a plan: what a change may carry."""
    found = {"op", "path", "before", "after"}
    for node in ast.walk(tree(module)):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            found.add(node.value)
        elif isinstance(node, ast.keyword) and node.arg:
            found.add(node.arg)
    return found


def state_keys(module: str) -> set[str]:
    """Return what a plan reads of its `state` by a literal name."""
    found = set()
    for node in ast.walk(tree(module)):
        if isinstance(node, ast.Subscript) and isinstance(node.value, ast.Name) and node.value.id == "state":
            key = node.slice
        elif (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Attribute)
            and node.func.attr == "get"
            and isinstance(node.func.value, ast.Name)
            and node.func.value.id == "state"
        ):
            key = node.args[0]
        else:
            continue
        if isinstance(key, ast.Constant) and isinstance(key.value, str):
            found.add(key.value)
    return found


STATEFUL = [
    one for one in powershell.MODULES if "Read-State" in powershell.functions(powershell.file_of(one))
]


@pytest.mark.parametrize("module", STATEFUL)
def test_both_languages_name_the_same_state(module: str) -> None:
    """All that a plan, or a case's state, names is a key that Read-State makes."""
    made = powershell.keys(powershell.parse(powershell.file_of(module))) | powershell.keys(
        powershell.parse(powershell.KIT)
    )
    assert state_keys(module) - made == set()
    for file in (FOLDER / module / "cases").glob("*.yaml"):
        for case in yaml.safe_load(file.read_text("utf-8")):
            assert names_in(case.get("state")) - made == set(), case["name"]


def names_in(state: object) -> set[str]:
    """Return the keys of a state, at every depth; what lies below a key of `MAPS` is named by data."""
    if isinstance(state, list):
        return set().union(*map(names_in, state))
    if not isinstance(state, dict):
        return set()
    return set(state).union(*(names_in(value) for name, value in state.items() if name not in MAPS))


@pytest.mark.parametrize("module", [one for one in STATEFUL if operations(one)])
def test_both_languages_name_the_same_operations(module: str) -> None:
    node = powershell.functions(powershell.file_of(module))["Invoke-Change"]
    assert powershell.clauses(node, "$Change.op") == operations(module)


@pytest.mark.parametrize("module", STATEFUL)
def test_a_change_carries_what_is_read_of_it(module: str) -> None:
    read = powershell.members(powershell.parse(powershell.file_of(module)), "$Change")
    assert read - words(module) - {"ContainsKey"} == set()


@pytest.mark.parametrize("module", powershell.MODULES)
def test_arguments_are_those_of_the_module(module: str) -> None:
    read = powershell.members(powershell.parse(powershell.file_of(module)), "$Arguments")
    found = registry.get(module)
    assert found is not None
    unknown = read - set(found.spec.args.model_fields) - {"ContainsKey", "Keys"}
    assert {one for one in unknown if not one.startswith("_")} == set()
