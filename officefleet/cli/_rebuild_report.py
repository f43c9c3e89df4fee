"""Shows rebuilds as they go: for people, or one JSON object a line."""

from __future__ import annotations

import json
import sys
import threading
import time
from typing import TYPE_CHECKING, Any

from officefleet.cli._continuity import Terminal
from officefleet.cli.commands._image_common import size_text
from officefleet.i18n import _

if TYPE_CHECKING:
    from collections.abc import Mapping

    from officefleet.continuity.rebuild.journal import Rebuild
    from officefleet.continuity.rebuild.preflight import Plan
    from officefleet.continuity.road import Step

_EVERY = 5.0  # seconds between two lines of progress where no line can be drawn over


class Screen:
    """What several rebuilds write to, one line at a time.

    Args:
        terminal: the person.
        many: lines say whose they are.

    """

    def __init__(self, terminal: Terminal, *, many: bool) -> None:
        self._terminal = terminal
        self._lock = threading.Lock()
        self._many = many
        self._drawn = False

    @property
    def draws(self) -> bool:
        """Whether one line can be drawn over and over."""
        return sys.stderr.isatty() and not self._many

    def say(self, poste: str, text: str) -> None:
        """Show a line."""
        with self._lock:
            self._clear()
            self._terminal.say(f"{poste}: {text.strip()}" if self._many else text)

    def draw(self, text: str) -> None:
        """Draw a line that the next one replaces."""
        with self._lock:
            sys.stderr.write(f"\r\033[K{text}")
            sys.stderr.flush()
            self._drawn = True

    def _clear(self) -> None:
        if self._drawn:
            sys.stderr.write("\r\033[K")
            sys.stderr.flush()
            self._drawn = False


class Aside(Terminal):
    """The person beside a program that reads standard output: told on standard error, and asked nothing."""

    def __init__(self, *, yes: bool) -> None:
        super().__init__(yes=yes)
        self._confirmed = yes

    def say(self, text: str) -> None:
        """Show a line."""
        sys.stderr.write(text + "\n")
        sys.stderr.flush()

    def confirm(self, question: str) -> bool:
        """Return whether all was confirmed beforehand."""
        del question
        return self._confirmed


class Voice:
    """The person, as one of several rebuilds speaks to them; they have said yes to all at once.

    Args:
        screen: what all write to.
        poste: whose lines these are.

    """

    def __init__(self, screen: Screen, poste: str) -> None:
        self._screen = screen
        self._poste = poste

    def say(self, text: str) -> None:
        """Show a line."""
        self._screen.say(self._poste, text)

    def confirm(self, question: str) -> bool:
        """Return the yes that was given for all."""
        del question
        return True


class RebuildReport:
    """Follows one rebuild for people."""

    def __init__(self, screen: Screen, poste: str) -> None:
        self._screen = screen
        self._poste = poste
        self._begun = time.monotonic()
        self._told = time.monotonic()

    def planned(self, plan: Plan, seconds: float) -> None:
        """Tell of the preflight's result."""
        order = plan.order
        self._line(_("preflight"), seconds, _("image {image} {version}, {size}, from {store}").format(
            image=order.image, version=order.version, size=size_text(plan.content), store=order.store))  # fmt: skip
        for warning in plan.warnings:
            self._say(f"    {warning}")

    def resumed(self, rebuild: Rebuild) -> None:
        """Tell that an interrupted rebuild goes on."""
        self._say(
            _(
                "The rebuild of {poste}, begun by {user} on {controller} at {when}, was interrupted and goes on."
            ).format(
                poste=rebuild.poste, user=rebuild.user, controller=rebuild.controller, when=rebuild.since
            )
        )

    def kept(self, step: Step) -> None:
        """Tell of a step that an earlier command has done."""
        self._say(f"  {title(step.name)}: " + _("done before"))

    def begun(self, step: Step, *, back: bool) -> None:
        """Tell of a step that begins: only when it is done is there something to say."""

    def ended(self, step: Step, note: str, seconds: float, *, back: bool) -> None:
        """Tell of a step that is done."""
        del back
        self._line(title(step.name), seconds, note)

    def progress(self, event: Mapping[str, Any]) -> None:
        """Tell how far the restore is."""
        text = progress_text(event)
        if self._screen.draws:
            self._screen.draw(f"  {text}")
        elif time.monotonic() - self._told >= _EVERY:
            self._told = time.monotonic()
            self._say(f"    {text}")

    def waiting(self, text: str) -> None:
        """Tell what a person has to do, or what is waited for."""
        self._say(f"  -> {text}")

    def close(self, text: str) -> None:
        """Say how it ended and how long it took."""
        self._say(_("{text} ({seconds:.0f} s)").format(text=text, seconds=time.monotonic() - self._begun))

    def failed(self, message: str, hint: str, code: int) -> None:
        """Say why it did not end well; only where several are rebuilt."""
        del code
        self._say(_("FAILED: {message}").format(message=message) + (f" ({hint})" if hint else ""))

    def _line(self, name: str, seconds: float, note: str) -> None:
        tail = f"  {note}" if note else ""
        self._say(f"  {name:<28} {seconds:5.1f} s{tail}")

    def _say(self, text: str) -> None:
        self._screen.say(self._poste, text)


class JsonReport:
    """Follows one rebuild for programs: one object a line on standard output, ``event`` says what it is."""

    _lock = threading.Lock()

    def __init__(self, poste: str) -> None:
        self._poste = poste
        self._begun = time.monotonic()

    def planned(self, plan: Plan, seconds: float) -> None:
        """Tell of the preflight's result."""
        order = plan.order
        self._put("planned", image=order.image, version=order.version, store=order.store, bytes=plan.content,
                  preserved=list(order.preserved), warnings=list(plan.warnings), seconds=round(seconds, 3))  # fmt: skip

    def resumed(self, rebuild: Rebuild) -> None:
        """Tell that an interrupted rebuild goes on."""
        self._put(
            "resumed",
            rebuild=rebuild.id,
            user=rebuild.user,
            controller=rebuild.controller,
            since=rebuild.since,
        )

    def kept(self, step: Step) -> None:
        """Tell of a step that an earlier command has done."""
        self._put("step", step=step.name, state="kept")

    def begun(self, step: Step, *, back: bool) -> None:
        """Tell of a step that begins."""
        del back
        self._put("step", step=step.name, state="begun")

    def ended(self, step: Step, note: str, seconds: float, *, back: bool) -> None:
        """Tell of a step that is done."""
        del back
        self._put("step", step=step.name, state="done", seconds=round(seconds, 3), note=note)

    def progress(self, event: Mapping[str, Any]) -> None:
        """Tell how far the restore is."""
        names = ("phase", "done", "total", "fetched", "written", "rate", "seconds_left")
        self._put("progress", **{name: event.get(name) for name in names})

    def waiting(self, text: str) -> None:
        """Tell what a person has to do, or what is waited for."""
        self._put("waiting", text=text)

    def close(self, text: str) -> None:
        """Say how it ended and how long it took."""
        self._put("rebuilt", text=text, seconds=round(time.monotonic() - self._begun, 3))

    def failed(self, message: str, hint: str, code: int) -> None:
        """Say why it did not end well."""
        self._put("failed", message=message, hint=hint, exit=code)

    def _put(self, event: str, **fields: Any) -> None:
        text = json.dumps(
            {"event": event, "poste": self._poste, "at": round(time.time(), 3), **fields}, ensure_ascii=False
        )
        with self._lock:
            sys.stdout.write(text + "\n")
            sys.stdout.flush()


def progress_text(event: Mapping[str, Any]) -> str:
    """Return one line: phase, share, rate, bytes written, time left."""
    phases = {"compare": _("restoring"), "verify": _("reading back"), "finish": _("finishing")}
    done, total = _number(event.get("done")), _number(event.get("total"))
    share = 100 * done / total if total else 100.0
    left = event.get("seconds_left")
    parts = [
        f"{phases.get(str(event.get('phase')), _('restoring'))} {share:.0f} %",
        f"{size_text(_number(event.get('rate')))}/s",
        _("{size} fetched").format(size=size_text(_number(event.get("fetched")))),
        _("{size} written").format(size=size_text(_number(event.get("written")))),
    ]
    if isinstance(left, (int, float)):
        parts.append(_("{seconds} s left").format(seconds=round(left)))
    return ", ".join(parts)


def title(name: str) -> str:
    """Return a step's name for people."""
    return {
        "rescue": _("rescue environment"),
        "restore": _("image and identity"),
        "restart": _("restart"),
        "role": _("configuration"),
        "verify": _("proof"),
        "binder": _("binder"),
    }[name]


def _number(value: Any) -> float:
    return float(value) if isinstance(value, (int, float)) else 0.0
