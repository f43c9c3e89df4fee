"""Where a name in a playbook may point: roles, files, templates, task files."""

from __future__ import annotations

import configparser
import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from officefleet.errors import Mark, PlaybookError, nearest
from officefleet.i18n import _

if TYPE_CHECKING:
    from collections.abc import Sequence

    from officefleet.playbook.model import Role

_YAML = ("", ".yml", ".yaml", ".json")


def role_folders(playbook_folder: Path) -> list[Path]:
    """Return the folders that roles are looked up in, first match first.

    Beside the playbook, then ``ANSIBLE_ROLES_PATH`` or the ``roles_path`` of ansible.cfg, then Ansible's own
    defaults, then the folder of the playbook itself.
    """
    folders = [playbook_folder / "roles"]
    given = os.environ.get("ANSIBLE_ROLES_PATH")
    if given:
        folders += [Path(part).expanduser() for part in given.split(os.pathsep) if part]
    else:
        folders += configured(playbook_folder, "roles_path")
    folders += [
        Path(part).expanduser()
        for part in ("~/.ansible/roles", "/usr/share/ansible/roles", "/etc/ansible/roles")
    ]
    folders.append(playbook_folder)
    return folders


def configured(playbook_folder: Path, key: str) -> list[Path]:
    """Return the folders that a key of ansible.cfg's defaults names."""
    named = os.environ.get("ANSIBLE_CONFIG")
    for file in (
        [Path(named)]
        if named
        else [Path("ansible.cfg"), *(up / "ansible.cfg" for up in playbook_folder.parents)]
    ):
        if file.is_file():
            parser = configparser.ConfigParser(interpolation=None, strict=False)
            parser.read(file, encoding="utf-8")
            value = parser.get("defaults", key, fallback="")
            return [
                (file.parent / Path(part).expanduser()).resolve()
                for part in value.split(os.pathsep)
                if part.strip()
            ]
    return []


def find_role(name: str, playbook_folder: Path, mark: Mark | None, near: Sequence[Path] = ()) -> Path:
    """Return a role's folder.

    Raises:
        PlaybookError: nowhere; the hint gives the nearest name.

    """
    if "/" in name or name.startswith("~"):
        path = (playbook_folder / Path(name).expanduser()).resolve()
        if path.is_dir():
            return path
    folders = [*near, *role_folders(playbook_folder)]
    short = name.rpartition(".")[2]
    for folder in folders:
        for candidate in (name, short):
            if (folder / candidate).is_dir():
                return folder / candidate
    known = [
        path.name for folder in folders[:-1] if folder.is_dir() for path in folder.iterdir() if path.is_dir()
    ]
    close = nearest(name, known)
    hint = (
        _("did you mean {name}?").format(name=close)
        if close
        else _("looked in {folders}").format(folders=", ".join(str(one) for one in folders[:4]))
    )
    raise PlaybookError(_("no role named {name!r}").format(name=name), mark=mark, hint=hint)


def main_file(folder: Path, name: str = "main") -> Path | None:
    """Return ``folder/name`` with the extension that is there, or None; a folder of that name counts not."""
    for ending in _YAML:
        file = folder / (name + ending)
        if file.is_file():
            return file
    return None


@dataclass(frozen=True, slots=True)
class Search:
    """Where a task's files may be: its role and the roles that need it, its file's folder, the playbook's."""

    playbook_folder: Path
    role: Role | None
    file: Path

    def path(self) -> list[Path]:
        """Return what templates see as ``ansible_search_path``: the roles, the file's folder, the playbook's."""
        roles = [self.role, *self.role.parents] if self.role else []
        return list(dict.fromkeys([*(role.path for role in roles), self.file.parent, self.playbook_folder]))

    def templates(self, path: Path) -> tuple[str, ...]:
        """Return where the template `path` finds those that it includes: as Ansible, each folder's templates first."""
        bases = [*self.path(), path.parent]
        return tuple(dict.fromkeys(str(one) for base in bases for one in (base / "templates", base)))

    def folders(self, kind: str) -> list[Path]:
        """Return the folders to try for a file of `kind` ("files", "templates", "vars", "tasks", "")."""
        found: list[Path] = []
        roles = [self.role, *self.role.parents] if self.role else []
        for base in [*(role.path for role in roles), self.file.parent, self.playbook_folder]:
            for folder in (
                ([base / kind] if kind else []) + ([base / "tasks"] if base.name != "tasks" else []) + [base]
            ):
                if folder not in found:
                    found.append(folder)
        return found

    def find(self, name: str, kind: str, mark: Mark | None = None) -> Path:
        """Return the first file or folder of that name.

        Raises:
            PlaybookError: nowhere; the hint lists the places.

        """
        wanted = Path(name).expanduser()
        if wanted.is_absolute():
            if wanted.exists():
                return wanted
            raise PlaybookError(
                _("Could not find or access '{name}' on the controller").format(name=name), mark=mark
            )
        folders = self.folders(kind)
        for folder in folders:
            path = folder / wanted
            if path.exists():
                return path
        raise PlaybookError(
            _("Could not find or access '{name}' on the controller").format(name=name),
            mark=mark,
            hint=_("looked in {folders}").format(folders=", ".join(str(one) for one in folders[:6])),
        )
