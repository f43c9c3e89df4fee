"""Packs what the agent needs on a POSIX host: its own code and the modules that a run uses."""

from __future__ import annotations

import functools
import hashlib
import json
import marshal
import re
import threading
import zlib
from pathlib import Path

from officefleet.modules import registry

_FOLDER = Path(__file__).parent
_OWN = ("kit", "modes", "files", "flags", "jobs", "execution", "posix")
_IMPORT = re.compile(r"^\s*from officefleet\.agents(?:\.(\w+))? import (\([^)]*\)|.+)$", re.MULTILINE)


class Bundle:
    """The agent for one run: `digest` names it in the hosts' cache.

    What travels is only made when a host does not have it: by the first thread that connects, while others still do.

    Attributes:
        digest: hexadecimal, 32 characters.
        modules: names of the modules inside.

    """

    def __init__(self, modules: frozenset[str], sources: dict[str, str]) -> None:
        self.modules = modules
        self._sources = sources
        self._text = json.dumps(sources, sort_keys=True).encode()
        self.digest = hashlib.sha256(self._text).hexdigest()[:32]
        self._lock = threading.Lock()
        self._compiled = b""
        self._source = b""

    @property
    def compiled(self) -> bytes:
        """zlib-compressed marshal {dotted name: code}, for hosts with this machine's Python: most of them.

        Compiling costs a host more than everything else at its first contact.
        """
        with self._lock:
            if not self._compiled:
                codes = {
                    name: compile(text, "<officefleet>/" + name, "exec", optimize=2)
                    for name, text in self._sources.items()
                }
                self._compiled = zlib.compress(marshal.dumps(codes), 6)
            return self._compiled

    @property
    def source(self) -> bytes:
        """zlib-compressed JSON {dotted name: source}, for hosts with any other Python."""
        with self._lock:
            if not self._source:
                self._source = zlib.compress(self._text, 6)
            return self._source


@functools.cache
def loader() -> bytes:
    """Return the loader's source, comments and docstrings left out: it travels with every connection."""
    import ast

    tree = ast.parse((_FOLDER / "loader.py").read_text(encoding="utf-8"))
    for node in ast.walk(tree):
        if isinstance(node, (ast.FunctionDef, ast.ClassDef)) and ast.get_docstring(node) is not None:
            node.body = node.body[1:] or [ast.Pass()]
    return ast.unparse(tree).encode()


@functools.cache
def build(modules: frozenset[str]) -> Bundle:
    """Return the bundle that holds `modules`; the same set gives the same bytes."""
    sources = {f"officefleet.agents.{name}": _source(name) for name in _OWN}
    for name in sorted(modules):
        sources.update(module_sources(name))
    return Bundle(modules, sources)


def module_sources(name: str) -> dict[str, str]:
    """Return {dotted name: source} of one module and of the agent helpers that it imports."""
    found = dict(registry.host_sources(name))
    waiting = list(found.values())
    while waiting:
        for package, names in _IMPORT.findall(waiting.pop()):
            for helper in (
                [package]
                if package
                else [part.split()[0] for part in names.strip("()").split(",") if part.strip()]
            ):
                dotted = f"officefleet.agents.{helper}"
                if helper not in _OWN and dotted not in found:
                    found[dotted] = _source(helper)
                    waiting.append(found[dotted])
    return found


@functools.cache
def _source(name: str) -> str:
    return (_FOLDER / f"{name}.py").read_text(encoding="utf-8")
