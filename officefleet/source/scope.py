"""The variables of one task on one host, looked up lazily in layers.

Only what a template names is rendered. Values that came from hosts stand in untrusted layers and are never evaluated.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from officefleet.errors import TemplateError
from officefleet.i18n import _
from officefleet.source.yaml import mark_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from officefleet.source.template import Templar

_MAX_DEPTH = 60  # variables that lead to variables: deeper than that is a loop in practice


class TooEarlyError(Exception):
    """A value cannot be known yet; passes through rendering unchanged."""


class NeedsResultError(TooEarlyError):
    """A name whose value a task that is still under way will give; raised by scopes that look ahead."""


class NeedsBarrierError(TooEarlyError):
    """A task looks at other hosts: all must have come as far as this one first."""


class Scope(Mapping[str, Any]):
    """The variables of one task on one host, low to high precedence.

    Args:
        layers: (mapping, trusted) pairs; the last one wins. Values of a trusted layer are templates.
        templar: renders them.
        pending: called with a name before the lookup; raises NeedsResultError for one that is not known yet.
        hidden: names that can be looked up but are not listed.

    """

    __slots__ = ("_busy", "_cache", "_hidden", "_layers", "_pending", "templar")

    def __init__(
        self,
        layers: Sequence[tuple[Mapping[str, Any], bool]],
        templar: Templar,
        pending: Callable[[str], None] | None = None,
        hidden: frozenset[str] = frozenset(),
    ) -> None:
        self._layers = layers[::-1]
        self.templar = templar
        self._cache: dict[str, Any] = {}
        self._busy: list[str] = []
        self._pending = pending
        self._hidden = hidden

    def __getitem__(self, name: str) -> Any:
        if name in self._cache:
            return self._cache[name]
        if self._pending is not None:
            self._pending(name)
        for layer, trusted in self._layers:
            if name in layer:
                value = layer[name]
                if trusted and self.templar.is_template(value):
                    value = self._render(name, value)
                self._cache[name] = value
                return value
        if name == "vars":
            return self  # all variables as a mapping
        raise KeyError(name)

    def _render(self, name: str, value: Any) -> Any:
        if name in self._busy or len(self._busy) > _MAX_DEPTH:
            chain = " -> ".join([*self._busy, name])
            raise TemplateError(
                _("variables that need each other: {chain}").format(chain=chain), mark=mark_of(value)
            )
        self._busy.append(name)
        try:
            return self.templar.render(value, self)
        finally:
            self._busy.pop()

    def __contains__(self, name: object) -> bool:
        if name in self._cache:
            return True
        if self._pending is not None and isinstance(name, str):
            self._pending(name)
        return name == "vars" or any(name in layer for layer, _trusted in self._layers)

    def __iter__(self) -> Iterator[str]:
        seen: set[str] = set(self._hidden)
        for layer, _trusted in self._layers:
            for name in layer:
                if name not in seen:
                    seen.add(name)
                    yield name

    def __len__(self) -> int:
        return sum(1 for _name in self)

    def rebind(self, pending: Callable[[str], None] | None) -> None:
        """Guard lookups in another way from now on; what was rendered stays."""
        self._pending = pending

    def child(self, extra: Mapping[str, Any], *, trusted: bool = False) -> Scope:
        """Return a scope with one more layer on top."""
        return Scope([*self._layers[::-1], (extra, trusted)], self.templar, self._pending, self._hidden)
