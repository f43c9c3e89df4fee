"""Tests over text: match, search, regex, and the forms of a URI."""

from __future__ import annotations

from typing import Any, Final
from urllib.parse import urlsplit

from officefleet.errors import TemplateError
from officefleet.i18n import _
from officefleet.source.plugins.filters.regex import compiled
from officefleet.source.plugins.kinds import Plugins, text_of


def regex(
    value: Any,
    pattern: Any = "",
    ignorecase: bool = False,  # noqa: FBT001, FBT002  playbooks pass it by position
    multiline: bool = False,  # noqa: FBT001, FBT002  same
    match_type: str = "search",
) -> bool:
    """Return whether a pattern matches: anywhere, or as `match_type` says."""
    found = compiled(pattern, ignorecase=ignorecase, multiline=multiline)
    ways = {"search": found.search, "match": found.match, "fullmatch": found.fullmatch}
    if match_type not in ways:
        raise TemplateError(
            _("regex: unknown match_type {name}").format(name=match_type),
            hint=_("one of {names}").format(names=", ".join(ways)),
        )
    return ways[match_type](text_of(value)) is not None


def match(value: Any, pattern: Any = "", ignorecase: bool = False, multiline: bool = False) -> bool:  # noqa: FBT001, FBT002  by position in playbooks
    """Return whether a pattern matches from the start of a text."""
    return regex(value, pattern, ignorecase, multiline, "match")


def search(value: Any, pattern: Any = "", ignorecase: bool = False, multiline: bool = False) -> bool:  # noqa: FBT001, FBT002  by position in playbooks
    """Return whether a pattern matches anywhere in a text."""
    return regex(value, pattern, ignorecase, multiline, "search")


def uri(value: Any, schemes: Any = None) -> bool:
    """Return whether a text reads as a URI, of one of the schemes when they are given."""
    if not isinstance(value, str):
        return False
    try:
        parts = urlsplit(value)
    except ValueError:
        return False
    return not schemes or parts.scheme in schemes


def url(value: Any, schemes: Any = None) -> bool:
    """Return whether a text is a URI with a scheme and a host."""
    if not uri(value, schemes):
        return False
    parts = urlsplit(value)
    return bool(parts.scheme and (parts.netloc or parts.scheme == "file"))


def urn(value: Any) -> bool:
    """Return whether a text is a URN."""
    return uri(value, ["urn"])


TESTS: Final[Plugins] = {
    "match": match,
    "regex": regex,
    "search": search,
    "uri": uri,
    "url": url,
    "urn": urn,
}
