"""Canonical JSON: one value has one encoding, so that a signature covers meaning and not just bytes."""

from __future__ import annotations

import json
from typing import Any


def encode(value: Any) -> bytes:
    """Return the only encoding of `value`: sorted keys, no spaces, ASCII, no floats.

    Raises:
        ValueError: the value holds a float or something that JSON has no form for.

    """
    _refuse_floats(value)
    return json.dumps(
        value, sort_keys=True, separators=(",", ":"), ensure_ascii=True, allow_nan=False
    ).encode("ascii")


def decode(data: bytes) -> Any:
    """Return the value whose encoding is exactly `data`.

    Raises:
        ValueError: `data` is not JSON, or not the canonical form of what it says.

    """
    value = json.loads(data.decode("ascii"), parse_float=_no_float, parse_constant=_no_float)
    if encode(value) != data:
        raise ValueError("not in canonical form")
    return value


def _no_float(text: str) -> Any:
    raise ValueError(f"{text} is not allowed")


def _refuse_floats(value: Any) -> None:
    if isinstance(value, float):
        raise ValueError("floats have no canonical form")  # noqa: TRY004  one error for all bad values
    if isinstance(value, dict):
        for key, item in value.items():
            if not isinstance(key, str):
                raise ValueError("keys must be strings")  # noqa: TRY004  same
            _refuse_floats(item)
    elif isinstance(value, list | tuple):
        for item in value:
            _refuse_floats(item)
