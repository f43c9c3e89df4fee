"""Filters over dictionaries and lists of dictionaries."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from jinja2 import Environment, Undefined, pass_environment

from officefleet.errors import TemplateError
from officefleet.i18n import _
from officefleet.source.plugins.filters.lists import flatten
from officefleet.source.plugins.kinds import (
    Plugins,
    a_dictionary,
    a_list,
    fail_undefined,
    is_list,
    kind_of,
    require_defined,
    wrong_kind,
)

_LIST_MERGES = ("replace", "keep", "append", "prepend", "append_rp", "prepend_rp")


def combine(*terms: Any, recursive: bool = False, list_merge: str = "replace", **unknown: Any) -> Any:
    """Return one dictionary from several, the later ones win; lists merge as `list_merge` says."""
    if unknown:
        raise TemplateError(_("'recursive' and 'list_merge' are the only valid keyword arguments"))
    if list_merge not in _LIST_MERGES:
        raise TemplateError(
            _("combine: unknown list_merge {name}").format(name=list_merge),
            hint=_("one of {names}").format(names=", ".join(_LIST_MERGES)),
        )
    dictionaries = flatten(list(terms), levels=1)
    for one in dictionaries:
        if not isinstance(one, Mapping):
            raise TemplateError(
                _("failed to combine variables, expected dicts but got {kind}").format(kind=kind_of(one))
            )
        require_defined(one)
    merged: dict[Any, Any] = {}
    for one in dictionaries:
        merged = merge(merged, one, recursive=recursive, list_merge=list_merge)
    return merged


def merge(
    low: Mapping[Any, Any], high: Mapping[Any, Any], *, recursive: bool, list_merge: str
) -> dict[Any, Any]:
    """Return `low` overlaid by `high`; neither is changed."""
    merged = dict(low)
    if not recursive and list_merge == "replace":
        merged.update(high)
        return merged
    for key, value in high.items():
        old = merged.get(key)
        if recursive and isinstance(old, Mapping) and isinstance(value, Mapping):
            merged[key] = merge(old, value, recursive=True, list_merge=list_merge)
        elif isinstance(old, list) and isinstance(value, list):
            merged[key] = _merge_lists(old, value, list_merge)
        else:
            merged[key] = value
    return merged


def _merge_lists(low: list[Any], high: list[Any], how: str) -> list[Any]:
    if how == "keep":
        return low
    if how == "append":
        return low + high
    if how == "prepend":
        return high + low
    if how == "append_rp":
        return [item for item in low if item not in high] + high
    if how == "prepend_rp":
        return high + [item for item in low if item not in high]
    return high


def dict2items(value: Any, key_name: str = "key", value_name: str = "value") -> list[dict[str, Any]]:
    """Return a dictionary as a list of {key, value} dictionaries."""
    if not isinstance(value, Mapping):
        raise wrong_kind("dict2items", a_dictionary(), value)
    return [{key_name: key, value_name: item} for key, item in value.items()]


def items2dict(value: Any, key_name: Any = "key", value_name: Any = "value") -> dict[Any, Any]:
    """Return a list of {key, value} dictionaries as one dictionary."""
    if not is_list(value):
        raise wrong_kind("items2dict", a_list(), value)
    found = {}
    for item in value:
        pair = is_list(item) and isinstance(key_name, int) and isinstance(value_name, int)
        if not isinstance(item, Mapping) and not pair:
            raise wrong_kind("items2dict", _("a list of dictionaries"), item)
        names = range(len(item)) if pair else item
        if key_name not in names or value_name not in names:
            raise TemplateError(
                _(
                    "items2dict requires each dictionary in the list to contain the keys '{key}' and '{value}'"
                ).format(key=key_name, value=value_name),
                hint=_("name them with key_name and value_name"),
            )
        found[item[key_name]] = item[value_name]
    return found


@pass_environment
def extract(environment: Environment, key: Any, container: Any, morekeys: Any = None) -> Any:
    """Return an item of a container by key or index, then on through `morekeys`."""
    if isinstance(key, Undefined):
        fail_undefined(key)
    steps = [key] if morekeys is None else [key, *(morekeys if is_list(morekeys) else [morekeys])]
    value = container
    for step in steps:
        value = environment.getitem(value, step)
    return value


def subelements(value: Any, path: Any, skip_missing: bool = False) -> list[tuple[Any, Any]]:  # noqa: FBT001, FBT002  by position in playbooks
    """Return (item, sub-item) for each sub-item of the list that `path` leads to in each item."""
    if isinstance(value, Mapping):
        items = list(value.values())
    elif is_list(value):
        items = list(value)
    else:
        raise TemplateError(_("subelements: obj must be a list of dicts or a nested dict"))
    if isinstance(path, str):
        keys = path.split(".")
    elif is_list(path) and path:
        keys = list(path)
    else:
        raise TemplateError(_("subelements must be a list or a string, and not be empty"))
    return [(item, sub) for item in items for sub in _sub_list(item, keys, skip_missing=skip_missing)]


def _sub_list(item: Any, keys: list[str], *, skip_missing: bool) -> list[Any]:
    found = item
    for key in keys:
        if not isinstance(found, Mapping):
            raise TemplateError(_("subelements: the key {key} should point to a dictionary").format(key=key))
        if key not in found:
            if skip_missing:
                return []
            raise TemplateError(
                _("subelements: could not find '{key}' key in iterated item").format(key=key),
                hint=_("or set skip_missing=true"),
            )
        found = found[key]
    if not isinstance(found, list):
        raise TemplateError(
            _("subelements: the key {key} should point to a list").format(key=".".join(map(str, keys)))
        )
    return found


def rekey_on_member(value: Any, key: str, duplicates: str = "error") -> dict[Any, Any]:
    """Return a dictionary of the items of a list or dictionary, by the member `key` of each."""
    if duplicates not in ("error", "overwrite"):
        raise TemplateError(
            _("duplicates parameter to rekey_on_member has unknown value {name}").format(name=duplicates),
            hint=_("error or overwrite"),
        )
    if isinstance(value, Mapping):
        items = list(value.values())
    elif is_list(value):
        items = list(value)
    else:
        raise TemplateError(_("rekey_on_member: Type is not a valid list, set, or dict"))
    found: dict[Any, Any] = {}
    for item in items:
        if not isinstance(item, Mapping):
            raise TemplateError(_("rekey_on_member: List item is not a valid dict"))
        if key not in item:
            raise TemplateError(_("rekey_on_member: Key {key} was not found").format(key=key))
        name = item[key]
        if name in found and duplicates == "error":
            raise TemplateError(
                _("rekey_on_member: Key {value} is not unique, cannot correctly turn into dict").format(
                    value=name
                )
            )
        found[name] = item
    return found


# What is extracted from may be undefined: so is the result, and default() can catch it.
TOLERANT: Final[Plugins] = {"extract": extract}

FILTERS: Final[Plugins] = {
    "combine": combine,
    "dict2items": dict2items,
    "items2dict": items2dict,
    "rekey_on_member": rekey_on_member,
    "subelements": subelements,
}
