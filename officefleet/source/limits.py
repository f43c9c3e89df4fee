"""Bounds on what a template may cost: a runaway loop or a text of gigabytes ends with an error, not with the controller.

Loops and macros are counted and timed by the thread's own CPU time, so that a lookup that waits does not count. What makes
long texts, long lists or large numbers from small ones looks at its operands first.
"""

from __future__ import annotations

import re
import threading
import time
from typing import Any, Final

from officefleet.errors import TemplateError
from officefleet.i18n import _

SECONDS: Final = 10.0  # of CPU, for one template with all variables that it leads to
CHARACTERS: Final = 32 << 20  # in one text
ITEMS: Final = 2_000_000  # in one list or range
BITS: Final = 200_000  # in one number
_EVERY = 256  # rounds between two looks at the clock
_PADDED: Final = frozenset({"center", "ljust", "rjust", "zfill", "expandtabs"})
_WIDTH = re.compile(r"\d{8,}|\*")  # in a format: a width that no one needs, or one that comes from the values


class Budget(threading.local):
    """What the templates of one thread have used; nested ones share the outermost one's."""

    def __init__(self) -> None:
        self.depth = 0
        self._rounds = 0
        self._end = 0.0

    def __enter__(self) -> None:
        if not self.depth:
            self._rounds = 0
            self._end = 0.0
        self.depth += 1

    def __exit__(self, *_about: object) -> None:
        self.depth -= 1

    def tick(self) -> None:
        """Count a round of a loop or a call of a macro.

        Raises:
            TemplateError: the time is over.

        """
        self._rounds += 1
        if self._rounds % _EVERY:
            return
        now = time.thread_time()
        if not self._end:
            self._end = now + SECONDS
        elif now > self._end:
            raise TemplateError(
                _("the template takes more than {seconds:.0f} seconds").format(seconds=SECONDS),
                hint=_("does a loop or a macro go on without end?"),
            )


def long_text(count: float) -> None:
    """Refuse a text of so many characters.

    Raises:
        TemplateError: it is too long.

    """
    if count > CHARACTERS:
        raise TemplateError(
            _("the template makes a text of more than {count} characters").format(count=CHARACTERS)
        )


def many_items(count: float) -> None:
    """Refuse a list of so many items.

    Raises:
        TemplateError: it is too long.

    """
    if count > ITEMS:
        raise TemplateError(_("the template makes a list of more than {count} items").format(count=ITEMS))


def _big_number(bits: float) -> None:
    if bits > BITS:
        raise TemplateError(_("the template makes a number of more than {count} bits").format(count=BITS))


def binary(operator: str, left: Any, right: Any) -> None:
    """Refuse an operation whose result would be too large.

    Raises:
        TemplateError: it would.

    """
    if operator == "*":
        _times(left, right)
    elif operator == "**" and isinstance(left, int) and isinstance(right, int):
        _big_number(left.bit_length() * max(right, 0))
    elif operator == "+":
        if isinstance(left, str) and isinstance(right, str):
            long_text(len(left) + len(right))
        elif isinstance(left, (list, tuple)) and isinstance(right, (list, tuple)):
            many_items(len(left) + len(right))
    elif operator == "%" and isinstance(left, str):
        _format(left)


def _times(left: Any, right: Any) -> None:
    if isinstance(left, int) and isinstance(right, int):
        _big_number(left.bit_length() + right.bit_length())
        return
    text, count = (right, left) if isinstance(left, int) else (left, right)
    if isinstance(count, int):
        if isinstance(text, (str, bytes)):
            long_text(len(text) * count)
        elif isinstance(text, (list, tuple)):
            many_items(len(text) * count)


def _format(text: str) -> None:
    if len(text) < (1 << 16) and (found := re.search(r"%[^%a-zA-Z]*", text)) and _WIDTH.search(found[0]):
        long_text(CHARACTERS + 1)


def call(function: Any, args: tuple[Any, ...]) -> None:
    """Refuse a call of a text's method whose result would be too large.

    Raises:
        TemplateError: it would.

    """
    text = getattr(function, "__self__", None)
    if not isinstance(text, str):
        return
    name = getattr(function, "__name__", "")
    if name in _PADDED and args and isinstance(args[0], int):
        long_text(max(args[0], len(text)) if name != "expandtabs" else text.count("\t") * args[0])
    elif name == "replace" and len(args) > 1 and isinstance(args[0], str) and isinstance(args[1], str):
        long_text(len(text) + (text.count(args[0]) if args[0] else len(text) + 1) * len(args[1]))
    elif name == "format" and re.search(r":[^}]*\d{8,}", text):
        long_text(CHARACTERS + 1)
    elif name == "join" and args and isinstance(args[0], (list, tuple)):
        many_items(len(args[0]))


def bounded_range(*args: int) -> range:
    """Return a range that is not too long.

    Raises:
        TemplateError: it is.

    """
    found = range(*args)
    try:
        many_items(len(found))
    except OverflowError:
        many_items(ITEMS + 1)
    return found


def padded(value: Any, width: Any) -> None:
    """Refuse a width (of `center`, `indent`, `wordwrap`) that makes too long a text.

    Raises:
        TemplateError: it does.

    """
    if isinstance(width, int):
        long_text(width * (str(value).count("\n") + 1))
