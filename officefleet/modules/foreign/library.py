"""Finds modules in ``library/`` folders and runs them under their own names."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from officefleet.modules.contract import Prepared
from officefleet.modules.foreign.arguments import SPEC
from officefleet.modules.foreign.payload import pack
from officefleet.modules.registry import Module

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from officefleet.modules.contract import Controller
    from officefleet.modules.foreign.arguments import ForeignArgs

_NO_MODULES = frozenset(
    {".md", ".txt", ".ini", ".cfg", ".pyc", ".pyo", ".orig", ".bak", ".swp", ".yml", ".yaml", ".json"}
)


@dataclass(frozen=True)
class ForeignController:
    """The controller's side of one module file.

    Attributes:
        file: the module.
        utils: folders with module_utils of the playbook and its roles.

    """

    file: Path
    utils: Sequence[Path]

    def prepare(self, args: ForeignArgs, controller: Controller) -> Prepared:
        """Return the step: the packed module by hash, its arguments and what Ansible tells every module."""
        content, style = pack(self.file, [one for one in self.utils if one.is_dir()])
        given = dict(args.model_extra or {})
        told = {
            "_ansible_check_mode": controller.check, "_ansible_diff": controller.diff, "_ansible_no_log": False,
            "_ansible_debug": False, "_ansible_verbosity": 0, "_ansible_version": "2.18.0",
            "_ansible_module_name": self.file.stem, "_ansible_syslog_facility": "LOG_USER",
            "_ansible_selinux_special_fs": ["fuse", "nfs", "vboxsf", "ramfs", "9p", "vfat"],
            "_ansible_string_conversion_action": "warn", "_ansible_socket": None, "_ansible_remote_tmp": "~/.ansible/tmp",
            "_ansible_keep_remote_files": False, "_ansible_tmpdir": None, "_ansible_shell_executable": "/bin/sh",
        }  # fmt: skip
        step = {"_args": json.dumps({**given, **told}, default=str), "_style": style, "_name": self.file.name}
        return Prepared("foreign", {**step, **controller.attach(content)})


def find(name: str, folders: Sequence[Path], utils: Sequence[Path]) -> Module | None:
    """Return the module of that name in the first folder that has one."""
    for folder in folders:
        for candidate in (folder / f"{name}.py", *sorted(folder.glob(f"{name}.*")), folder / name):
            if candidate.is_file() and candidate.suffix not in _NO_MODULES:
                return Module("foreign", SPEC, ForeignController(candidate, utils))
    return None
