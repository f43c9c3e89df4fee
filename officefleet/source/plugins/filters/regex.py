"""Filters with regular expressions, in Python's syntax."""

from __future__ import annotations

import re
from typing import Any, Final

from officefleet.errors import TemplateError
from officefleet.i18n import _
from officefleet.source.plugins.kinds import Plugins, text_of

_POSIX_BASIC = re.compile(r"([\].^$*\\\[])")
_GROUP = re.compile(r"\\(?:g<(?P<name>\w+)>|(?P<number>\d+))$")


def compiled(pattern: Any, *, ignorecase: bool = False, multiline: bool = False) -> re.Pattern[str]:
    """Return a compiled pattern.

    Raises:
        TemplateError: the pattern is wrong.

    """
    flags = (re.IGNORECASE if ignorecase else 0) | (re.MULTILINE if multiline else 0)
    try:
        return re.compile(text_of(pattern), flags)
    except (re.error, RecursionError, OverflowError) as error:
        raise TemplateError(_("the regular expression is wrong: {reason}").format(reason=error)) from None


def regex_replace(
    value: Any = "",
    pattern: Any = "",
    replacement: Any = "",
    ignorecase: bool = False,  # noqa: FBT001, FBT002  playbooks pass it by position
    multiline: bool = False,  # noqa: FBT001, FBT002  same
    count: int = 0,
    mandatory_count: int = 0,
) -> str:
    """Return text with what matches replaced; `count` 0 replaces all."""
    found = compiled(pattern, ignorecase=ignorecase, multiline=multiline)
    try:
        text, done = found.subn(text_of(replacement), text_of(value), count)
    except (re.error, IndexError) as error:
        raise TemplateError(_("regex_replace: wrong replacement: {reason}").format(reason=error)) from None
    if mandatory_count and done != mandatory_count:
        raise TemplateError(
            _("regex_replace: the pattern should match {wanted} times, but matches {found} times").format(
                wanted=mandatory_count, found=done
            )
        )
    return text


def regex_search(value: Any, pattern: Any, *groups: str, **flags: bool) -> Any:
    r"""Return the first match, or the asked groups (``\1``, ``\g<name>``) of it; None without a match."""
    wanted = [_group(group) for group in groups]
    match = _with_flags("regex_search", pattern, flags).search(text_of(value))
    if match is None:
        return None
    if not wanted:
        return match.group()
    try:
        return [match.group(group) for group in wanted]
    except IndexError:
        raise TemplateError(_("regex_search: the pattern has no such group")) from None


def _group(text: Any) -> str | int:
    found = _GROUP.match(text_of(text))
    if found is None:
        raise TemplateError(
            _("regex_search: {text} is not a group").format(text=text),
            hint=_(r"write \1 or \g<name>"),
        )
    return found["name"] or int(found["number"])


def _with_flags(name: str, pattern: Any, flags: dict[str, bool]) -> re.Pattern[str]:
    for flag in flags:
        if flag not in ("ignorecase", "multiline"):
            raise TemplateError(_("{name}: unknown option {option}").format(name=name, option=flag))
    return compiled(pattern, **flags)


def regex_findall(
    value: Any,
    pattern: Any,
    multiline: bool = False,  # noqa: FBT001, FBT002  playbooks pass it by position
    ignorecase: bool = False,  # noqa: FBT001, FBT002  same
) -> list[Any]:
    """Return all matches, or their groups when the pattern has any."""
    return compiled(pattern, ignorecase=ignorecase, multiline=multiline).findall(text_of(value))


def regex_escape(value: Any, re_type: str = "python") -> str:
    """Return text that matches itself as a regular expression (``python`` or ``posix_basic``)."""
    if re_type == "python":
        return re.escape(text_of(value))
    if re_type == "posix_basic":
        return _POSIX_BASIC.sub(r"\\\1", text_of(value))
    if re_type == "posix_extended":
        raise TemplateError(_("Regex type (posix_extended) not yet implemented"))
    raise TemplateError(
        _("Invalid regex type ({type})").format(type=re_type), hint=_("python or posix_basic")
    )


FILTERS: Final[Plugins] = {
    "regex_escape": regex_escape,
    "regex_findall": regex_findall,
    "regex_replace": regex_replace,
    "regex_search": regex_search,
}
