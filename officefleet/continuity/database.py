"""The continuity file: one SQLite database with swaps, drills and the binder."""

from __future__ import annotations

from typing import TYPE_CHECKING

from officefleet.continuity.schema import MIGRATIONS
from officefleet.durable.database import open_database, transaction
from officefleet.durable.folders import state_file
from officefleet.errors import ContinuityError
from officefleet.i18n import _

if TYPE_CHECKING:
    import sqlite3
    from pathlib import Path

__all__ = ["default_path", "open_store", "transaction"]


def default_path() -> Path:
    """Return OFFICEFLEET_CONTINUITY, else ``continuity.sqlite`` in the user's state folder."""
    return state_file("continuity.sqlite", "OFFICEFLEET_CONTINUITY")


def open_store(path: Path) -> sqlite3.Connection:
    """Return a connection to the file, made when it is not there; what is committed survives a power cut.

    Raises:
        ContinuityError: not such a file, or written by a newer officefleet.

    """
    steps = [";\n".join((*statements, "")) for statements in MIGRATIONS]
    hint = _("OFFICEFLEET_CONTINUITY names another file")
    return open_database(path, steps, raising=ContinuityError, hint=hint)
