"""Where a lookup's relative file names are looked for."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from officefleet.errors import TemplateError
from officefleet.i18n import _

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence


def search_folders(variables: Mapping[str, Any]) -> list[Path]:
    """Return the folders that ``ansible_search_path`` and ``playbook_dir`` name, else the current one."""
    found = [Path(folder) for folder in variables.get("ansible_search_path") or ()]
    base = variables.get("playbook_dir")
    found.append(Path(base) if base else Path.cwd())
    return found


def candidates(name: str, kind: str, folders: Sequence[Path]) -> Iterator[Path]:
    """Yield the paths where a name may be, first to last.

    Args:
        name: an absolute path, or one below a folder of the search path.
        kind: the subfolder for this kind of file: ``files``, ``templates`` or ``vars``.
        folders: the search path.

    """
    path = Path(name).expanduser()
    if path.is_absolute():
        yield path
        return
    for folder in folders:
        if path.parts[:1] != (kind,):
            yield folder / kind / path
        yield folder / path


def find(name: Any, kind: str, folders: Sequence[Path]) -> Path | None:
    """Return the first existing path for a name, or None."""
    for path in candidates(str(name), kind, folders):
        if path.exists():
            return path
    return None


def find_or_fail(lookup: str, name: Any, kind: str, folders: Sequence[Path]) -> Path:
    """Return the first existing path for a name.

    Raises:
        TemplateError: there is none.

    """
    found = find(name, kind, folders)
    if found is None:
        searched = ", ".join(dict.fromkeys(str(folder) for folder in folders))
        raise TemplateError(
            _("lookup {lookup}: {name}: file not found (No such file or directory)").format(
                lookup=lookup, name=name
            ),
            hint=_("looked in {folders}").format(folders=searched),
        )
    return found
