"""Filters that code and decode text: base64, URLs, shell words."""

from __future__ import annotations

import base64
import binascii
import shlex
from typing import Any, Final
from urllib.parse import unquote_plus, urlsplit

from officefleet.errors import TemplateError
from officefleet.i18n import _
from officefleet.source.plugins.kinds import Plugins, a_text, text_of, wrong_kind

_URL_PARTS: Final = (
    "fragment", "hostname", "netloc", "password", "path", "port", "query", "scheme", "username",
)  # fmt: skip


def b64encode(value: Any, encoding: str = "utf-8") -> str:
    """Return text in base64."""
    return base64.b64encode(text_of(value).encode(encoding, "surrogateescape")).decode("ascii")


def b64decode(value: Any, encoding: str = "utf-8") -> str:
    """Return the text that base64 stands for; bytes outside the encoding survive as surrogates."""
    try:
        data = base64.b64decode(text_of(value))
    except (binascii.Error, ValueError) as error:
        raise TemplateError(_("b64decode: not base64: {reason}").format(reason=error)) from None
    return data.decode(encoding, "surrogateescape")


def urldecode(value: Any) -> str:
    """Return text with its percent codes and plus signs decoded."""
    if not isinstance(value, str):
        raise wrong_kind("urldecode", a_text(), value)
    return unquote_plus(value)


def split_url(value: Any, query: str = "") -> Any:
    """Return the parts of a URL as a dictionary, or the one part that is asked for."""
    if not isinstance(value, str):
        raise wrong_kind("urlsplit", a_text(), value)
    try:
        parts = urlsplit(value)
        found = {name: getattr(parts, name) for name in _URL_PARTS}
    except ValueError as error:
        raise TemplateError(_("urlsplit: {reason}").format(reason=error)) from None
    if not query:
        return found
    if query not in found:
        raise TemplateError(
            _("urlsplit: unknown URL component {part}").format(part=query),
            hint=_("one of {names}").format(names=", ".join(_URL_PARTS)),
        )
    return found[query]


def quote(value: Any) -> str:
    """Return text as one word of a POSIX shell."""
    return shlex.quote("" if value is None else text_of(value))


FILTERS: Final[Plugins] = {
    "b64decode": b64decode,
    "b64encode": b64encode,
    "quote": quote,
    "urldecode": urldecode,
    "urlsplit": split_url,
}
