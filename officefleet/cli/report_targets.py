"""What ``--output`` names: the subscribers of a run."""

from __future__ import annotations

import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from officefleet.errors import UsageError, nearest
from officefleet.i18n import _

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from contextlib import ExitStack

    from officefleet.cli.run_flags import RunFlags
    from officefleet.engine.events import Subscriber
    from officefleet.inventory import Inventory
    from officefleet.outputs.console import Console

_KINDS = ("console", "json", "junit", "html")
_NEED_FILE = frozenset({"junit", "html"})


@dataclass(slots=True)
class Reports:
    """A run's subscribers; `console` is one of them, or None."""

    subscribers: list[Subscriber] = field(default_factory=list)
    console: Console | None = None

    def warn_of_stream(self, error: OSError) -> None:
        """Tell that a report cannot be written any more; the run goes on."""
        self.warn(_("the report cannot be written: {reason}").format(reason=error.strerror or error))

    def warn(self, text: str) -> None:
        """Tell the person at the keyboard something that is not part of the run."""
        if self.console is not None:
            self.console.say(text)
        else:
            sys.stderr.write(text + "\n")


def parse_outputs(given: Sequence[str] | None) -> list[tuple[str, Path | None]]:
    """Return (kind, file) of each ``--output``; the console when there is none that writes to the screen.

    Raises:
        UsageError: an unknown kind, a missing file, two on standard output.

    """
    found: list[tuple[str, Path | None]] = []
    for text in given or ():
        kind, equal, name = text.partition("=")
        if kind not in _KINDS:
            close = nearest(kind, _KINDS)
            raise UsageError(
                _("no output is named {name!r}").format(name=kind),
                hint=_("did you mean {name}?").format(name=close)
                if close
                else _("one of {names}").format(names=", ".join(_KINDS)),
            )
        if kind in _NEED_FILE and not name:
            raise UsageError(_("--output {kind} needs a file: {kind}=FILE").format(kind=kind))
        if kind == "console" and equal:
            raise UsageError(_("--output console takes no file"))
        found.append((kind, Path(name) if name else None))
    screen = [kind for kind, file in found if file is None]
    if len(set(screen)) > 1:
        raise UsageError(
            _("two outputs want the screen: {names}").format(names=", ".join(screen)),
            hint=_("give one a file: json=FILE"),
        )
    return found if screen else [("console", None), *found]


def open_reports(
    outputs: Sequence[tuple[str, Path | None]], inventory: Inventory, flags: RunFlags, stack: ExitStack
) -> Reports:
    """Return the subscribers of a run, opened in `stack`.

    Raises:
        UsageError: a file cannot be written.

    """
    reports = Reports()
    home: Callable[[str], str | None] = inventory.pharmacy_of
    for kind, file in outputs:
        try:
            if kind == "console":
                from officefleet.outputs.console import Console  # noqa: PLC0415  each report loads what it needs

                reports.console = stack.enter_context(Console(home, verbosity=flags.verbose, diff=flags.diff))
                reports.subscribers.append(reports.console)
            elif kind == "json":
                from officefleet.outputs import jsonlines  # noqa: PLC0415  see above

                stream = sys.stdout if file is None else stack.enter_context(file.open("w", encoding="utf-8"))
                reports.subscribers.append(jsonlines.JsonLines(stream, home, reports.warn_of_stream))
            elif kind == "junit" and file is not None:
                from officefleet.outputs import junit  # noqa: PLC0415  see above

                reports.subscribers.append(stack.enter_context(junit.JUnit(file)))
            elif file is not None:
                from officefleet.outputs import html  # noqa: PLC0415  see above

                reports.subscribers.append(stack.enter_context(html.HtmlReport(file, home)))
        except OSError as error:
            raise UsageError(
                _("cannot write {file}: {reason}").format(file=file, reason=error.strerror or error)
            ) from None
    return reports
