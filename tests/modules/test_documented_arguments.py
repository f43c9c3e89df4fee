"""Every argument that ansible-core documents is taken here, with its aliases, choices and default, or docs/modules.md says why not."""

from __future__ import annotations

import ast
import importlib
import re
import typing
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml
from pydantic import AliasChoices

from officefleet.modules import registry

if TYPE_CHECKING:
    from pydantic.fields import FieldInfo

pytestmark = pytest.mark.differential

PAGE = Path(__file__).parents[2] / "docs" / "modules.md"
LANGUAGE = {"import_playbook", "import_role", "import_tasks", "include_role", "include_tasks", "meta"}
NOTHING: tuple[object, ...] = (None, "", [], {}, False, 0)


def parsed(value: str | None) -> dict[str, Any]:
    return yaml.safe_load(value) if value else {}


@cache
def documented() -> dict[str, dict[str, Any]]:
    """Return {module: {argument: its documentation}} of all that ansible-core ships."""
    modules = importlib.import_module("ansible.modules")
    found: dict[str, dict[str, Any]] = {}
    for file in sorted(Path(str(modules.__file__)).parent.glob("*.py")):
        tree = ast.parse(file.read_text(encoding="utf-8"))
        texts = {
            target.id: ast.literal_eval(node.value)
            for node in tree.body
            if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant)
            for target in node.targets
            if isinstance(target, ast.Name)
        }
        if "DOCUMENTATION" not in texts:
            continue
        page = parsed(texts["DOCUMENTATION"])
        options: dict[str, Any] = {}
        fragments = page.get("extends_documentation_fragment") or []
        for fragment in [fragments] if isinstance(fragments, str) else fragments:
            options.update(shared(fragment.removeprefix("ansible.builtin.")))
        options.update(page.get("options") or {})
        found[file.stem] = options
    return found


def shared(name: str) -> dict[str, Any]:
    module, _dot, variant = name.partition(".")
    fragment = importlib.import_module(f"ansible.plugins.doc_fragments.{module}").ModuleDocFragment
    options: dict[str, Any] = (
        parsed(getattr(fragment, (variant or "documentation").upper())).get("options") or {}
    )
    return options


def table(heading: str) -> list[list[str]]:
    """Return the rows of the table under a heading of the page."""
    section = PAGE.read_text(encoding="utf-8").partition(f"## {heading}\n")[2].partition("\n## ")[0]
    rows = [
        [cell.strip() for cell in line.strip("|").split("|")]
        for line in section.splitlines()
        if line.startswith("|")
    ]
    assert rows, heading
    return rows[2:]


def spellings(module: str) -> dict[str, FieldInfo]:
    found = registry.get(module)
    assert found is not None
    names: dict[str, FieldInfo] = {}
    for name, field in found.spec.args.model_fields.items():
        alias = field.validation_alias
        choices = (
            [str(one) for one in alias.choices] if isinstance(alias, AliasChoices) else [str(alias or name)]
        )
        names.update(dict.fromkeys(choices, field))
    return names


def same(ours: Any, theirs: Any) -> bool:
    if ours == theirs or (ours in NOTHING and theirs in (*NOTHING, "no")):
        return True
    if isinstance(theirs, str):
        return (ours is True and theirs == "yes") or ours == [theirs] or ours == theirs.replace("\\n", "\n")
    return False


def choices_of(field: FieldInfo) -> set[str]:
    """Return the words of a Literal, wherever it stands in the field's type; nothing for any other type."""
    found: set[str] = set()
    waiting = [field.annotation]
    while waiting:
        kind = waiting.pop()
        if typing.get_origin(kind) is typing.Literal:
            found |= {str(one) for one in typing.get_args(kind)}
        else:
            waiting += typing.get_args(kind)
    return found


MODULES = sorted(set(documented()) - LANGUAGE - {"async_wrapper"})


def test_which_modules_are_absent() -> None:
    absent = {name for name in MODULES if registry.get(name) is None}
    assert absent == {row[0] for row in table("Modules of ansible.builtin that are not there")}


def test_which_arguments_are_absent() -> None:
    missing = {
        (module, word)
        for module in MODULES
        if registry.get(module) is not None
        for name, page in documented()[module].items()
        for word in (name, *(page.get("aliases") or ()))
        if word not in spellings(module)
    }
    assert missing == {(row[0], row[1]) for row in table("Arguments that are not taken")}


def test_which_defaults_differ() -> None:
    different = set()
    for module in MODULES:
        if registry.get(module) is None:
            continue
        fields = spellings(module)
        for name, page in documented()[module].items():
            field = fields.get(name)
            if field is None or field.is_required() or page.get("required"):
                if (
                    field is not None
                    and not field.is_required()
                    and page.get("required")
                    and module == "package"
                ):
                    different.add((module, name))
                continue
            if not same(field.get_default(call_default_factory=True), page.get("default")):
                different.add((module, name))
    assert different == {(row[0], row[1]) for row in table("Defaults that differ")}


@pytest.mark.parametrize("module", [name for name in MODULES if registry.get(name) is not None])
def test_choices(module: str) -> None:
    fields = spellings(module)
    for name, page in documented()[module].items():
        choices = page.get("choices")
        if not choices or name not in fields:
            continue
        ours = choices_of(fields[name])
        theirs = {str(one) for one in choices}
        assert not ours or theirs <= ours, (name, sorted(theirs - ours))


def test_the_page_names_what_there_is() -> None:
    for row in table("From other collections"):
        for name in re.split(r",\s*", row[1]):
            assert registry.get(f"{row[0]}.{name}") is not None, name
