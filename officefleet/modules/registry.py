"""Finds modules by scanning the folders; imports a module's spec when it is first asked for."""

from __future__ import annotations

import functools
import importlib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import AliasChoices

if TYPE_CHECKING:
    from collections.abc import Mapping

    from officefleet.modules.spec import Spec

_FOLDER = Path(__file__).parent
_LEGACY = "ansible.legacy"


@dataclass(frozen=True, slots=True)
class Module:
    """A module: its name (the folder's), its spec and what runs on the controller (see `contract`), or None."""

    name: str
    spec: Spec
    controller: Any

    @property
    def doc(self) -> str:
        """The docstring of its spec, which becomes its page."""
        return importlib.import_module(f"{__package__}.{self.name}.spec").__doc__ or ""

    def argument_names(self) -> frozenset[str]:
        """Return every spelling that an argument of this module may have."""
        return _spellings(self.spec)


@functools.cache
def _spellings(spec: Spec) -> frozenset[str]:
    names: set[str] = set()
    for name, field in spec.args.model_fields.items():
        alias = field.validation_alias
        if isinstance(alias, AliasChoices):
            names.update(str(choice) for choice in alias.choices)
        else:
            names.add(alias if isinstance(alias, str) else name)
    return frozenset(names)


@functools.cache
def names() -> frozenset[str]:
    """Return the names of all modules."""
    return frozenset(file.parent.name for file in _FOLDER.glob("*/spec.py"))


@functools.cache
def get(name: str) -> Module | None:
    """Return the module that a task names, or None.

    `name` is a folder's name, one of its aliases, or either behind a collection that the module's spec lists.
    """
    namespace, _dot, short = name.rpartition(".")
    folder = short if short in names() else _aliases().get(short)
    if folder is None:
        return None
    spec: Spec = importlib.import_module(f"{__package__}.{folder}.spec").SPEC
    if namespace and namespace not in spec.namespaces and namespace != _LEGACY:
        return None
    controller = None
    if (_FOLDER / folder / "controller.py").exists():
        controller = importlib.import_module(f"{__package__}.{folder}.controller")
    return Module(folder, spec, controller)


@functools.cache
def absent(name: str) -> Module:
    """Return a stand-in for a module that officefleet does not have: it takes any arguments and fails when it runs."""
    from officefleet.modules import absent as stand_in  # noqa: PLC0415  pydantic is slow to import

    return Module(name, stand_in.SPEC, stand_in.Absent(name))


@functools.cache
def _aliases() -> Mapping[str, str]:
    """Return {alias: folder}; only folders with an ``ALIASES`` file are opened, so that a scan stays cheap."""
    found: dict[str, str] = {}
    for file in _FOLDER.glob("*/ALIASES"):
        found.update(dict.fromkeys(file.read_text(encoding="utf-8").split(), file.parent.name))
    return found


@functools.cache
def host_sources(name: str) -> Mapping[str, str]:
    """Return {dotted name: source} of what a module needs on a POSIX host."""
    found: dict[str, str] = {}
    for part in ("plan", "posix"):
        file = _FOLDER / name / f"{part}.py"
        if file.exists():
            found[f"officefleet.modules.{name}.{part}"] = file.read_text(encoding="utf-8")
    for text in list(found.values()):
        for line in text.splitlines():
            if line.startswith("from officefleet.modules."):
                other = line.split()[1].split(".")[2]
                if other != name:
                    found.update(host_sources(other))
    return found


def example_args(module: Module) -> list[dict[str, Any]]:
    """Return the examples of a module's arguments, for docs and tests."""
    extra = module.spec.args.model_config.get("json_schema_extra")
    found = extra.get("examples") if isinstance(extra, dict) else None
    return [dict(one) for one in found if isinstance(one, dict)] if isinstance(found, list) else []
