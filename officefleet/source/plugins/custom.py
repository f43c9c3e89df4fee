"""Loads filters, tests and lookups that a playbook or a role brings along, written for Ansible."""

from __future__ import annotations

import functools
import importlib.util
import sys
from typing import TYPE_CHECKING, Any

from officefleet.errors import Mark, PlaybookError
from officefleet.i18n import _

if TYPE_CHECKING:
    from pathlib import Path
    from types import ModuleType

    from officefleet.source.plugins.lookups import Surroundings
    from officefleet.source.template import Templar


def load(kind: str, file: Path, templar: Templar) -> None:
    """Add the plugins of one file to a templar.

    Args:
        kind: filter_plugins, test_plugins or lookup_plugins.
        file: Python source with a FilterModule, TestModule or LookupModule.
        templar: takes them.

    Raises:
        PlaybookError: the file cannot be imported.

    """
    module = _import(file)
    if kind == "filter_plugins" and hasattr(module, "FilterModule"):
        templar.extend(filters=module.FilterModule().filters())
    elif kind == "test_plugins" and hasattr(module, "TestModule"):
        templar.extend(tests=module.TestModule().tests())
    elif kind == "lookup_plugins" and hasattr(module, "LookupModule"):
        templar.extend(lookups={file.stem: functools.partial(_look_up, module, file.stem)})


def _import(file: Path) -> ModuleType:
    name = f"officefleet_plugin_{abs(hash(str(file)))}_{file.stem}"
    spec = importlib.util.spec_from_file_location(name, file)
    if spec is None or spec.loader is None:
        raise PlaybookError(_("{file} is no Python source").format(file=file.name), mark=Mark(str(file)))
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module  # dataclasses and pickling look it up there
    try:
        spec.loader.exec_module(module)
    except ModuleNotFoundError as error:
        del sys.modules[name]
        raise PlaybookError(
            _("the plugin needs the Python package {name}, which is not installed").format(name=error.name),
            mark=Mark(str(file)),
        ) from None
    except Exception as error:  # noqa: BLE001  any code may stand in the file
        del sys.modules[name]
        raise PlaybookError(
            _("the plugin cannot be loaded: {reason}").format(reason=f"{type(error).__name__}: {error}"),
            mark=Mark(str(file)),
        ) from None
    return module


def _look_up(module: Any, name: str, terms: list[Any], around: Surroundings, **options: Any) -> list[Any]:
    """Run a LookupModule as Ansible's templar does."""
    plugin = module.LookupModule()
    plugin._load_name = name  # noqa: SLF001  where Ansible's loader puts it
    plugin._original_path = module.__file__  # noqa: SLF001  see above
    _announce(module, name)
    found = plugin.run(terms, variables=dict(_Readable(around.variables)), **options)
    return list(found) if isinstance(found, (list, tuple)) else [found]


def _announce(module: Any, name: str) -> None:
    """Tell an installed ansible-core of a plugin's documented options: `set_options` asks for them."""
    documentation = getattr(module, "DOCUMENTATION", None)
    if not documentation:
        return
    try:
        constants = importlib.import_module("ansible.constants")  # the plugin itself has imported it
    except ImportError:
        return
    import yaml  # noqa: PLC0415  only for plugins that have options

    options = (yaml.safe_load(documentation) or {}).get("options") or {}
    constants.config.initialize_plugin_configuration_definitions("lookup", name, options)


class _Readable:
    """A scope as pairs, without the variables that cannot be rendered."""

    def __init__(self, variables: Any) -> None:
        self._variables = variables

    def __iter__(self) -> Any:
        for name in self._variables:
            if name in ("hostvars", "vars", "groups"):
                continue
            try:
                yield name, self._variables[name]
            except Exception:  # noqa: BLE001, S112  an undefined one must not stop a lookup that does not use it
                continue
