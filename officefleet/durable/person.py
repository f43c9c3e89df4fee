"""Who is at work, for the record: whoever the inventory knows by key, else the account on this machine."""

from __future__ import annotations

import contextlib
import getpass
from contextvars import ContextVar
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

_ACTING: ContextVar[str] = ContextVar("acting", default="")


def who() -> str:
    """Return the name to write down, "?" when nothing tells it."""
    acting = _ACTING.get()
    if acting:
        return acting
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return "?"


@contextlib.contextmanager
def acting_as(name: str) -> Iterator[None]:
    """Let `who` answer with a name in this context; "" leaves it as it is."""
    token = _ACTING.set(name or _ACTING.get())
    try:
        yield
    finally:
        _ACTING.reset(token)
