"""Plugins and modules that stand beside a playbook or in a role: filters, tests, lookups, library, module_utils."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from officefleet.modules.foreign import library
from officefleet.playbook.paths import configured
from officefleet.source.plugins import custom

if TYPE_CHECKING:
    from officefleet.modules.registry import Module
    from officefleet.source.template import Templar

# folder beside a playbook or in a role, variable of the environment, key in ansible.cfg
_PLACES = (
    ("filter_plugins", "ANSIBLE_FILTER_PLUGINS", "filter_plugins"),
    ("test_plugins", "ANSIBLE_TEST_PLUGINS", "test_plugins"),
    ("lookup_plugins", "ANSIBLE_LOOKUP_PLUGINS", "lookup_plugins"),
    ("library", "ANSIBLE_LIBRARY", "library"),
    ("module_utils", "ANSIBLE_MODULE_UTILS", "module_utils"),
)


class Custom:
    """What a playbook and its roles bring along; a role's plugins serve the whole play, as in Ansible.

    Args:
        templar: takes the filters, tests and lookups.
        folder: the playbook's.

    Raises:
        PlaybookError: a plugin that cannot be loaded.

    """

    def __init__(self, templar: Templar, folder: Path) -> None:
        self._templar = templar
        self._seen: set[Path] = set()
        self._library: list[Path] = []
        self._utils: list[Path] = []
        for kind, variable, key in _PLACES:
            given = os.environ.get(variable)
            places = (
                [Path(part).expanduser() for part in given.split(os.pathsep) if part]
                if given
                else configured(folder, key)
            )
            for place in places:
                self._take(kind, place)
        self.add(folder)

    def add(self, base: Path) -> None:
        """Take in the plugins of a playbook's folder or of a role.

        Raises:
            PlaybookError: a plugin that cannot be loaded.

        """
        if base not in self._seen:
            self._seen.add(base)
            for kind, _variable, _key in _PLACES:
                self._take(kind, base / kind)

    def _take(self, kind: str, place: Path) -> None:
        if not place.is_dir() or place in self._library or place in self._utils:
            return
        if kind == "library":
            self._library.append(place)
        elif kind == "module_utils":
            self._utils.append(place)
        else:
            for file in sorted(place.glob("*.py")):
                custom.load(kind, file, self._templar)

    def module(self, name: str) -> Module | None:
        """Return the module of a library folder that a task names; ``ansible.builtin.NAME`` never means one."""
        short = name.removeprefix("ansible.legacy.")
        if not self._library or "." in short or "/" in short:
            return None
        return library.find(short, self._library, self._utils)
