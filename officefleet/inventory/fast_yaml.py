"""Plain YAML values, fast: for the many files that are right."""

from __future__ import annotations

from typing import Any

import yaml

_Loader: type[Any] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class FastYamlError(ValueError):
    """The fast way does not read this; read it with marks, which says why or reads it."""


def fast_load(content: bytes) -> Any:
    """Return the document in `content` without marks.

    Raises:
        FastYamlError: something that only the marked loader judges.
        yaml.YAMLError: not valid YAML.

    """
    return yaml.load(content, Loader=_Loader)  # noqa: S506  it is the safe loader
