"""YAML whose every value knows where it stands.

Mappings, sequences and strings come back as `MarkedDict`, `MarkedList` and `MarkedStr`: subclasses of the
builtins that carry the `Mark` of their first character. Built on PyYAML's C composer (libyaml); the schema is
YAML 1.1 as Ansible reads it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import yaml

from officefleet.errors import Mark, SourceError, YamlError
from officefleet.i18n import _
from officefleet.source.secrets.sealed import Opener, Sealed, nothing_opens
from officefleet.source.secrets.vaults import is_sealed

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_Loader: type[Any] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_SEALED_TAGS = frozenset({"!vault", "!vault-encrypted", "!age"})


class MarkedStr(str):
    """A string with its place; `trusted` is False for ``!unsafe``: never evaluated as a template."""

    __slots__ = ("mark", "trusted")
    mark: Mark
    trusted: bool


class MarkedDict(dict[str, Any]):
    """A mapping with its place and the place of each key."""

    __slots__ = ("key_marks", "mark")
    mark: Mark
    key_marks: dict[str, Mark]


class MarkedList(list[Any]):
    """A sequence with its place and the place of each item."""

    __slots__ = ("item_marks", "mark")
    mark: Mark
    item_marks: list[Mark]


def mark_of(value: object, default: Mark | None = None) -> Mark | None:
    """Return the place of a value that `load` returned, else `default`."""
    found = getattr(value, "mark", None)
    return found if isinstance(found, Mark) else default


def key_mark(mapping: object, key: str) -> Mark | None:
    """Return the place of `key` in a mapping that `load` returned, else the mapping's own place."""
    marks = getattr(mapping, "key_marks", None)
    return (marks or {}).get(key) or mark_of(mapping)


def read_text(path: Path, opener: Opener | None = None) -> str:
    """Return a file's text; that of an encrypted file is told to the opener's `revealed`.

    Raises:
        SourceError: the file cannot be read or is not UTF-8.
        SecretError: it is encrypted and nothing opens it.

    """
    try:
        if opener is not None:
            return opener.read(path).decode("utf-8-sig")
        data = path.read_bytes()
        if is_sealed(data):
            raise nothing_opens(Mark(str(path)))
        return data.decode("utf-8-sig")
    except OSError as error:
        reason = error.strerror or str(error)
        raise SourceError(
            _("cannot read the file: {reason}").format(reason=reason), mark=Mark(str(path))
        ) from None
    except UnicodeDecodeError as error:
        raise SourceError(
            _("the file is not UTF-8 (byte {offset})").format(offset=error.start),
            mark=Mark(str(path)),
            hint=_("save it as UTF-8"),
        ) from None


def load(path: Path, opener: Opener | None = None) -> Any:
    """Return the first document of a YAML file, or None for an empty file.

    Args:
        path: the file; it may be encrypted as a whole.
        opener: opens it and its encrypted values (``!vault``, ``!age``), the latter when they are used.

    Raises:
        SourceError: unreadable.
        SecretError: encrypted as a whole, and nothing opens it.
        YamlError: not valid YAML, several documents, a duplicate or non-text key.

    """
    if opener is not None and is_sealed_file(path):
        return _load_sealed(path, opener)
    return loads(read_text(path), str(path), opener)


def is_sealed_file(path: Path) -> bool:
    """Return whether a file is encrypted as a whole; False for one that cannot be read."""
    try:
        with path.open("rb") as stream:
            return is_sealed(stream.read(64))
    except OSError:
        return False  # whoever reads it whole says why


def _load_sealed(path: Path, opener: Opener) -> Any:
    """Return the document of an encrypted file; all that stands in it is secret."""
    plain = opener.open(path.read_bytes(), Mark(str(path)))
    try:
        document = loads(plain.decode("utf-8-sig"), str(path), opener)
    except (YamlError, UnicodeDecodeError) as error:  # the parser's words may quote the text
        mark = getattr(error, "mark", None) or Mark(str(path))
        raise YamlError(
            _("the encrypted file holds invalid YAML"), mark=mark, hint=_("see `officefleet vault edit`")
        ) from None
    opener.expose(document)
    return document


def loads(text: str, name: str, opener: Opener | None = None) -> Any:
    """Return the document in `text`; `name` is the file that marks and errors will show."""
    try:
        node = yaml.compose(text, Loader=_Loader)
    except yaml.MarkedYAMLError as error:
        raise _yaml_error(error, name) from None
    except yaml.YAMLError as error:
        raise YamlError(str(error), mark=Mark(name)) from None
    if node is None:
        return None
    try:
        return _Builder(name, opener).build(node)
    except RecursionError:
        raise YamlError(_("the document is nested too deeply"), mark=Mark(name)) from None


def _yaml_error(error: yaml.MarkedYAMLError, name: str) -> YamlError:
    place = error.problem_mark or error.context_mark
    mark = Mark(name, place.line + 1, place.column + 1) if place else Mark(name)
    problem = error.problem or error.context or "?"
    hint = ""
    if "mapping values are not allowed" in problem:
        hint = _("quote the value, or check the indentation")
    elif "cannot start any token" in problem and "\\t" in problem:
        hint = _("indent with spaces, not tabs")
    elif "found unexpected" in problem or "did not find expected" in problem:
        hint = _("check the quotes and the indentation of the lines above")
    return YamlError(_("invalid YAML: {problem}").format(problem=problem), mark=mark, hint=hint)


class _Builder:
    """Turns a node tree into marked values; scalars are resolved by PyYAML's own constructor."""

    def __init__(self, name: str, opener: Opener | None = None) -> None:
        self._name = name
        self._opener = opener
        self._constructor = yaml.constructor.SafeConstructor()
        self._open: set[int] = set()

    def build(self, node: yaml.Node) -> Any:
        if isinstance(node, yaml.ScalarNode):
            return self._scalar(node)
        if id(node) in self._open:
            raise YamlError(_("an alias that contains itself"), mark=self._mark(node))
        self._open.add(id(node))
        try:
            return self._sequence(node) if isinstance(node, yaml.SequenceNode) else self._mapping(node)
        finally:
            self._open.discard(id(node))

    def _mark(self, node: yaml.Node) -> Mark:
        return Mark(self._name, node.start_mark.line + 1, node.start_mark.column + 1)

    def _scalar(self, node: yaml.ScalarNode) -> Any:
        if node.tag in ("tag:yaml.org,2002:str", "!unsafe"):
            text = MarkedStr(node.value)
            text.mark = self._mark(node)
            text.trusted = node.tag != "!unsafe"
            return text
        if node.tag in _SEALED_TAGS:
            return Sealed(node.value, self._mark(node), self._opener)
        if node.tag.startswith("!"):
            raise YamlError(
                _("unknown tag {tag}").format(tag=node.tag),
                mark=self._mark(node),
                hint=_("known tags: !unsafe, !vault, !age"),
            )
        try:
            return self._constructor.construct_object(node)
        except (ValueError, yaml.YAMLError) as error:
            raise YamlError(str(error).splitlines()[0], mark=self._mark(node)) from None

    def _sequence(self, node: yaml.SequenceNode) -> MarkedList:
        items = MarkedList(self.build(child) for child in node.value)
        items.mark = self._mark(node)
        items.item_marks = [self._mark(child) for child in node.value]
        return items

    def _mapping(self, node: yaml.Node) -> MarkedDict:
        mapping = MarkedDict()
        mapping.mark = self._mark(node)
        mapping.key_marks = {}
        for key_node, value_node in self._pairs(node):
            key = self.build(key_node)
            if isinstance(key, (dict, list, Sealed)):
                hint = _("quote a value that begins with {{") if isinstance(key, dict) else ""
                raise YamlError(_("a key must be text"), mark=self._mark(key_node), hint=hint)
            if key in mapping.key_marks:
                raise YamlError(
                    _("duplicate key {key!r}, first at line {line}").format(
                        key=str(key), line=mapping.key_marks[key].line
                    ),
                    mark=self._mark(key_node),
                    hint=_("keep one of the two"),
                )
            mapping.key_marks[key] = self._mark(key_node)
            mapping[key] = self.build(value_node)
        return mapping

    def _pairs(self, node: yaml.Node) -> Iterator[tuple[yaml.Node, yaml.Node]]:
        """Yield a mapping's pairs, ``<<`` merges first and only for keys that it does not set itself."""
        own = [pair for pair in node.value if pair[0].tag != "tag:yaml.org,2002:merge"]
        seen = {key.value for key, _value in own if isinstance(key, yaml.ScalarNode)}
        for key, value in node.value:
            if key.tag == "tag:yaml.org,2002:merge":
                for source in value.value if isinstance(value, yaml.SequenceNode) else [value]:
                    for inner_key, inner_value in self._pairs(source):
                        if inner_key.value not in seen:
                            seen.add(inner_key.value)
                            yield inner_key, inner_value
        yield from own
