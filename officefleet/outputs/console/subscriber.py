"""The console as a subscriber: takes events at once, shows what they mean a few times a second."""

from __future__ import annotations

import os
import sys
import threading
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Self, TextIO

from officefleet.engine.events import (
    BatchStarted,
    HostFinished,
    Note,
    PlayStarted,
    RunFinished,
    RunStarted,
    TaskFinished,
    TaskProgress,
    TaskStarted,
)
from officefleet.i18n import _
from officefleet.outputs import results
from officefleet.outputs.console import render
from officefleet.outputs.console.board import Board
from officefleet.outputs.console.lines import line
from officefleet.outputs.console.recap import recap_lines
from officefleet.outputs.console.sinks import PlainSink, Sink, TerminalSink

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from officefleet.engine.events import Event
    from officefleet.outputs.console.lines import Line

_OF_HOSTS = (TaskStarted, TaskProgress, TaskFinished, HostFinished)
_LIVE_HOSTS = 8  # slow hosts that the live area names
_WORD_EVERY = 15.0  # seconds between signs of life where there is no live area


class Console:
    """Shows a run on a terminal or in a log.

    Hosts run free, so results are grouped by task and printed in the play's order once no host can add to a
    group; failures are printed at once. Use it as a context manager: a thread draws until it is left.

    Args:
        pharmacy_of: gives a host's pharmacy, or None.
        verbosity: 0, or how many -v.
        diff: show diffs.
        stream: where; standard output when None.

    Attributes:
        usual: seconds that such a run usually takes, for the live area; None when that is not known.

    """

    def __init__(
        self,
        pharmacy_of: Callable[[str], str | None],
        *,
        verbosity: int = 0,
        diff: bool = False,
        stream: TextIO | None = None,
    ) -> None:
        out = stream or sys.stdout
        self._sink: Sink = TerminalSink(out) if _is_terminal(out) else PlainSink(out)
        self._plain = isinstance(self._sink, PlainSink)
        self._pharmacy_of = pharmacy_of
        self._verbosity = verbosity
        self._board = Board(
            keep_details=verbosity > 0, diff_text=results.diff_text if diff else None, said=results.said
        )
        self.usual: float | None = None
        self._lines: list[Line] = []
        self._check = False
        self._begun = time.time()
        self._last_word = time.monotonic()
        self._lock = threading.Lock()
        self._drawing = threading.Lock()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._draw_on, name="console", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._stop.set()
        self._thread.join()
        with self._drawing:
            self._draw(last=True)
            self._sink.close()

    def handle(self, event: Event) -> None:
        """Take one event."""
        with self._lock:
            if isinstance(event, _OF_HOSTS):
                self._board.take(event)
            else:
                self._take(event)

    def _take(self, event: Event) -> None:
        if isinstance(event, RunStarted):
            self._check = event.check
            self._begun = event.at
        elif isinstance(event, PlayStarted):
            self._flush()
            self._board.begin(event.hosts)
            if event.hosts:
                self._lines += render.play_header(event.play, len(event.hosts))
        elif isinstance(event, BatchStarted):
            self._flush()
            self._board.begin(event.hosts)
            text = _("portion {number}: {hosts}").format(number=event.number, hosts=render.names(event.hosts))
            self._lines.append(line((f" -- {text}", "dim")))
        elif isinstance(event, Note):
            self._collect()
            self._lines += render.note(event.text, event.host, event.mark)
        elif isinstance(event, RunFinished):
            self._flush()
            if event.recap:
                self._lines += recap_lines(
                    event, self._pharmacy_of, check=self._check, verbosity=self._verbosity
                )

    def say(self, text: str) -> None:
        """Print a remark that is not an event (a warning of the ledger)."""
        with self._lock:
            self._lines.append(line((f"  {text}", "changed")))

    @contextmanager
    def paused(self) -> Iterator[None]:
        """Leave the terminal to a question."""
        with self._drawing:
            self._draw(last=True)
            self._sink.close()
            yield

    def _flush(self) -> None:
        self._collect(everything=True)

    def _collect(self, *, everything: bool = False) -> None:
        for failure in self._board.take_failures():
            self._lines += render.failure(failure)
        for group in self._board.take_ready(everything=everything):
            self._lines += render.group(group, self._verbosity)

    def _draw_on(self) -> None:
        while not self._stop.wait(self._sink.interval):  # drawing is cheap: a thousand results cost 3 ms
            with self._drawing:
                self._draw()

    def _draw(self, *, last: bool = False) -> None:
        with self._lock:
            self._collect()
            lines, self._lines = self._lines, []
            live = [] if last else self._live()
        if self._plain and lines:
            self._last_word = time.monotonic()
        elif self._plain and live and time.monotonic() - self._last_word > _WORD_EVERY:
            self._last_word = time.monotonic()
            lines = live
        self._sink.show(lines, live)

    def _live(self) -> list[Line]:
        board = self._board
        if not board.under and not board.out:
            return []
        now = time.time()
        counts = _("{done} of {size} hosts through, {busy} at work, {time}").format(
            done=board.out, size=board.size, busy=len(board.under), time=render.duration(now - self._begun)
        )
        if self.usual is not None:
            counts += " " + _("(usually {time})").format(time=render.duration(self.usual))
        return [line((f"  {counts}", "dim")), *render.under_way(board.under, now, _LIVE_HOSTS)]


def _is_terminal(stream: TextIO) -> bool:
    return bool(stream.isatty()) and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"
