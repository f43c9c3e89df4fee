"""Filters over text: comment, split."""

from __future__ import annotations

from typing import Any, Final

from officefleet.errors import TemplateError
from officefleet.i18n import _
from officefleet.source.plugins.kinds import Plugins, a_text, text_of, wrong_kind

# style -> (line that opens, start of each line, line that closes)
_STYLES: Final[dict[str, tuple[str, str, str]]] = {
    "plain": ("", "# ", ""),
    "erlang": ("", "% ", ""),
    "c": ("", "// ", ""),
    "cblock": ("/*", " * ", " */"),
    "xml": ("<!--", " - ", "-->"),
}


def comment(value: Any, style: str = "plain", **options: Any) -> str:
    """Return text as a comment: plain (#), c, cblock, erlang or xml, each part of which can be replaced."""
    if style not in _STYLES:
        raise TemplateError(
            _("comment: Invalid style {name}").format(name=style),
            hint=_("one of {names}").format(names=", ".join(_STYLES)),
        )
    opening, decoration, closing = _STYLES[style]
    decoration = options.get("decoration", decoration)
    newline = options.get("newline", "\n")
    prefix = options.get("prefix", decoration.rstrip())
    postfix = options.get("postfix", decoration.rstrip())
    *body, last = text_of(value).split(newline)
    lines = [*((decoration + line) if line else decoration.rstrip() for line in body), decoration + last]
    head = [options.get("beginning", opening)] if options.get("beginning", opening) else []
    foot = [options.get("end", closing)] if options.get("end", closing) else []
    before = [prefix] * int(options.get("prefix_count", 1)) if prefix else []
    if prefix == newline:  # as many line ends, not as many lines that hold one
        before = [""] * len(before)
    after = [postfix] * int(options.get("postfix_count", 1))
    return str(newline.join([*head, *before, *lines, *after, *foot]))


def split(value: Any, separator: str | None = None, maxsplit: int = -1) -> list[str]:
    """Return the pieces of a text between separators, blanks unless told."""
    if not isinstance(value, str):
        raise wrong_kind("split", a_text(), value)
    try:
        return value.split(separator, maxsplit)
    except ValueError as error:
        raise TemplateError(_("split: {reason}").format(reason=error)) from None


FILTERS: Final[Plugins] = {"comment": comment, "split": split}
