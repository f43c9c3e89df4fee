"""Filters over dictionaries and lists of dictionaries."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from jinja2 import Environment, pass_environment

from officefleet.errors import TemplateError
from officefleet.i18n import _
from officefleet.source.plugins.filters.lists import flatten
from officefleet.source.plugins.kinds import Plugins, a_dictionary, a_list, is_list, wrong_kind

_LIST_MERGES = ("replace", "keep", "append", "prepend", "append_rp", "prepend_rp")


def combine(*terms: Any, recursive: bool = False, list_merge: str = "replace") -> Any:
    """Return one dictionary from several, the later ones win; lists merge as `list_merge` says."""
    if list_merge not in _LIST_MERGES:
        raise TemplateError(
            _("combine: unknown list_merge {name}").format(name=list_merge),
            hint=_("one of {names}").format(names=", ".join(_LIST_MERGES)),
        )
    dictionaries = flatten(list(terms), levels=1)
    for one in dictionaries:
        if not isinstance(one, Mapping):
            raise wrong_kind("combine", _("dictionaries"), one)
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


def items2dict(value: Any, key_name: str = "key", value_name: str = "value") -> dict[Any, Any]:
    """Return a list of {key, value} dictionaries as one dictionary."""
    if not is_list(value):
        raise wrong_kind("items2dict", a_list(), value)
    found = {}
    for item in value:
        if not isinstance(item, Mapping):
            raise wrong_kind("items2dict", _("a list of dictionaries"), item)
        if key_name not in item or value_name not in item:
            raise TemplateError(
                _("items2dict: an item has no {key} or no {value}").format(key=key_name, value=value_name),
                hint=_("name them with key_name and value_name"),
            )
        found[item[key_name]] = item[value_name]
    return found


@pass_environment
def extract(environment: Environment, key: Any, container: Any, morekeys: Any = None) -> Any:
    """Return an item of a container by key or index, then on through `morekeys`."""
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
        raise wrong_kind("subelements", _("a list or a dictionary"), value)
    if isinstance(path, str):
        keys = path.split(".")
    elif is_list(path):
        keys = list(path)
    else:
        raise wrong_kind("subelements", _("a key, or a list of keys"), path)
    return [(item, sub) for item in items for sub in _sub_list(item, keys, skip_missing=skip_missing)]


def _sub_list(item: Any, keys: list[str], *, skip_missing: bool) -> list[Any]:
    found = item
    for key in keys:
        if not isinstance(found, Mapping):
            raise wrong_kind("subelements", _("a dictionary at {key}").format(key=key), found)
        if key not in found:
            if skip_missing:
                return []
            raise TemplateError(
                _("subelements: an item has no {key}").format(key=key), hint=_("or set skip_missing=true")
            )
        found = found[key]
    if not isinstance(found, list):
        raise wrong_kind("subelements", _("a list at {key}").format(key=".".join(keys)), found)
    return found


def rekey_on_member(value: Any, key: str, duplicates: str = "error") -> dict[Any, Any]:
    """Return a dictionary of the items of a list or dictionary, by the member `key` of each."""
    if duplicates not in ("error", "overwrite"):
        raise TemplateError(
            _("rekey_on_member: unknown duplicates {name}").format(name=duplicates),
            hint=_("error or overwrite"),
        )
    if isinstance(value, Mapping):
        items = list(value.values())
    elif is_list(value):
        items = list(value)
    else:
        raise wrong_kind("rekey_on_member", _("a list or a dictionary"), value)
    found: dict[Any, Any] = {}
    for item in items:
        if not isinstance(item, Mapping):
            raise wrong_kind("rekey_on_member", _("a list of dictionaries"), item)
        if key not in item:
            raise TemplateError(_("rekey_on_member: an item has no {key}").format(key=key))
        name = item[key]
        if name in found and duplicates == "error":
            raise TemplateError(_("rekey_on_member: {value} is there twice").format(value=name))
        found[name] = item
    return found


FILTERS: Final[Plugins] = {
    "combine": combine,
    "dict2items": dict2items,
    "extract": extract,
    "items2dict": items2dict,
    "rekey_on_member": rekey_on_member,
    "subelements": subelements,
}
