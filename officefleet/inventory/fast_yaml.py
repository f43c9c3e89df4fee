"""Plain YAML values, fast: for the many files that are right.

PyYAML's own C loader composes nodes and then constructs values in Python. Here values are built straight
from libyaml's events, and what a plain scalar means is remembered: model files repeat the same few
thousand words. Measured on 20,000 pharmacy files (69 MB, one core): see ``bench/inventory.py``.
"""

from __future__ import annotations

from typing import Any

import yaml

try:
    from yaml._yaml import CParser as _Parser
except ImportError:  # PyYAML without libyaml: slower, same events

    class _Parser(yaml.reader.Reader, yaml.scanner.Scanner, yaml.parser.Parser):  # type: ignore[no-redef]
        def __init__(self, stream: bytes) -> None:
            yaml.reader.Reader.__init__(self, stream)
            yaml.scanner.Scanner.__init__(self)
            yaml.parser.Parser.__init__(self)


class FastYamlError(ValueError):
    """Something that only the marked loader judges: anchors, tags, merges, duplicate or odd keys."""


_MOST_REMEMBERED = 100_000
_DEEPEST = 100


class FastYaml:
    """Loads documents; keep one for many files, it remembers what scalars mean."""

    def __init__(self) -> None:
        self._meaning: dict[str, Any] = {}
        self._keys: set[str] = set()  # text that is itself, quoted or plain
        self._resolvers = yaml.SafeLoader.yaml_implicit_resolvers
        self._constructor = yaml.constructor.SafeConstructor()

    def load(self, content: bytes) -> Any:
        """Return the document in `content`, None when it is empty.

        Raises:
            FastYamlError: the marked loader must read it.
            yaml.YAMLError: not valid YAML.

        """
        if content[:2] in (b"\xff\xfe", b"\xfe\xff"):
            raise FastYamlError("UTF-16")
        if len(self._meaning) > _MOST_REMEMBERED:
            self._meaning.clear()
            self._keys.clear()
        parser = _Parser(content)
        event = parser.get_event
        event()  # the stream's start
        if event().__class__ is yaml.StreamEndEvent:
            return None
        value = self._value(event(), event, 0)
        event()  # the document's end
        if event().__class__ is not yaml.StreamEndEvent:
            raise FastYamlError("several documents")
        return value

    def _value(self, start: Any, event: Any, depth: int) -> Any:
        kind = start.__class__
        if kind is yaml.ScalarEvent:
            return self._scalar(start)
        if kind is yaml.AliasEvent or start.anchor is not None or start.tag is not None or depth > _DEEPEST:
            raise FastYamlError("anchors, aliases and tags")
        return self._mapping(event, depth) if kind is yaml.MappingStartEvent else self._list(event, depth)

    def _list(self, event: Any, depth: int) -> list[Any]:
        items: list[Any] = []
        while True:
            start = event()
            if start.__class__ is yaml.SequenceEndEvent:
                return items
            items.append(self._value(start, event, depth + 1))

    def _mapping(self, event: Any, depth: int) -> dict[str, Any]:
        mapping: dict[str, Any] = {}
        meaning, keys, scalar_event = self._meaning, self._keys, yaml.ScalarEvent
        while True:
            start = event()
            if start.__class__ is not scalar_event:
                if start.__class__ is yaml.MappingEndEvent:
                    return mapping
                raise FastYamlError("a key must be text")
            key = start.value
            if key not in keys or start.anchor is not None or start.tag is not None:
                key = self._key(start)
            if key in mapping:
                raise FastYamlError("a key is there twice")
            start = event()
            if start.__class__ is not scalar_event:
                mapping[key] = self._value(start, event, depth + 1)
            elif start.implicit[0] and start.anchor is None and start.value in meaning:
                mapping[key] = meaning[start.value]
            else:
                mapping[key] = self._scalar(start)

    def _key(self, start: Any) -> str:
        key = self._scalar(start)
        if key.__class__ is not str:
            raise FastYamlError("a key is no text")
        if start.implicit[0]:
            self._keys.add(key)
        return str(key)

    def _scalar(self, start: Any) -> Any:
        if start.anchor is not None or start.tag is not None:
            raise FastYamlError("anchors and tags")
        text = start.value
        if not start.implicit[0]:
            return text
        if text in self._meaning:
            return self._meaning[text]
        value = self._meaning[text] = self._resolve(text)
        return value

    def _resolve(self, text: str) -> Any:
        """Return what a plain scalar means; text when no pattern of YAML 1.1 fits."""
        for tag, pattern in self._resolvers.get(text[:1], ()):
            if pattern.match(text):
                try:
                    return self._constructor.construct_object(yaml.ScalarNode(tag, text))
                except (ValueError, yaml.YAMLError):
                    raise FastYamlError(text) from None
        return text
