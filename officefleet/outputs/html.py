"""The HTML report of a run: one file with nothing outside it, readable on a phone."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Self

from officefleet.engine.events import Note, PlayStarted, RunFinished, RunStarted, Status, TaskFinished
from officefleet.i18n import _, language, ngettext
from officefleet.outputs import results
from officefleet.outputs.console import render
from officefleet.outputs.streams import refusing
from officefleet.outputs.tally import by_pharmacy, outcome, total

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from officefleet.engine.events import Event

_MOST_CHANGES = 5000  # that are listed: a report of 10,000 hosts must still open on a phone
_LONGEST = 20_000  # characters of one output or diff


@dataclass(slots=True)
class Row:
    """One task on one host."""

    play: str
    host: str
    task: str
    status: Status
    seconds: float
    place: str
    message: str
    output: str
    diff: str


@dataclass(slots=True)
class Collected:
    """What the template shows; rows of tasks that neither changed nor failed are only counted."""

    run: RunStarted | None = None
    end: RunFinished | None = None
    play: str = ""
    rows: list[Row] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    changes: int = 0


class HtmlReport:
    """Collects a run; the file is written when the context is left.

    Args:
        file: where.
        pharmacy_of: gives a host's pharmacy, or None.

    """

    def __init__(self, file: Path, pharmacy_of: Callable[[str], str | None]) -> None:
        self._file = file
        self._pharmacy_of = pharmacy_of
        self._found = Collected()

    def __enter__(self) -> Self:
        """Try the file now, not after an hour's run."""
        self._file.open("a", encoding="utf-8").close()
        return self

    def __exit__(self, *_error: object) -> None:
        with refusing(self._file):
            self._file.write_text(self._render(), encoding="utf-8")

    def handle(self, event: Event) -> None:
        """Take one event."""
        found = self._found
        if isinstance(event, TaskFinished):
            self._take(event)
        elif isinstance(event, PlayStarted):
            found.play = event.play
        elif isinstance(event, Note):
            found.notes.append(f"{event.mark}: {event.text}" if event.mark else event.text)
        elif isinstance(event, RunStarted):
            found.run = event
        elif isinstance(event, RunFinished):
            found.end = event

    def _take(self, event: TaskFinished) -> None:
        if event.status in (Status.OK, Status.SKIPPED):
            return
        if event.status in (Status.FAILED, Status.UNREACHABLE) or self._found.changes < _MOST_CHANGES:
            self._found.rows.append(self._row(event))
        if event.status not in (Status.FAILED, Status.UNREACHABLE):
            self._found.changes += 1

    def _row(self, event: TaskFinished) -> Row:
        bad = list(results.failing(event)) if event.status is Status.FAILED else [("", event.result)]
        message = "\n".join(
            f"{label + ': ' if label else ''}{one.get('censored') or one.get('msg') or ''}"
            for label, one in bad
        )
        output = "\n".join(str(one.get("stderr") or one.get("stdout") or "") for _label, one in bad)
        return Row(
            self._found.play, event.host, event.task, event.status, event.seconds, str(event.mark),
            message[:_LONGEST].strip(), output[-_LONGEST:].strip(), results.diff_text(event)[:_LONGEST],
        )  # fmt: skip

    def _render(self) -> str:
        import jinja2  # noqa: PLC0415  only this report needs it here

        jinja = jinja2.Environment(
            loader=jinja2.PackageLoader("officefleet.outputs", "templates"),
            autoescape=True,
            trim_blocks=True,
            lstrip_blocks=True,
            undefined=jinja2.StrictUndefined,
        )
        return jinja.get_template("run.html").render(self._context())

    def _context(self) -> dict[str, Any]:
        found = self._found
        recap = dict(found.end.recap) if found.end else {}
        bad = [row for row in found.rows if row.status in (Status.FAILED, Status.UNREACHABLE)]
        ended = outcome(found.end).value if found.end else "interrupted"
        return {
            "_": _,
            "ngettext": ngettext,
            "word": render.word,
            "duration": render.duration,
            "language": language(),
            "started": time.strftime("%d/%m/%Y %H:%M:%S", time.localtime(found.run.at)) if found.run else "",
            "run": found.run,
            "end": found.end,
            "outcome": ended,
            "total": total(recap),
            "pharmacies": by_pharmacy(recap, self._pharmacy_of),
            "recap": dict(
                sorted(recap.items(), key=lambda one: (not (one[1].failed or one[1].unreachable), one[0]))
            ),
            "home": self._pharmacy_of,
            "bad": bad,
            "changes": [row for row in found.rows if row not in bad],
            "notes": found.notes,
            "more": max(0, found.changes - _MOST_CHANGES),
        }
