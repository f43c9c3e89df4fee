"""One rollout of a name at a time."""

from __future__ import annotations

from typing import TYPE_CHECKING

from officefleet.durable.lock import FileLock, is_locked
from officefleet.errors import RunError
from officefleet.i18n import _

if TYPE_CHECKING:
    from pathlib import Path


class RolloutLock(FileLock):
    """Held while a process works on a rollout.

    Args:
        store: the file with the rollouts; locks lie beside it.
        name: the rollout's.

    """

    def __init__(self, store: Path, name: str) -> None:
        busy = RunError(
            _("the rollout {name} is under way").format(name=name),
            hint=_("`officefleet rollout status` shows it"),
        )
        super().__init__(store.with_name(store.name + ".locks") / f"{name}.lock", busy)

    def is_held(self) -> bool:
        """Return whether a process works on the rollout."""
        return is_locked(self.file)
