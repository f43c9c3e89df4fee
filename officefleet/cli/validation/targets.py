"""What there is to check under the paths that a person names."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from officefleet.errors import OfficefleetError, UsageError
from officefleet.i18n import _
from officefleet.source.yaml import load

if TYPE_CHECKING:
    from collections.abc import Sequence

_YAML = (".yml", ".yaml")
_PLAY = frozenset({"hosts", "roles", "tasks", "import_playbook", "ansible.builtin.import_playbook"})


@dataclass(slots=True)
class Targets:
    """Folders and files to check; `inventories` also says which hosts patterns may name."""

    inventories: list[Path] = field(default_factory=list)
    playbooks: list[Path] = field(default_factory=list)
    roles: list[Path] = field(default_factory=list)


def find_targets(paths: Sequence[Path]) -> Targets:
    """Return what the paths hold; without any, what the repository around the working folder holds.

    A path is a repository (it has ``inventory``, ``playbooks`` or ``roles``), an inventory folder, a role, a
    folder of playbooks, or one playbook.

    Raises:
        UsageError: a path does not exist, or nothing is found.

    """
    found = Targets()
    for path in paths or [_repository()]:
        if not path.exists():
            raise UsageError(_("there is no {path}").format(path=path))
        _add(path, found)
    if not (found.inventories or found.playbooks or found.roles):
        raise UsageError(
            _("there is nothing to validate"),
            hint=_("name a playbook, a role, an inventory, or a folder that holds them"),
        )
    return found


def _repository() -> Path:
    here = Path.cwd()
    for folder in (here, *here.parents):
        if (folder / "inventory").is_dir() or (folder / "playbooks").is_dir():
            return folder.relative_to(here) if folder == here else folder
    return Path()


def _add(path: Path, found: Targets) -> None:
    if path.is_file():
        found.playbooks.append(path)
    elif (path / "fleet.yml").is_file() or (path / "officines").is_dir():
        found.inventories.append(path)
    elif (path / "tasks").is_dir() and not (path / "playbooks").is_dir():
        found.roles.append(path)
    elif any((path / name).is_dir() for name in ("inventory", "playbooks", "roles")):
        if (path / "inventory").is_dir():
            found.inventories.append(path / "inventory")
        for folder in (path, path / "playbooks"):
            _playbooks(folder, found)
            if (folder / "roles").is_dir():
                found.roles += sorted(one for one in (folder / "roles").iterdir() if one.is_dir())
    else:
        _playbooks(path, found)


def _playbooks(folder: Path, found: Targets) -> None:
    """Add the playbooks of a folder."""
    if not folder.is_dir():
        return
    found.playbooks += [
        file
        for file in sorted(folder.iterdir())
        if file.suffix in _YAML and file.is_file() and not file.name.startswith(".") and _may_be_one(file)
    ]


def _may_be_one(file: Path) -> bool:
    """Return whether a file may be a playbook; one that cannot be read is checked, to say why.

    Files of tasks and of variables lie beside playbooks, too; they are checked where they are included.
    """
    try:
        data = load(file)
    except OfficefleetError:
        return True
    return isinstance(data, list) and any(isinstance(item, dict) and _PLAY & item.keys() for item in data)
