"""Values that must never show: replaced wherever they stand in what a run publishes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

STARS = "********"
_SHORTEST = 4  # characters; masking shorter texts would blot out ordinary output and hide nothing


class Mask:
    """A growing set of secret texts; shared by all threads of a run (additions are atomic)."""

    def __init__(self) -> None:
        self._secrets: frozenset[str] = frozenset()

    def add(self, value: Any) -> None:
        """Mask a value, and each text inside a list or mapping."""
        if isinstance(value, str):
            for text in {value, value.strip()}:
                if len(text) >= _SHORTEST and text not in self._secrets:
                    self._secrets |= {text}
        elif isinstance(value, Mapping):
            for item in value.values():
                self.add(item)
        elif isinstance(value, (list, tuple)):
            for item in value:
                self.add(item)

    def clean(self, value: Any) -> Any:
        """Return a value with every secret in it replaced; the same object when there is none."""
        if not self._secrets:
            return value
        return self._clean(value)

    def _clean(self, value: Any) -> Any:
        if isinstance(value, str):
            for secret in self._secrets:
                if secret in value:
                    value = value.replace(secret, STARS)
            return value
        if isinstance(value, Mapping):
            return {self._clean(key): self._clean(item) for key, item in value.items()}
        if isinstance(value, (list, tuple)):
            return [self._clean(item) for item in value]
        return value


def censored(result: Mapping[str, Any]) -> dict[str, Any]:
    """Return what may show of a result under no_log: whether it changed or failed, nothing else."""
    kept = {key: result[key] for key in ("changed", "failed", "skipped", "unreachable") if key in result}
    return {**kept, "censored": "the output has been hidden: no_log is set for this task"}
