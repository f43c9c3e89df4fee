"""Opens the ledger's file."""

from __future__ import annotations

from typing import TYPE_CHECKING

from officefleet.durable.database import open_database
from officefleet.durable.folders import state_file
from officefleet.errors import LedgerError
from officefleet.i18n import _
from officefleet.ledger.schema import MIGRATIONS

if TYPE_CHECKING:
    import sqlite3
    from pathlib import Path


def default_path() -> Path:
    """Return OFFICEFLEET_LEDGER, else ``ledger.sqlite`` in the user's state folder."""
    return state_file("ledger.sqlite", "OFFICEFLEET_LEDGER")


def open_ledger(path: Path, *, create: bool = True) -> sqlite3.Connection:
    """Return a connection to the ledger, its tables brought to this version; rows have names.

    A power cut can lose the last rows, which a resumed run does again; waiting for the disk at each of them would
    cost more than the tasks.

    Raises:
        LedgerError: no such file (unless `create`), not a ledger, written by a newer officefleet.

    """
    if not create and not path.exists():
        raise LedgerError(
            _("there is no ledger at {path}").format(path=path),
            hint=_("`officefleet run` makes one; OFFICEFLEET_LEDGER names another"),
        )
    hint = _("name another with OFFICEFLEET_LEDGER, or leave it out with --no-ledger")
    return open_database(path, MIGRATIONS, raising=LedgerError, hint=hint, survives_power_cut=False)
