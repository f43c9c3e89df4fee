"""Filters between values and JSON or YAML text."""

from __future__ import annotations

import json
from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from datetime import date, datetime
from typing import TYPE_CHECKING, Any, Final

import yaml
from jinja2 import Undefined

from officefleet.errors import TemplateError
from officefleet.i18n import _
from officefleet.source.plugins.kinds import Plugins, a_text, fail_undefined, text_of, wrong_kind
from officefleet.source.secrets.sealed import Sealed

_Loader: type[Any] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
if TYPE_CHECKING:
    _BaseDumper = yaml.SafeDumper
else:  # libyaml writes no "..." after a lone scalar, as ansible-core does not
    _BaseDumper = getattr(yaml, "CSafeDumper", yaml.SafeDumper)
_IGNORED = ("vault_to_text", "preprocess_unsafe")  # secrets and untrusted texts are plain texts here


class _Dumper(_BaseDumper):
    """Writes our marked values, tuples and the like as what they are underneath."""


def _undefined(_dumper: Any, value: Any) -> Any:
    fail_undefined(value)


def _mapping(dumper: _Dumper, value: Mapping[Any, Any]) -> yaml.Node:
    return dumper.represent_dict(dict(value.items()))


def _text(dumper: _Dumper, value: Any) -> yaml.Node:
    return dumper.represent_str(str(value))  # libyaml takes no subclass of str


_Dumper.add_multi_representer(Undefined, _undefined)
_Dumper.add_multi_representer(str, _text)
_Dumper.add_multi_representer(bytes, yaml.SafeDumper.represent_binary)
_Dumper.add_multi_representer(list, yaml.SafeDumper.represent_list)
_Dumper.add_multi_representer(tuple, yaml.SafeDumper.represent_list)
_Dumper.add_multi_representer(dict, _mapping)
_Dumper.add_representer(Sealed, _text)


def json_default(value: Any) -> Any:
    """Return what JSON writes for a value that it does not know."""
    if isinstance(value, Undefined):
        fail_undefined(value)
    if isinstance(value, (date, datetime)):
        return value.isoformat()
    if isinstance(value, bytes):
        return text_of(value)
    if isinstance(value, Sealed):
        return str(value)
    if isinstance(value, Mapping):
        return dict(value)
    if isinstance(value, (AbstractSet, range)) or hasattr(value, "__next__"):
        return list(value)
    if type(value).__name__ in ("dict_keys", "dict_values", "dict_items"):
        return list(value)
    raise wrong_kind("to_json", _("values that JSON knows"), value)


def to_json(value: Any, **options: Any) -> str:
    """Return a value as JSON; options are those of Python's ``json.dumps``."""
    if isinstance(value, Undefined):
        fail_undefined(value)
    wanted = {name: option for name, option in options.items() if name not in _IGNORED}
    try:
        return json.dumps(value, default=json_default, **wanted)
    except (TypeError, ValueError, RecursionError) as error:  # mixed keys that cannot be sorted, a loop
        raise TemplateError(_("to_json: {reason}").format(reason=error)) from None


def to_nice_json(value: Any, **options: Any) -> str:
    """Return a value as JSON with sorted keys, four spaces a level."""
    wanted = {"indent": 4, "sort_keys": True, "separators": (",", ": "), **options}
    return to_json(value, **wanted)


def to_yaml(value: Any, default_flow_style: bool | None = None, **options: Any) -> str:  # noqa: FBT001  PyYAML's
    """Return a value as YAML; options are those of PyYAML's ``dump``."""
    wanted = {"allow_unicode": True, "default_flow_style": default_flow_style, **_dump_options(options)}
    try:
        return str(yaml.dump(value, Dumper=_Dumper, **wanted))
    except yaml.YAMLError as error:
        raise TemplateError(_("to_yaml: {reason}").format(reason=error)) from None


def to_nice_yaml(value: Any, indent: int = 4, **options: Any) -> str:
    """Return a value as YAML, one item a line, four spaces a level."""
    options.pop("default_flow_style", None)
    return to_yaml(value, default_flow_style=False, indent=indent, **options)


def _dump_options(options: dict[str, Any]) -> dict[str, Any]:
    return {name: option for name, option in options.items() if name not in _IGNORED}


def from_json(value: Any, **options: Any) -> Any:
    """Return the value that a JSON text stands for."""
    if not isinstance(value, (str, bytes)):
        raise wrong_kind("from_json", a_text(), value)
    try:
        return json.loads(value, **options)
    except ValueError as error:
        raise TemplateError(_("from_json: not JSON: {reason}").format(reason=error)) from None
    except RecursionError:
        raise TemplateError(_("from_json: nested too deeply")) from None


def from_yaml(value: Any) -> Any:
    """Return the value that a YAML text stands for; anything but text as it is."""
    if not isinstance(value, (str, bytes)):
        return value
    try:
        return yaml.load(value, Loader=_Loader)  # noqa: S506  the loader is a safe one
    except yaml.YAMLError as error:
        raise TemplateError(_("from_yaml: not YAML: {reason}").format(reason=_one_line(error))) from None
    except (ValueError, RecursionError) as error:  # 2020-99-99 reads as a date
        raise TemplateError(_("from_yaml: {reason}").format(reason=error)) from None


def from_yaml_all(value: Any) -> Any:
    """Return the values of a text of several YAML documents as a list."""
    if not isinstance(value, (str, bytes)):
        return value
    try:
        return list(yaml.load_all(value, Loader=_Loader))
    except yaml.YAMLError as error:
        raise TemplateError(_("from_yaml_all: not YAML: {reason}").format(reason=_one_line(error))) from None
    except (ValueError, RecursionError) as error:
        raise TemplateError(_("from_yaml_all: {reason}").format(reason=error)) from None


def _one_line(error: Exception) -> str:
    return " ".join(str(error).split())


FILTERS: Final[Plugins] = {
    "from_json": from_json,
    "from_yaml": from_yaml,
    "from_yaml_all": from_yaml_all,
    "to_json": to_json,
    "to_nice_json": to_nice_json,
    "to_nice_yaml": to_nice_yaml,
    "to_yaml": to_yaml,
}
