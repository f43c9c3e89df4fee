"""Values that must never show: replaced wherever they stand in what a run publishes."""

from __future__ import annotations

import dataclasses
import threading
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from officefleet.engine import secret_forms
from officefleet.engine.events import (
    BatchStarted,
    Event,
    HostFinished,
    Note,
    PlayStarted,
    TaskFinished,
    TaskProgress,
    TaskStarted,
)
from officefleet.source.secrets.sealed import Sealed

if TYPE_CHECKING:
    import re
    from collections.abc import Iterator

STARS = "********"
_SHORTEST = 4  # characters; masking shorter texts would blot out ordinary output and hide nothing
_LINE = 8  # characters of a line of a secret text that are worth hiding alone
_ORDINARY = frozenset({"true", "false", "none", "null"})  # a debconf answer is a secret argument, too


class Mask:
    """A growing set of secret texts; shared by all threads of a run.

    What is looked for is compiled into one expression; texts that come later are compiled apart and joined with
    what is there as soon as they are half as many, so that each is compiled a few times only, however many come.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._known: set[str] = set()
        self._fresh: set[str] = set()
        self._tiers: list[tuple[set[str], re.Pattern[str]]] = []
        self._patterns: tuple[re.Pattern[str], ...] | None = ()

    def add(self, value: Any) -> None:
        """Mask a value, and each text and number inside a list or mapping."""
        if isinstance(value, Mapping):
            for item in value.values():
                self.add(item)
        elif isinstance(value, (list, tuple)):
            for item in value:
                self.add(item)
        elif isinstance(value, (str, int, float)) and not isinstance(value, bool):
            for text in _parts(str(value)):
                self._add(text)

    def _add(self, text: str) -> None:
        if text in self._known or len(text.strip()) < _SHORTEST or text.lower() in _ORDINARY:
            return
        with self._lock:
            self._known.add(text)
            self._fresh |= {form for form in secret_forms.forms(text) if len(form) >= _SHORTEST}
            self._patterns = None

    def clean(self, value: Any) -> Any:
        """Return a value with every secret in it replaced; the same object when there is none."""
        if isinstance(value, str):
            return self._text(value)
        if isinstance(value, dict):
            return self._mapping(
                value, dict.items(value)
            )  # not its own items(): those would open what is sealed
        if isinstance(value, (list, tuple)):
            return self._list(value, list.__iter__(value) if isinstance(value, list) else iter(value))
        if isinstance(value, Mapping):
            return self._mapping(value, value.items())
        return STARS if self._is_secret(value) else value

    def _is_secret(self, value: Any) -> bool:
        """Return whether something other than text is a secret: still sealed, or a number."""
        number = value.__class__ is int or value.__class__ is float
        return isinstance(value, Sealed) or (number and str(value) in self._known)

    def clean_event(self, event: Event) -> Event:
        """Return an event with every secret in its texts and results replaced."""
        names = _TEXTS.get(type(event))
        if names is None:
            return event
        changes = {}
        for name in names:
            value = getattr(event, name)
            cleaned = self._items(value) if name == "items" and value else self.clean(value)
            if isinstance(event, TaskProgress) and name == "text":
                cleaned = self._ends(cleaned)
            if cleaned is not value:
                changes[name] = cleaned
        return dataclasses.replace(event, **changes) if changes else event

    def _items(self, items: Any) -> Any:
        """Clean (label, status, result) of each round of a loop."""
        return [(self._text(label), status, self.clean(result)) for label, status, result in items]

    def _ends(self, text: str) -> str:
        """Hide the parts of secrets at the ends of a text that was cut, as a line is that is still being written."""
        for secret in tuple(self._known):
            if len(text) >= _SHORTEST and text in secret:
                return STARS
            for size in range(min(len(secret), len(text) + 1) - 1, _SHORTEST - 1, -1):
                if text.endswith(secret[:size]):
                    text = text[:-size] + STARS
                    break
            for size in range(min(len(secret), len(text) + 1) - 1, _SHORTEST - 1, -1):
                if text.startswith(secret[-size:]):
                    text = STARS + text[size:]
                    break
        return text

    def _mapping(self, value: Any, items: Any) -> Any:
        made = {}
        same = True
        for key, item in items:
            new_key, new_item = self.clean(key), self.clean(item)
            same = same and new_key is key and new_item is item
            made[new_key] = new_item
        return value if same else made

    def _list(self, value: Any, items: Iterator[Any]) -> Any:
        made = []
        same = True
        for item in items:
            new = self.clean(item)
            same = same and new is item
            made.append(new)
        return value if same else made

    def _text(self, text: str) -> str:
        patterns = self._patterns
        if patterns is None:
            patterns = self._compile()
        spans: list[tuple[int, int]] = []
        for pattern in patterns:
            found = pattern.search(text)
            while found is not None:  # overlapping ones too: "abc" and "bcd" in "abcd" leave nothing
                spans.append(found.span())
                found = pattern.search(text, found.start() + 1)
        return _covered(text, sorted(spans)) if spans else text

    def _compile(self) -> tuple[re.Pattern[str], ...]:
        with self._lock:
            if self._patterns is None:
                texts, self._fresh = self._fresh, set()
                while self._tiers and len(self._tiers[-1][0]) < 2 * len(texts):
                    texts |= self._tiers.pop()[0]
                if texts:
                    self._tiers.append((texts, secret_forms.pattern(texts)))
                self._patterns = tuple(pattern for _texts, pattern in self._tiers)
            return self._patterns


_TEXTS: Mapping[type[Event], tuple[str, ...]] = {
    PlayStarted: ("play",),
    BatchStarted: ("play",),
    HostFinished: ("play",),
    TaskStarted: ("task",),
    TaskProgress: ("task", "text"),
    TaskFinished: ("task", "result", "items"),
    Note: ("text",),
}


def _parts(text: str) -> Iterator[str]:
    """Yield a text and what of it may show alone: without blanks around it, and its lines."""
    yield text
    yield text.strip()
    if "\n" in text:
        for line in text.splitlines():
            if len(line.strip()) >= _LINE:
                yield line.strip()


def _covered(text: str, spans: list[tuple[int, int]]) -> str:
    parts = []
    done = 0
    start, end = spans[0]
    for left, right in spans[1:]:
        if left > end:
            parts += [text[done:start], STARS]
            done, start = end, left
        end = max(end, right)
    return "".join([*parts, text[done:start], STARS, text[end:]])


def censored(result: Mapping[str, Any]) -> dict[str, Any]:
    """Return what may show of a result under no_log: whether it changed or failed, nothing else."""
    kept = {key: result[key] for key in ("changed", "failed", "skipped", "unreachable") if key in result}
    return {**kept, "censored": "the output has been hidden: no_log is set for this task"}
