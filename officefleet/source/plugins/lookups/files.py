"""Lookups that read files of the controller: file, fileglob, first_found, template."""

from __future__ import annotations

import glob
import os
import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

from officefleet.errors import TemplateError
from officefleet.i18n import _
from officefleet.source.plugins.filters.documents import from_yaml
from officefleet.source.plugins.kinds import is_list
from officefleet.source.plugins.lookups.call import Lookup, Surroundings, flag
from officefleet.source.plugins.lookups.finding import candidates, find, find_or_fail

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_SEPARATORS = re.compile("[,;]")
_PATH_SEPARATORS = re.compile("[,:;]" if os.name == "posix" else "[,;]")  # "C:\\x" has a colon


def read_text(lookup: str, path: Path, around: Surroundings, encoding: str = "utf-8") -> str:
    """Return a file's text.

    Raises:
        TemplateError: it cannot be read.

    """
    try:
        return around.read(path).decode(encoding, "surrogateescape")
    except OSError as error:
        raise TemplateError(
            _("lookup {lookup}: cannot read {path}: {reason}").format(
                lookup=lookup, path=path, reason=error.strerror or error
            )
        ) from None


def file(terms: list[Any], around: Surroundings, *, lstrip: Any = False, rstrip: Any = True) -> list[Any]:
    """Return the text of each file, without blanks at its end unless told."""
    found = []
    for term in terms:
        text = read_text("file", find_or_fail("file", term, "files", around.folders), around)
        text = text.lstrip() if flag(lstrip) else text
        found.append(text.rstrip() if flag(rstrip) else text)
    return found


def unvault(terms: list[Any], around: Surroundings) -> list[Any]:
    """Return the text of each file, opened if it is a vault."""
    return [
        read_text("unvault", find_or_fail("unvault", term, "files", around.folders), around) for term in terms
    ]


def fileglob(terms: list[Any], around: Surroundings) -> list[Any]:
    """Return the files that match each pattern, in the first folder of the search path that has any; sorted."""
    found: list[str] = []
    for term in terms:
        for pattern in candidates(str(term), "files", around.folders):
            matches = sorted(name for name in glob.glob(str(pattern)) if os.path.isfile(name))  # noqa: PTH207, PTH113  absolute patterns
            if matches:
                found.extend(matches)
                break
    return found


def first_found(
    terms: list[Any], around: Surroundings, *, files: Any = None, paths: Any = None, skip: Any = False
) -> list[Any]:
    """Return the first file that exists of a list of names, each looked for in a list of folders."""
    shared = {"files": files, "paths": paths, "skip": skip}
    skipping = flag(skip)
    for name, skips in _wanted(terms, shared):
        skipping = skipping or skips
        path = find(name, "files", around.folders) if name is not None else None
        if path is not None:
            return [str(path)]
    if skipping:
        return []
    raise TemplateError(_("No file was found when using first_found."))


def _wanted(terms: list[Any], shared: dict[str, Any]) -> Iterator[tuple[str | None, bool]]:
    """Yield (name to look for, whether finding nothing is fine)."""
    if not terms and shared["files"]:
        yield from _combined(shared["files"], shared["paths"], skip=flag(shared["skip"]))
    for term in terms:
        if isinstance(term, Mapping):
            options = {**shared, **term}
            unknown = set(options) - {"files", "paths", "skip"}
            if unknown:
                raise TemplateError(
                    _("lookup first_found: unknown option {name}").format(name=min(map(str, unknown)))
                )
            yield from _combined(options["files"], options["paths"], skip=flag(options["skip"]))
        elif isinstance(term, str):
            yield from _combined(term, shared["paths"], skip=flag(shared["skip"]))
        elif is_list(term):
            yield from _wanted(list(term), shared)
        else:
            raise TemplateError(_("lookup first_found takes texts, lists and dictionaries"))


def _combined(files: Any, paths: Any, *, skip: bool) -> Iterator[tuple[str | None, bool]]:
    folders = _split(paths, _PATH_SEPARATORS)
    if skip:
        yield None, True
    for name in _split(files, _SEPARATORS):
        for folder in folders or [""]:
            yield os.path.join(folder, name), skip  # noqa: PTH118  "" must leave the name as it is


def _split(value: Any, separators: re.Pattern[str]) -> list[str]:
    if value is None:
        return []
    items = value if is_list(value) else [value]
    return [part.strip() for item in items for part in separators.split(str(item)) if part.strip()]


def template(
    terms: list[Any],
    around: Surroundings,
    *,
    convert_data: Any = True,
    template_vars: Mapping[str, Any] | None = None,
    jinja2_native: Any = False,
    **markers: str,
) -> list[Any]:
    """Return each template file rendered with the task's variables; text that reads as data becomes data."""
    unknown = set(markers) - _MARKERS
    if unknown:
        raise TemplateError(_("lookup template has no option {option}").format(option=min(unknown)))
    found: list[Any] = []
    for term in terms:
        path = find_or_fail("template", term, "templates", around.folders)
        text = _render(path, around, template_vars or {}, markers)
        as_data = flag(convert_data) and not flag(jinja2_native) and text.lstrip()[:1] in ("{", "[")
        found.append(_data(text) if as_data else text)
    return found


_MARKERS = frozenset(
    {"variable_start_string", "variable_end_string", "comment_start_string", "comment_end_string",
     "block_start_string", "block_end_string"}
)  # fmt: skip


def _render(path: Path, around: Surroundings, extra: Mapping[str, Any], markers: dict[str, str]) -> str:
    scope: Any = around.variables
    if not hasattr(scope, "templar"):
        raise TemplateError(_("lookup template: there is no template engine here"))
    text = read_text("template", path, around)
    child = scope.child({"template_path": str(path), "template_fullpath": str(path.absolute()), **extra})
    bases = [*around.folders, path.parent]
    folders = tuple(dict.fromkeys(str(one) for base in bases for one in (base / "templates", base)))
    return str(scope.templar.render_file(text, str(path), child, {"trim_blocks": True, **markers}, folders))


def _data(text: str) -> Any:
    try:
        return from_yaml(text)
    except TemplateError:
        return text


LOOKUPS: Final[Mapping[str, Lookup]] = {
    "file": file,
    "fileglob": fileglob,
    "first_found": first_found,
    "template": template,
    "unvault": unvault,
}
