"""What cured what, and how often: this pharmacy's own experience and that of others."""

from __future__ import annotations

import hashlib
import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING

from officefleet.continuity.binder.binder import match_expression
from officefleet.continuity.database import transaction

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Sequence

    from officefleet.continuity.binder.page import Page

_LONGEST_TABLE = 20_000  # cures that are looked at for one answer


@dataclass(frozen=True, slots=True)
class Cure:
    """One cure as one binder knows it.

    Attributes:
        id: hash of what it cures and how; the same everywhere.
        origin: "" for this binder's own, else the key that signed it.
        remedy: what to do, for a person.
        playbook: name of a file in ``playbooks/cures``, or "".
        worked: how often it did.
        failed: how often it did not.
        places: in how many pharmacies it worked.

    """

    id: str
    origin: str
    symptom: str
    device: str
    driver: str
    build: int | None
    kb: str
    remedy: str
    playbook: str
    worked: int
    failed: int
    places: int

    @property
    def rank(self) -> tuple[float, int, int]:
        """What comes first: how likely it works (by Laplace's rule), then where and how often it did."""
        return (self.worked + 1) / (self.worked + self.failed + 2), self.places, self.worked


def cure_id(symptom: str, device: str, kb: str, remedy: str, playbook: str) -> str:
    """Return a cure's id; accents, case and spaces do not count."""
    parts = "\n".join(_plain(part) for part in (symptom, device, kb, remedy, playbook))
    return hashlib.sha256(parts.encode()).hexdigest()[:16]


def _plain(text: str) -> str:
    folded = unicodedata.normalize("NFKD", text.casefold())
    return " ".join("".join(one for one in folded if not unicodedata.combining(one)).split())


class Cures:
    """The cures in the continuity file."""

    def __init__(self, store: sqlite3.Connection) -> None:
        self._store = store

    def record(self, page: Page, *, worked: bool) -> Cure:
        """Write down that a page's cure worked, or did not."""
        remedy, playbook = page.remedy or "", page.playbook or ""
        name = cure_id(page.symptom, page.device or "", page.kb or "", remedy, playbook)
        with transaction(self._store):
            self._store.execute(
                "INSERT OR IGNORE INTO cures VALUES (?, '', ?, ?, ?, ?, ?, ?, ?, 0, 0, 0)",
                (
                    name,
                    page.symptom,
                    page.device or "",
                    page.driver or "",
                    page.build,
                    page.kb or "",
                    remedy,
                    playbook,
                ),
            )
            new = (
                worked
                and not self._store.execute(
                    "SELECT 1 FROM filed WHERE source = 'place' AND reference = ?",
                    (f"{name} {page.pharmacy}",),
                ).fetchone()
            )
            if new:
                self._store.execute("INSERT INTO filed VALUES ('place', ?)", (f"{name} {page.pharmacy}",))
            self._store.execute(
                "UPDATE cures SET worked = worked + ?, failed = failed + ?, places = places + ?"
                " WHERE id = ? AND origin = ''",
                (worked, not worked, bool(new), name),
            )
        row = self._store.execute("SELECT * FROM cures WHERE id = ? AND origin = ''", (name,)).fetchone()
        return Cure(**dict(row))

    def own(self) -> list[Cure]:
        """Return this binder's own cures that have worked at least once, by id."""
        rows = self._store.execute("SELECT * FROM cures WHERE origin = '' AND worked > 0 ORDER BY id")
        return [Cure(**dict(row)) for row in rows]

    def replace(self, origin: str, cures: Sequence[Cure]) -> None:
        """Take in all cures of another binder in place of what it sent before."""
        with transaction(self._store):
            self._store.execute("DELETE FROM cures WHERE origin = ?", (origin,))
            self._store.executemany(
                "INSERT INTO cures VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                [(one.id, origin, one.symptom, one.device, one.driver, one.build, one.kb, one.remedy, one.playbook,
                  one.worked, one.failed, one.places) for one in cures],
            )  # fmt: skip

    def known(
        self, words: str = "", *, devices: Sequence[str] = (), kbs: Sequence[str] = (), limit: int = 10
    ) -> list[Cure]:
        """Return cures for some devices or updates or symptoms, those that work most often first.

        What several binders know of one cure is added up; its origin is then "" if one of them is ours.

        Args:
            words: of the symptom; all must be in it, whatever accents they have.
            devices: USB ids.
            kbs: Windows updates.
            limit: at most this many.

        """
        wanted = [part.strip('"*') for part in match_expression(words).split(" AND ") if part]
        rows = self._store.execute("SELECT * FROM cures LIMIT ?", (_LONGEST_TABLE,))
        found = [Cure(**dict(row)) for row in rows]
        fit = [
            one
            for one in found
            if (one.device and one.device in devices)
            or (one.kb and one.kb in kbs)
            or (wanted and all(_plain(word) in _plain(f"{one.symptom} {one.remedy}") for word in wanted))
        ]
        return sorted(_added_up(fit), key=lambda one: one.rank, reverse=True)[:limit]


def _added_up(cures: Sequence[Cure]) -> list[Cure]:
    whole: dict[str, Cure] = {}
    for one in cures:
        other = whole.get(one.id)
        if other is None:
            whole[one.id] = one
            continue
        first = one if not one.origin else other
        whole[one.id] = Cure(
            first.id, first.origin, first.symptom, first.device, first.driver, first.build, first.kb, first.remedy,
            first.playbook, one.worked + other.worked, one.failed + other.failed, one.places + other.places,
        )  # fmt: skip
    return list(whole.values())
