"""Checks values against an argument specification; the wording is ansible-core's, playbooks read it."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

_TRUE = frozenset({"y", "yes", "on", "1", "true", "t"})
_FALSE = frozenset({"n", "no", "off", "0", "false", "f"})


def problems(spec: Mapping[str, Any], values: Mapping[str, Any], path: tuple[str, ...] = ()) -> list[str]:
    """Return what is wrong with values: unknown ones, missing ones, wrong types and choices.

    Args:
        spec: option name -> mapping with type, required, choices, elements, options, aliases, default.
        values: what was given.
        path: names of the options around these.

    """
    within = f" found in {' -> '.join(path)}" if path else ""
    found: list[str] = []
    options = {name: option if isinstance(option, Mapping) else {} for name, option in spec.items()}
    given = _by_name(options, values)
    known = {*options, *(alias for option in options.values() for alias in option.get("aliases") or ())}
    unknown = sorted(str(name) for name in values if name not in known)
    if unknown:
        names = ", ".join(".".join((*path, name)) for name in unknown)
        found.append(f"{names}. Supported parameters include: {', '.join(sorted(known))}.")
    missing = sorted(
        name for name, option in options.items() if option.get("required") and given.get(name) is None
    )
    if missing:
        found.append(f"missing required arguments: {', '.join(missing)}{within}")
    for name, option in options.items():
        if given.get(name) is not None:
            found += _of_option(name, option, given[name], path, within)
    return found


def _by_name(options: Mapping[str, Mapping[str, Any]], values: Mapping[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, option in options.items():
        for one in (name, *(option.get("aliases") or ())):
            if one in values:
                found[name] = values[one]
                break
    return found


def _of_option(
    name: str, option: Mapping[str, Any], value: Any, path: tuple[str, ...], within: str
) -> list[str]:
    wanted = str(option.get("type") or "str")
    try:
        value = convert(value, wanted)
    except (TypeError, ValueError) as error:
        text = f"argument '{name}' is of type {type(value).__name__}{within}"
        return [f"{text} and we were unable to convert to {wanted}: {error}"]
    elements = option.get("elements")
    if elements and isinstance(value, list):
        try:
            value = [convert(item, str(elements)) for item in value]
        except (TypeError, ValueError) as error:
            text = f"Elements value for option '{name}' is of type {type(value).__name__}{within}"
            return [f"{text} and we were unable to convert to {elements}: {error}"]
    found = _of_choices(name, option.get("choices"), value, within)
    inner = option.get("options")
    if isinstance(inner, Mapping):
        for one in value if isinstance(value, list) else [value]:
            if isinstance(one, Mapping):
                found += problems(inner, one, (*path, name))
    return found


def _of_choices(name: str, choices: Any, value: Any, within: str) -> list[str]:
    if not choices:
        return []
    shown = ", ".join(str(one) for one in choices)
    if not isinstance(value, list):
        wrong = "" if value in choices else f"{value}"
        return [f"value of {name} must be one of: {shown}, got: {wrong}{within}"] if wrong else []
    others = ", ".join(str(one) for one in value if one not in choices)
    return (
        [f"value of {name} must be one or more of: {shown}. Got no match for: {others}{within}"]
        if others
        else []
    )


def convert(value: Any, kind: str) -> Any:
    """Return a value as an option's type takes it.

    Raises:
        TypeError, ValueError: it cannot be taken so.

    """
    converter = _CONVERTERS.get(kind)
    return value if converter is None else converter(value)


def _text(value: Any) -> str:
    return value if isinstance(value, str) else str(value)


def _boolean(value: Any) -> bool:
    text = str(value).lower().strip()
    if isinstance(value, bool) or text in _TRUE | _FALSE:
        return value if isinstance(value, bool) else text in _TRUE
    raise TypeError(f"{type(value)} cannot be converted to a bool")


def _integer(value: Any) -> int:
    if (
        isinstance(value, bool)
        or not isinstance(value, (int, float, str))
        or int(float(value)) != float(value)
    ):
        raise TypeError(f"{type(value)} cannot be converted to an int")
    return int(value)


def _number(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float, str)):
        raise TypeError(f"{type(value)} cannot be converted to a float")
    return float(value)


def _list(value: Any) -> list[Any]:
    if isinstance(value, list):
        return value
    if isinstance(value, str):
        return [part.strip() for part in value.split(",")]
    if isinstance(value, (int, float)):
        return [str(value)]
    raise TypeError(f"{type(value)} cannot be converted to a list")


def _mapping(value: Any) -> Mapping[str, Any]:
    if isinstance(value, Mapping):
        return value
    if isinstance(value, str) and value.startswith("{"):
        found = json.loads(value)
        if isinstance(found, dict):
            return found
    if isinstance(value, str) and "=" in value:
        return dict(part.strip().split("=", 1) for part in value.replace(",", " ").split())
    raise TypeError(f"{type(value)} cannot be converted to a dict")


_CONVERTERS: Mapping[str, Callable[[Any], Any]] = {
    "str": _text, "path": _text, "bool": _boolean, "int": _integer, "float": _number, "list": _list,
    "dict": _mapping,
}  # fmt: skip
