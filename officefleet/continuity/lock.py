"""One swap, drill or provisioning a pharmacy at a time."""

from __future__ import annotations

from typing import TYPE_CHECKING

from officefleet.durable.lock import FileLock
from officefleet.errors import ContinuityError
from officefleet.i18n import _

if TYPE_CHECKING:
    from pathlib import Path


class PharmacyLock(FileLock):
    """Held while a command works on a pharmacy.

    Args:
        store: the continuity file; locks lie beside it.
        pharmacy: id.

    """

    def __init__(self, store: Path, pharmacy: str) -> None:
        busy = ContinuityError(
            _("another command works on {pharmacy}").format(pharmacy=pharmacy),
            hint=_("wait until it has ended"),
        )
        super().__init__(store.with_name(store.name + ".locks") / f"{pharmacy}.lock", busy)
