"""The test that compares versions: loose, strict, semantic or PEP 440."""

from __future__ import annotations

import operator
import re
from typing import TYPE_CHECKING, Any, Final

from packaging.version import InvalidVersion, Version

from officefleet.errors import TemplateError
from officefleet.i18n import _
from officefleet.source.plugins.kinds import Plugins, text_of

if TYPE_CHECKING:
    from collections.abc import Callable

_OPERATORS: Final = {
    "==": operator.eq, "=": operator.eq, "eq": operator.eq,
    "<": operator.lt, "lt": operator.lt,
    "<=": operator.le, "le": operator.le,
    ">": operator.gt, "gt": operator.gt,
    ">=": operator.ge, "ge": operator.ge,
    "!=": operator.ne, "<>": operator.ne, "ne": operator.ne,
}  # fmt: skip

_LOOSE_PART = re.compile(r"\d+|[a-z]+|\.")
_STRICT = re.compile(r"(\d+)\.(\d+)(?:\.(\d+))?(?:([ab])(\d+))?", re.ASCII)
_SEMANTIC = re.compile(  # the grammar of semver.org, version 2.0.0
    r"(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)"
    r"(?:-(?P<pre>(?:0|[1-9]\d*|\d*[a-zA-Z-][0-9a-zA-Z-]*)(?:\.(?:0|[1-9]\d*|\d*[a-zA-Z-][0-9a-zA-Z-]*))*))?"
    r"(?:\+[0-9a-zA-Z-]+(?:\.[0-9a-zA-Z-]+)*)?",
    re.ASCII,
)


def _loose(text: str) -> list[int | str]:
    """Return numbers and words in turn; dots only part them, other signs count as words."""
    parts: list[int | str] = []
    start = 0
    for found in _LOOSE_PART.finditer(text):
        parts.append(text[start : found.start()])
        parts.append(found.group())
        start = found.end()
    parts.append(text[start:])
    return [int(part) if str(part).isdecimal() else part for part in parts if part and part != "."]


def _strict(text: str) -> Any:
    found = _STRICT.fullmatch(text)
    if found is None:
        raise ValueError(text)
    major, minor, patch, stage, number = found.groups()
    # "z" sorts after the stages a and b: a release comes after its own pre-releases
    return (int(major), int(minor), int(patch or 0), stage or "z", int(number or 0))


def _semantic(text: str) -> Any:
    found = _SEMANTIC.fullmatch(text)
    if found is None:
        raise ValueError(text)
    core = tuple(int(part) for part in found.group(1, 2, 3))
    if found["pre"] is None:
        return (core, 1, ())
    marks = tuple(
        (0, int(part), "") if part.isdecimal() else (1, 0, part) for part in found["pre"].split(".")
    )
    return (core, 0, marks)


_READERS: Final[dict[str, Callable[[str], Any]]] = {
    "loose": _loose,
    "strict": _strict,
    "semver": _semantic,
    "semantic": _semantic,
    "pep440": Version,
}


def version(
    value: Any,
    version: Any,
    operator: str = "eq",
    strict: bool | None = None,  # noqa: FBT001  playbooks pass it by position
    version_type: str | None = None,
) -> bool:
    """Return whether one version relates to another as the operator says."""
    left, right = text_of(value), text_of(version)
    compare, read = _choose(operator, strict=strict, version_type=version_type)
    if not left:
        raise TemplateError(_("Input version value cannot be empty"))
    if not right:
        raise TemplateError(_("Version parameter to compare against cannot be empty"))
    try:
        return bool(compare(read(left), read(right)))
    except (ValueError, InvalidVersion) as error:
        raise TemplateError(
            _("version: {text} is not a version of this type").format(
                text=str(error).split(": ")[-1].strip("'")
            )
        ) from None
    except TypeError:
        raise TemplateError(
            _("version: {left} and {right} cannot be compared").format(left=left, right=right),
            hint=_("name a version_type: strict, semver or pep440"),
        ) from None


def _choose(
    name: str, *, strict: bool | None, version_type: str | None
) -> tuple[Callable[[Any, Any], bool], Callable[[str], Any]]:
    if strict is not None and version_type:
        raise TemplateError(_("version: strict and version_type exclude each other"))
    kind = version_type or ("strict" if strict else "loose")
    if kind not in _READERS:
        raise TemplateError(
            _("version: unknown version_type {name}").format(name=kind),
            hint=_("one of {names}").format(names=", ".join(_READERS)),
        )
    if name not in _OPERATORS:
        raise TemplateError(
            _("version: unknown operator {name}").format(name=name),
            hint=_("one of {names}").format(names=" ".join(_OPERATORS)),
        )
    return _OPERATORS[name], _READERS[kind]


TESTS: Final[Plugins] = {"version": version, "version_compare": version}
