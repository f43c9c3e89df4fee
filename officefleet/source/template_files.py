"""Template files: what they include, import and extend, and the options that their first line sets."""

from __future__ import annotations

import ast
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jinja2 import BaseLoader, Environment
from jinja2.exceptions import TemplateNotFound
from jinja2.loaders import split_template_path

from officefleet.errors import Mark, TemplateError
from officefleet.i18n import _
from officefleet.source.yaml import read_text

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from officefleet.source.secrets.sealed import Opener

_HEADER = "#jinja2:"
_OPTIONS = frozenset(
    {
        "block_start_string", "block_end_string", "variable_start_string", "variable_end_string",
        "comment_start_string", "comment_end_string", "line_statement_prefix", "line_comment_prefix",
        "trim_blocks", "lstrip_blocks", "newline_sequence", "keep_trailing_newline",
    }
)  # fmt: skip


class Loader(BaseLoader):
    """Finds the files that a template names, in the order of `folders`; encrypted ones are opened."""

    def __init__(self, folders: Sequence[str], opener: Opener | None) -> None:
        self._folders = folders
        self._opener = opener

    def get_source(self, _environment: Environment, template: str) -> tuple[str, str, Callable[[], bool]]:
        """Return (text, path, whether it is still the same); a name cannot lead out of the folders.

        Raises:
            TemplateNotFound: in none of the folders.

        """
        parts = split_template_path(template)
        for folder in self._folders:
            path = Path(folder, *parts)
            if path.is_file():
                text = read_text(path, self._opener).removesuffix("\n")  # as Ansible: its last line goes on
                return text, str(path), _unchanged(path)
        raise TemplateNotFound(template)


def _unchanged(path: Path) -> Callable[[], bool]:
    before = _stamp(path)
    return lambda: _stamp(path) == before


def _stamp(path: Path) -> int:
    try:
        return path.stat().st_mtime_ns
    except OSError:
        return 0


def header(text: str, name: str) -> tuple[str, dict[str, Any]]:
    """Return a template's text without its first line ``#jinja2: option: value, ...``, and those options.

    Args:
        text: the file's content.
        name: its path, for errors.

    Raises:
        TemplateError: not pairs of a known option and a literal value.

    """
    if not text.startswith(_HEADER):
        return text, {}
    line, _end, rest = text.partition("\n")
    found: dict[str, Any] = {}
    for pair in line.removeprefix(_HEADER).split(","):
        option, colon, value = (part.strip() for part in pair.partition(":"))
        if not colon or option not in _OPTIONS:
            raise TemplateError(
                _("the first line names no option of Jinja: {pair}").format(pair=pair.strip()),
                mark=Mark(name, 1),
                hint=_("write it as #jinja2: trim_blocks: False, lstrip_blocks: True"),
            )
        try:
            found[option] = ast.literal_eval(value)
        except (ValueError, SyntaxError):
            raise TemplateError(
                _("{option}: not a literal value: {value}").format(option=option, value=value),
                mark=Mark(name, 1),
            ) from None
    return rest, found


def missing(error: TemplateNotFound, folders: Sequence[str]) -> TemplateError:
    """Return the error for a template that another one names and that is in no folder."""
    return TemplateError(
        _("there is no template {name}").format(name=error.name or error.message or ""),
        hint=_("looked in {folders}").format(folders=", ".join(folders)) if folders else "",
    )


def environment_with(
    base: Environment, options: Mapping[str, Any], folders: Sequence[str], opener: Opener | None
) -> Environment:
    """Return an environment like `base` with other options, whose templates find one another in `folders`."""
    environment = base.overlay(**options)
    environment.loader = Loader(folders, opener)
    return environment
