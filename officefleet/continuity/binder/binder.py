"""The binder's pages in the continuity file: filed, searched, closed."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pydantic import ValidationError

from officefleet.continuity.binder.page import Page
from officefleet.continuity.database import transaction
from officefleet.durable.person import who
from officefleet.errors import ContinuityError, nearest
from officefleet.i18n import _

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable, Sequence


@dataclass(frozen=True, slots=True)
class Keys:
    """What narrows a search besides words; None does not."""

    pharmacy: str | None = None
    machine: str | None = None
    device: str | None = None
    driver: str | None = None
    build: int | None = None
    kb: str | None = None


@dataclass(frozen=True, slots=True)
class Note:
    """What was done or said during an incident."""

    at: str
    user: str
    text: str


class Binder:
    """The pages; every call is durable when it returns."""

    def __init__(self, store: sqlite3.Connection) -> None:
        self._store = store

    def file(self, page: Page) -> bool:
        """File a page, or the page of the same id anew; return whether it is new."""
        with transaction(self._store):
            known = self._store.execute("SELECT number FROM incidents WHERE id = ?", (page.id,)).fetchone()
            row = (
                page.model_dump_json(exclude_none=True), page.pharmacy, page.machine or "", page.opened.isoformat(),
                page.closed.isoformat() if page.closed else None, page.device or "", page.driver or "", page.build,
                page.kb or "", page.origin.value,
            )  # fmt: skip
            if known is None:
                number = self._store.execute(
                    "INSERT INTO incidents (page, pharmacy, machine, opened, closed, device, driver, build, kb,"
                    " origin, id) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                    (*row, page.id),
                ).lastrowid
            else:
                number = known["number"]
                self._store.execute(
                    "UPDATE incidents SET page = ?, pharmacy = ?, machine = ?, opened = ?, closed = ?, device = ?,"
                    " driver = ?, build = ?, kb = ?, origin = ? WHERE id = ?",
                    (*row, page.id),
                )
            self._store.execute("DELETE FROM words WHERE rowid = ?", (number,))
            self._store.execute(
                "INSERT INTO words (rowid, symptom, cause, remedy, keys) VALUES (?, ?, ?, ?, ?)",
                (number, page.symptom, page.cause or "", page.remedy or "", page.keys),
            )
        return known is None

    def get(self, name: str) -> Page:
        """Return a page by its id or the beginning of it.

        Raises:
            ContinuityError: none, or several.

        """
        rows = self._store.execute(
            "SELECT id, page FROM incidents WHERE id = ? OR substr(id, 1, ?) = ? LIMIT 3",
            (name, len(name), name),
        ).fetchall()
        exact = [row for row in rows if row["id"] == name] or rows
        if len(exact) == 1:
            return Page.model_validate_json(exact[0]["page"])
        if rows:
            raise ContinuityError(_("several incidents begin with {name!r}").format(name=name))
        known = [
            row["id"]
            for row in self._store.execute("SELECT id FROM incidents ORDER BY opened DESC LIMIT 1000")
        ]
        close = nearest(name, known)
        raise ContinuityError(
            _("there is no incident {name!r}").format(name=name),
            hint=_("did you mean {name}?").format(name=close)
            if close
            else _("officefleet incident search finds it"),
        )

    def has(self, name: str) -> bool:
        """Return whether there is a page of exactly this id."""
        return self._store.execute("SELECT 1 FROM incidents WHERE id = ?", (name,)).fetchone() is not None

    def search(self, words: str = "", keys: Keys | None = None, *, limit: int = 20) -> list[Page]:
        """Return the pages with all the words, the best match first; without words the newest first.

        Accents and case do not count, and a word matches what begins with it.
        """
        wanted = keys or Keys()
        parts = [f"{name} = ?" for name in Keys.__dataclass_fields__ if getattr(wanted, name) is not None]
        values: list[object] = [
            one for name in Keys.__dataclass_fields__ if (one := getattr(wanted, name)) is not None
        ]
        query = match_expression(words)
        if words.strip() and not query:
            return []
        source, order = "incidents", "opened DESC, number DESC"
        if query:
            source = "incidents JOIN words ON words.rowid = incidents.number"
            order = "bm25(words, 4.0, 2.0, 2.0, 3.0), opened DESC"
            parts.append("words MATCH ?")
            values.append(query)
        where = f" WHERE {' AND '.join(parts)}" if parts else ""
        rows = self._store.execute(
            f"SELECT page FROM {source}{where} ORDER BY {order} LIMIT ?",  # noqa: S608  names from this file only
            (*values, limit),
        )
        return [page for row in rows if (page := _page(row["page"])) is not None]

    def opened(self, pharmacies: Iterable[str], since: dt.date, until: dt.date) -> list[Page]:
        """Return the pages of some pharmacies that were opened from one day to another."""
        wanted = set(pharmacies)
        rows = self._store.execute("SELECT pharmacy, page FROM incidents ORDER BY opened, number")
        found = (_page(row["page"]) for row in rows if row["pharmacy"] in wanted)
        return [page for page in found if page is not None and since <= page.opened.date() <= until]

    def note(self, page: Page, text: str) -> None:
        """Add what was done or said."""
        self._store.execute(
            "INSERT INTO notes SELECT number, ?, ?, ? FROM incidents WHERE id = ?",
            (_now().isoformat(), who(), text, page.id),
        )

    def notes(self, page: Page) -> Sequence[Note]:
        """Return what was noted, in order."""
        rows = self._store.execute(
            "SELECT at, user, text FROM notes JOIN incidents ON number = incident WHERE id = ? ORDER BY notes.rowid",
            (page.id,),
        )
        return [Note(row["at"], row["user"], row["text"]) for row in rows]

    def close(self, page: Page, *, remedy: str | None = None, cause: str | None = None) -> Page:
        """Close an incident, saying what cured it; return the page as it is now."""
        closed = page.model_copy(
            update={
                "closed": page.closed or max(_now(), page.opened),
                "remedy": remedy or page.remedy,
                "cause": cause or page.cause,
            }
        )
        self.file(closed)
        return closed

    def is_filed(self, source: str, reference: str) -> bool:
        """Return whether what `reference` names has had its page already."""
        row = self._store.execute(
            "SELECT 1 FROM filed WHERE source = ? AND reference = ?", (source, reference)
        ).fetchone()
        return row is not None

    def mark_filed(self, source: str, reference: str) -> None:
        """Write down that what `reference` names has its page."""
        self._store.execute("INSERT OR IGNORE INTO filed VALUES (?, ?)", (source, reference))


def match_expression(words: str) -> str:
    """Return the full-text query that asks for all the words, "" when there are none.

    Only letters and digits are taken from what is typed, so it can hold no operator; the "s" or "x" of a French
    plural is left off, so that one form finds the other.
    """
    found = []
    for word in re.findall(r"\w+", words.replace("_", " ")):
        stem = word[:-1] if len(word) > 3 and word[-1].lower() in "sx" and not word.isdigit() else word  # noqa: PLR2004  "gaz"
        found.append(f'"{stem}"*')
    return " AND ".join(found)


def _page(text: str) -> Page | None:
    try:
        return Page.model_validate_json(text)
    except ValidationError:  # written by a newer officefleet
        return None


def _now() -> dt.datetime:
    return dt.datetime.now(tz=dt.UTC).replace(microsecond=0)
