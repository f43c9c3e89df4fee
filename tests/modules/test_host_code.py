"""What travels to a host must run there: Python 3.8's syntax, its standard library, and what the bundle brings."""

from __future__ import annotations

import ast
import json
import sys
import zlib
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import officefleet.agents
from officefleet.agents.bundle import build
from officefleet.modules import registry

if TYPE_CHECKING:
    from collections.abc import Iterator

FOLDER = Path(registry.__file__).parent
MODULES = sorted(name for name in registry.names() if (FOLDER / name / "posix.py").exists())
OLDEST = (3, 8)


def imports(tree: ast.AST) -> Iterator[str]:
    """Yield what is imported when the code runs: not what stands below ``if TYPE_CHECKING``."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.If) and isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING":
            continue
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from (
                f"{node.module}.{alias.name}" if node.module == "officefleet.agents" else str(node.module)
                for alias in node.names
            )
        else:
            yield from imports(node)


@pytest.mark.parametrize("module", MODULES)
def test_host_code_runs_on_an_old_python_from_its_bundle_alone(module: str) -> None:
    sources = json.loads(zlib.decompress(build(frozenset({module})).source))
    shipped = {*sources, "officefleet.agents"}
    for name, text in sources.items():
        tree = ast.parse(text, feature_version=OLDEST)
        for wanted in imports(tree):
            if wanted.startswith("officefleet"):
                assert wanted in shipped or f"{wanted}.plan" in shipped, f"{name} needs {wanted}"
            else:
                assert wanted.split(".")[0] in sys.stdlib_module_names, f"{name} needs {wanted}"
        top = {
            wanted
            for node in tree.body
            if isinstance(node, ast.Import)
            for wanted in imports(ast.Module([node], []))
        }
        assert not top & {"typing", "subprocess", "shutil", "tempfile", "hashlib"}, f"{name} starts slowly"


def test_the_loader_parses_on_an_old_python() -> None:
    loader = Path(str(officefleet.agents.__file__)).parent / "loader.py"
    ast.parse(loader.read_text(encoding="utf-8"), feature_version=OLDEST)
