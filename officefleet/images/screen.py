"""What somebody in front of the poste sees while it is restored: one line, in French.

The rescue has no message catalogue, and whoever stands there is in a French pharmacy: so the words are here.
A screen that cannot be written never stops a restore.
"""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from officefleet.images.progress import Progress

_PHASES = {"compare": "Restauration", "verify": "Relecture du disque", "finish": "Derniers réglages"}
_CLEAR = "\r\x1b[K"
_WIDTH = 79  # the narrowest console of a PC has 80 columns


class Screen:
    """A terminal that shows how far a restore is; None shows nothing."""

    def __init__(self, path: Path | None) -> None:
        self._path = path

    def show(self, progress: Progress) -> None:
        """Replace the line."""
        self._write(_CLEAR + line(progress)[:_WIDTH])

    def end(self, *, restored: bool, reason: str = "") -> None:
        """Say how it ended, on a line of its own that stays."""
        if restored:
            self._write(_CLEAR + "Disque restauré et relu : tout est juste. L'ordinateur va redémarrer.\n")
        else:
            text = "Échec de la restauration. L'ordinateur ne démarrera pas tel quel : appelez le support."
            self._write(f"{_CLEAR}{text}\n{reason[:_WIDTH]}\n")

    def _write(self, text: str) -> None:
        if self._path is None:
            return
        with contextlib.suppress(OSError), self._path.open("a", encoding="utf-8") as terminal:
            terminal.write(text)


def line(progress: Progress) -> str:
    """Return the line for a moment of a restore.

    Examples:
        >>> from officefleet.images.progress import Progress
        >>> line(Progress("compare", 5 * 10**8, 2 * 10**9, 0, 0, 1e8, 15.0))
        'Restauration :  25 %, 0,5 Go sur 2,0 Go, 100 Mo/s, encore 15 s. Ne pas éteindre.'

    """
    name = _PHASES.get(progress.phase, progress.phase)
    part = 100 * progress.done // progress.total if progress.total else 0
    done, total = _giga(progress.done), _giga(progress.total)
    text = f"{name} : {part:3d} %, {done} sur {total}, {progress.rate / 1e6:.0f} Mo/s"
    if progress.seconds_left is not None:
        text += f", encore {_span(progress.seconds_left)}"
    return f"{text}. Ne pas éteindre."


def _giga(count: int) -> str:
    return f"{count / 1e9:.1f} Go".replace(".", ",")


def _span(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest:02d} s" if minutes else f"{rest} s"
