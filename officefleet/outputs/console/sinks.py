"""Where lines go: plain text, or a terminal with colours and a live area below them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, TextIO

from officefleet.outputs.console.lines import Line, plain, safe
from officefleet.outputs.streams import SteadyStream

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.text import Text

_COLOURS = {
    "title": "bold",
    "dim": "dim",
    "ok": "green",
    "changed": "yellow",
    "skipped": "cyan",
    "failed": "bold red",
    "unreachable": "bold magenta",
    "hint": "blue",
}


class Sink(Protocol):
    """Takes lines for good, and lines that hold only until the next call."""

    interval: float

    def show(self, lines: Sequence[Line], live: Sequence[Line]) -> None:
        """Print lines, then show the live ones under them."""

    def close(self) -> None:
        """Take away the live lines."""


class PlainSink:
    """Text without colour; the live lines are left out but for a word now and then (see `Console`)."""

    interval = 0.25

    def __init__(self, stream: TextIO) -> None:
        self._stream = SteadyStream(stream)

    def show(self, lines: Sequence[Line], live: Sequence[Line]) -> None:
        """See `Sink.show`."""
        del live
        if lines:
            text = "".join(f"{plain(one)}\n" for one in lines)
            encoding = self._stream.encoding
            self._stream.write(text.encode(encoding, "replace").decode(encoding))
            self._stream.flush()

    def close(self) -> None:
        """See `Sink.close`."""


class TerminalSink:
    """A terminal, through rich."""

    interval = 0.1  # ten times a second at most

    def __init__(self, stream: TextIO) -> None:
        from rich.console import Console  # noqa: PLC0415  slow to import, needed on a terminal only
        from rich.live import Live  # noqa: PLC0415  see above

        self._console = Console(file=stream, highlight=False, markup=False, emoji=False, soft_wrap=True)
        self._live = Live(console=self._console, auto_refresh=False, transient=True, redirect_stdout=False,
                          redirect_stderr=False, vertical_overflow="crop")  # fmt: skip
        self._started = False

    def show(self, lines: Sequence[Line], live: Sequence[Line]) -> None:
        """See `Sink.show`."""
        from rich.console import Group  # noqa: PLC0415  see above

        if live and not self._started:
            self._live.start()
            self._started = True
        if self._started:
            self._live.update(Group(*(self._text(one, crop=True) for one in live)))
        for one in lines:
            self._console.print(self._text(one), soft_wrap=True)
        if self._started:
            self._live.refresh()

    @staticmethod
    def _text(found: Line, *, crop: bool = False) -> Text:
        from rich.text import Text  # noqa: PLC0415  see above

        made = Text(no_wrap=crop, overflow="ellipsis" if crop else None)
        for span in found:
            made.append(safe(span.text), _COLOURS.get(span.style))
        return made

    def close(self) -> None:
        """See `Sink.close`."""
        if self._started:
            self._live.stop()
            self._started = False
