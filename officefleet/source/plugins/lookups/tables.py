"""Lookups in files of keys and values: csvfile, ini."""

from __future__ import annotations

import configparser
import csv
import io
import re
from typing import TYPE_CHECKING, Any, Final

from officefleet.errors import TemplateError
from officefleet.i18n import _
from officefleet.source.plugins.lookups.call import flag
from officefleet.source.plugins.lookups.files import read_text
from officefleet.source.plugins.lookups.finding import find_or_fail
from officefleet.source.plugins.lookups.options import with_options

if TYPE_CHECKING:
    from collections.abc import Mapping

    from officefleet.source.plugins.lookups.call import Lookup, Surroundings


def csvfile(
    terms: list[Any],
    around: Surroundings,
    *,
    file: str = "ansible.csv",
    col: Any = 1,
    keycol: Any = 0,
    default: Any = None,
    delimiter: str = "TAB",
    encoding: str = "utf-8",
) -> list[Any]:
    """Return column `col` of the row whose column `keycol` is the term, else `default`."""
    given = {
        "file": file, "col": col, "keycol": keycol, "default": default,
        "delimiter": delimiter, "encoding": encoding,
    }  # fmt: skip
    no_key = TemplateError(_("lookup csvfile: Search key is required but was not found"))
    if not terms:
        raise no_key
    found: list[Any] = []
    for term in terms:
        key, options = with_options("csvfile", term, given)
        if not key:
            raise no_key
        value = _cell(key, options, around)
        if value is not None:
            found.append(value)
    return found


def _cell(key: str, options: dict[str, Any], around: Surroundings) -> Any:
    path = find_or_fail("csvfile", options["file"], "files", around.folders)
    text = read_text("csvfile", path, around, options["encoding"])
    delimiter = {"TAB": "\t", "\\t": "\t"}.get(options["delimiter"], options["delimiter"])
    try:
        key_column = int(options["keycol"])
        for row in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter):
            if len(row) > key_column and row[key_column] == key:
                return row[int(options["col"])]
    except (ValueError, TypeError, csv.Error) as error:
        raise TemplateError(_("lookup csvfile: {reason}").format(reason=error)) from None
    except IndexError:
        raise TemplateError(
            _("lookup csvfile: the row has no column {number}").format(number=options["col"])
        ) from None
    return options["default"]


def ini(
    terms: list[Any],
    around: Surroundings,
    *,
    type: str = "ini",  # noqa: A002  playbooks name it so
    file: str = "ansible.ini",
    section: str = "global",
    re: Any = False,
    encoding: str = "utf-8",
    default: Any = "",
    case_sensitive: Any = False,
    allow_no_value: Any = False,
    allow_none: Any = False,
    interpolation: Any = True,
) -> list[Any]:
    """Return the value of a key in a section of an INI file, or of a Java properties file."""
    given = {
        "type": type, "file": file, "section": section, "re": re, "encoding": encoding, "default": default,
        "case_sensitive": case_sensitive, "allow_no_value": flag(allow_no_value) or flag(allow_none),
        "interpolation": interpolation,
    }  # fmt: skip
    found: list[Any] = []
    for term in terms:
        key, options = with_options("ini", term, given)
        values = _ini_values(key, options, around)
        found.extend(values)
    return found


def _ini_values(key: str, options: dict[str, Any], around: Surroundings) -> list[Any]:
    properties = options["type"] == "properties"
    section = "java_properties" if properties else options["section"]
    path = find_or_fail("ini", options["file"], "files", around.folders)
    text = read_text("ini", path, around, options["encoding"])
    try:
        parser = _parser(options)
        parser.read_string(f"[{section}]\n{text}" if properties else text, str(path))
        if flag(options["re"]):
            return [value for name, value in parser.items(section) if re.match(key, name)]
        value = parser.get(section, key)
    except configparser.NoOptionError:
        value = options["default"]
    except configparser.NoSectionError:
        raise TemplateError(
            _("lookup ini: No section '{name}' in {path}").format(path=path, name=section)
        ) from None
    except (configparser.DuplicateOptionError, configparser.DuplicateSectionError) as error:
        raise TemplateError(
            _("lookup ini: Duplicate option in '{path}', line {line}").format(path=path, line=error.lineno)
        ) from None
    except (configparser.Error, re.error) as error:
        reason = " ".join(str(error).split())
        raise TemplateError(_("lookup ini: {reason}").format(reason=reason)) from None
    return [] if value is None else [value]


class _CaseSensitive(configparser.ConfigParser):
    """A parser for which Key and key are two keys."""

    def optionxform(self, optionstr: str) -> str:
        """Return the name of a key as it is written."""
        return optionstr


def _parser(options: dict[str, Any]) -> configparser.ConfigParser:
    kind = _CaseSensitive if flag(options["case_sensitive"]) else configparser.ConfigParser
    return kind(
        allow_no_value=flag(options["allow_no_value"]),
        interpolation=configparser.BasicInterpolation() if flag(options["interpolation"]) else None,
    )


LOOKUPS: Final[Mapping[str, Lookup]] = {"csvfile": csvfile, "ini": ini}
