"""What goes to a host must run on its Python: 3.8 at least, standard library only, quick to import."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import officefleet

ROOT = Path(officefleet.__file__).parent
CONTROLLER_ONLY = {"bundle.py", "session.py"}  # the controller's side of the protocol
AGENTS = [file for file in sorted((ROOT / "agents").glob("*.py")) if file.name not in CONTROLLER_ONLY]
PARTS = [file for part in ("plan", "posix") for file in sorted((ROOT / "modules").glob(f"*/{part}.py"))]
SLOW = {
    "subprocess",
    "hashlib",
    "shutil",
    "tempfile",
    "typing",
    "urllib",
    "tarfile",
    "zipfile",
    "pathlib",
    "ssl",
}
NEWER = {"removeprefix", "removesuffix", "cache", "batched", "waitstatus_to_exitcode", "pairwise"}


def named(file: Path) -> str:
    return file.relative_to(ROOT).as_posix()


@pytest.mark.parametrize("file", AGENTS + PARTS, ids=named)
def test_syntax_and_methods_are_those_of_python_3_8(file: Path) -> None:
    tree = ast.parse(file.read_text(encoding="utf-8"), feature_version=(3, 8))
    for node in ast.walk(tree):
        assert not isinstance(node, ast.Attribute) or node.attr not in NEWER, f"line {node.lineno}"


@pytest.mark.parametrize("file", AGENTS + PARTS, ids=named)
def test_imports_are_the_standard_library_and_our_own_host_code(file: Path) -> None:
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            names = [node.module or ""]
        else:
            continue
        for name in names:
            own = name.startswith(("officefleet.agents", "officefleet.modules."))
            assert own or name.split(".")[0] in sys.stdlib_module_names, f"{named(file)} imports {name}"


def test_no_module_makes_the_agents_start_slow() -> None:
    """Importing all modules' host code loads none of the slow modules of the standard library."""
    modules = [named(file)[:-3].replace("/", ".") for file in PARTS]
    lines = [
        "import sys, types",
        "package = types.ModuleType('officefleet')",
        f"package.__path__ = [{str(ROOT)!r}]",  # the package's own __init__ does not go to a host
        "sys.modules['officefleet'] = package",
        "import json",
        *[f"import officefleet.{name}" for name in modules],
        f"print(sorted({SLOW!r} & set(sys.modules)))",
    ]
    command = [sys.executable, "-S", "-E", "-c", "\n".join(lines)]
    done = subprocess.run(command, capture_output=True, text=True, check=True, cwd="/")
    assert done.stdout.strip() == "[]"
