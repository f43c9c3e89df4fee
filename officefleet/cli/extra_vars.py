"""Reads ``-e``: ``name=value`` pairs, a YAML or JSON mapping, or ``@file``."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from officefleet.errors import OfficefleetError, UsageError
from officefleet.i18n import _

if TYPE_CHECKING:
    from collections.abc import Sequence

    from officefleet.source.secrets import Opener


def read_extra_vars(given: Sequence[str], opener: Opener | None = None) -> dict[str, Any]:
    """Return the variables of all ``-e``; the last one of a name wins.

    Raises:
        UsageError: text that is neither pairs nor a mapping.
        SourceError: a file that cannot be read or understood.

    """
    found: dict[str, Any] = {}
    for text in given:
        found.update(_read(text.strip(), opener))
    return found


def _read(text: str, opener: Opener | None) -> Mapping[str, Any]:
    from officefleet.source import yaml  # noqa: PLC0415  PyYAML is not needed without -e

    if text.startswith("@"):
        value = yaml.load(Path(text[1:]).expanduser(), opener)
        if value is None:
            return {}
        if not isinstance(value, Mapping):
            raise UsageError(_("{file} must hold variables, NAME: VALUE").format(file=text[1:]))
        return value
    if text.startswith(("{", "[")):
        return _mapping(text)
    return _pairs(text)


def _mapping(text: str) -> Mapping[str, Any]:
    import yaml  # noqa: PLC0415  see above

    try:
        value = yaml.safe_load(text)
    except yaml.YAMLError:
        value = None
    if not isinstance(value, Mapping):
        raise UsageError(
            _("-e {text!r} is not a mapping").format(text=text),
            hint=_('write it as JSON, e.g. -e \'{"name": "value"}\''),
        )
    return {str(key): item for key, item in value.items()}


def _pairs(text: str) -> Mapping[str, Any]:
    from officefleet.playbook.freeform import parse_pairs  # noqa: PLC0415  see above

    try:
        pairs, rest = parse_pairs(text)
    except OfficefleetError as error:
        raise UsageError(error.message, hint=_("quote values with spaces: -e 'name=\"a b\"'")) from None
    if rest:
        raise UsageError(
            _("-e {text!r}: {word!r} is not name=value").format(text=text, word=rest[0]),
            hint=_("a file of variables is -e @FILE"),
        )
    return pairs
