"""What include_vars does on the controller."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

from officefleet.errors import ArgumentError, Mark
from officefleet.i18n import _
from officefleet.modules.set_fact.controller import check_name

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from officefleet.modules.contract import Controller
    from officefleet.modules.include_vars.spec import IncludeVarsArgs


def act(args: IncludeVarsArgs, controller: Controller) -> dict[str, Any]:
    """Return {"ansible_facts": the variables, "ansible_included_var_files": [paths]}.

    Raises:
        ArgumentError: a file is missing, has another extension than allowed or is no mapping.

    """
    if args.file is not None:
        files = [controller.find(args.file, "vars")]
    else:
        files = list(_in_folder(controller.find(args.dir or "", "vars"), args))
    found: dict[str, Any] = {}
    for file in files:
        found.update(_read(file, args, controller, named=args.file is not None))
    if args.hash_behaviour == "merge":
        current = controller.variables
        if args.name is not None:
            current = current.get(args.name) or {}
        found = {name: _merge(current.get(name), value) for name, value in found.items()}
    facts = {args.name: found} if args.name is not None else found
    for name in facts:
        check_name(name)
    return {
        "changed": False,
        "ansible_facts": facts,
        "ansible_included_var_files": [str(file) for file in files],
    }


def _in_folder(folder: Path, args: IncludeVarsArgs) -> Iterator[Path]:
    """Yield the files that count, folders and files in alphabetical order."""
    if not folder.is_dir():
        raise ArgumentError(_("{path} is not a folder").format(path=folder))
    ignored = [re.compile(pattern + "$") for pattern in args.ignore_files if pattern]
    wanted = re.compile(args.files_matching or "")
    for place, folders, names in os.walk(folder, followlinks=True):
        here = Path(place)
        level = len(here.relative_to(folder).parts) + 1
        folders[:] = sorted(folders) if args.depth == 0 or level < args.depth else []
        for name in sorted(names):
            if not wanted.search(name) or any(pattern.search(name) for pattern in ignored):
                continue
            if _allowed(here / name, args):
                yield here / name
            elif not args.ignore_unknown_extensions:
                raise _bad_extension(here / name, args)


def _allowed(file: Path, args: IncludeVarsArgs) -> bool:
    return file.suffix.removeprefix(".") in args.extensions


def _bad_extension(file: Path, args: IncludeVarsArgs) -> ArgumentError:
    return ArgumentError(
        _("{path} has none of the extensions {extensions}").format(
            path=file, extensions=", ".join(args.extensions)
        ),
        hint=_("add it to extensions, or set ignore_unknown_extensions"),
    )


def _read(file: Path, args: IncludeVarsArgs, controller: Controller, *, named: bool) -> Mapping[str, Any]:
    if named and file.suffix and not _allowed(file, args):
        raise _bad_extension(file, args)
    found = controller.load_variables(file)
    if found is None:
        return {}
    if not isinstance(found, dict):
        raise ArgumentError(_("a file of variables must hold a mapping"), mark=Mark(str(file)))
    return found


def _merge(old: Any, new: Any) -> Any:
    """Return `new` over `old`, mappings merged at every depth."""
    if not isinstance(old, dict) or not isinstance(new, dict):
        return new
    return old | {name: _merge(old.get(name), value) for name, value in new.items()}
