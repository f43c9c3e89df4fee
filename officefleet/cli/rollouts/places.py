"""Where rollouts are kept."""

from __future__ import annotations

from typing import TYPE_CHECKING

from officefleet.ledger import default_path

if TYPE_CHECKING:
    from pathlib import Path


def store_path() -> Path:
    """Return the rollouts' file: it lies beside the ledger."""
    return default_path().with_name("rollouts.sqlite")
