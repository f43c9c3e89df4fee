"""Says where a template went wrong and what would be right."""

from __future__ import annotations

from typing import TYPE_CHECKING, NoReturn

from officefleet.errors import Mark, UndefinedVariableError, nearest
from officefleet.i18n import _
from officefleet.source.yaml import mark_of

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from jinja2 import Template
    from jinja2.exceptions import TemplateSyntaxError, UndefinedError


def raise_undefined(
    error: UndefinedError, scope: Mapping[str, Any], text: str, mark: Mark | None = None
) -> NoReturn:
    """Raise what jinja2 says about an undefined name, with its place and the nearest known name.

    Raises:
        UndefinedVariableError: always.

    """
    message = error.message or str(error)
    hint = ""
    parts = message.split("'")
    if message.endswith("is undefined") and len(parts) >= 3:  # noqa: PLR2004  'name' is undefined
        name = parts[1]
        close = nearest(name, scope)
        hint = _("did you mean {name}?").format(name=close) if close else _("define it, or use default()")
        message = _("'{name}' is undefined").format(name=name)
    raise UndefinedVariableError(message, mark=mark or mark_of(text), hint=hint) from None


def reason(error: Exception) -> str:
    """Return an exception as one line."""
    text = str(error)
    return f"{type(error).__name__}: {text}" if text else type(error).__name__


def syntax_mark(text: str, error: TemplateSyntaxError) -> Mark | None:
    """Return where in a file a syntax error stands, None when that is not known."""
    mark = mark_of(text)
    if mark is None:
        return None
    return mark if error.lineno <= 1 else Mark(mark.file, mark.line + error.lineno - 1, 0)


def line_in(template: Template, error: BaseException) -> int:
    """Return the template's line that an error was raised at, 0 when it is not known."""
    trace = error.__traceback__
    line = 0
    while trace is not None:
        if trace.tb_frame.f_globals.get("__jinja_template__") is template or (
            trace.tb_frame.f_code.co_filename == template.filename
        ):
            line = template.get_corresponding_lineno(trace.tb_lineno) or trace.tb_lineno
        trace = trace.tb_next
    return line
