"""Packs a module of a ``library/`` folder with the module_utils that it imports."""

from __future__ import annotations

import ast
import functools
import importlib.util
import io
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_PACKAGE = ("ansible", "module_utils")
_EPOCH = (1980, 1, 1, 0, 0, 0)  # the same content gives the same bytes
_NEW_STYLE = (
    b"ansible.module_utils",
    b"#<<INCLUDE_ANSIBLE_MODULE_COMMON>>",
    b"from ansible import module_utils",
)


def style(content: bytes) -> str:
    """Return how a module takes its arguments.

    https://docs.ansible.com/ansible/2.18/dev_guide/developing_program_flow_modules.html names the kinds.
    """
    if b"\0" in content[:8192]:
        return "binary"
    if any(mark in content for mark in _NEW_STYLE):
        return "python"
    if b"WANT_JSON" in content:
        return "json"
    if b"<<INCLUDE_ANSIBLE_MODULE_JSON_ARGS>>" in content:
        return "inline"
    return "pairs"


def pack(file: Path, utils: Sequence[Path]) -> tuple[bytes, str]:
    """Return (zip with the module and what it imports, its style).

    Args:
        file: the module.
        utils: folders with the playbook's own module_utils, first match first.

    """
    newest = max((one.stat().st_mtime_ns for folder in utils for one in folder.rglob("*.py")), default=0)
    return _pack(file, tuple(utils), file.stat().st_mtime_ns, newest)


@functools.lru_cache(maxsize=256)
def _pack(file: Path, utils: tuple[Path, ...], _mtime: int, _newest: int) -> tuple[bytes, str]:
    content = file.read_bytes()
    kind = style(content)
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        _add(archive, file.name, content)
        if kind == "python":
            for name, data in sorted(_needed(content, utils).items()):
                _add(archive, f"lib/{name}", data)
    return out.getvalue(), kind


def _add(archive: zipfile.ZipFile, name: str, data: bytes) -> None:
    archive.writestr(zipfile.ZipInfo(name, _EPOCH), data, zipfile.ZIP_DEFLATED)


def _needed(content: bytes, utils: Sequence[Path]) -> dict[str, bytes]:
    """Return {path inside the library: content} of all module_utils that a module leads to."""
    folders = [*utils, *_installed()]
    found: dict[str, bytes] = {"ansible/__init__.py": b'__version__ = "2.18.0"\n'}
    found["ansible/module_utils/__init__.py"] = b""
    waiting = list(_imports(content, ()))
    while waiting:
        dotted = waiting.pop()
        for depth in range(1, len(dotted) + 1):
            located = _locate(dotted[:depth], folders)
            if located is None:
                break
            name, file, package = located
            if name not in found:
                found[name] = file.read_bytes()
                waiting += _imports(found[name], package)
    return found


@functools.cache
def _installed() -> tuple[Path, ...]:
    """Return the folder of the module_utils of an ansible-core on this machine, if there is one."""
    spec = importlib.util.find_spec("ansible")
    places = list(spec.submodule_search_locations or ()) if spec else []
    return tuple(Path(place) / "module_utils" for place in places)


def _locate(parts: tuple[str, ...], folders: Sequence[Path]) -> tuple[str, Path, tuple[str, ...]] | None:
    """Return (path inside the library, file, its package) of a dotted name below module_utils."""
    for folder in folders:
        base = folder.joinpath(*parts)
        inside = "/".join((*_PACKAGE, *parts))
        if (base / "__init__.py").is_file():
            return f"{inside}/__init__.py", base / "__init__.py", parts
        if base.with_suffix(".py").is_file():
            return f"{inside}.py", base.with_suffix(".py"), parts[:-1]
    return None


def _imports(content: bytes, package: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    """Yield the dotted names below module_utils that a source imports, without that prefix."""
    try:
        tree = ast.parse(content)
    except (SyntaxError, ValueError):
        return
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield from _below(tuple(alias.name.split(".")))
        elif isinstance(node, ast.ImportFrom):
            module = tuple((node.module or "").split(".")) if node.module else ()
            if node.level:
                base = (*_PACKAGE, *package)
                module = (*base[: len(base) - node.level + 1], *module)
            for alias in node.names:
                yield from _below((*module, alias.name))


def _below(dotted: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    if dotted[:2] == _PACKAGE and len(dotted) > len(_PACKAGE):
        yield dotted[2:]
