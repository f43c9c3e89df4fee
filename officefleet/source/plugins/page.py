"""Writes `docs/filters.md` from the plugins themselves."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from jinja2.filters import FILTERS as JINJA_FILTERS
from jinja2.tests import TESTS as JINJA_TESTS

from officefleet.source import plugins
from officefleet.source.plugins import differences
from officefleet.source.plugins.filters.unrolled import LAZY

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from officefleet.source.plugins.kinds import Plugin

_HEAD: Final = """\
# Filters, tests and lookups

Everything that a template can use besides Jinja's own, as ansible-core 2.18 documents it. Short names and
`ansible.builtin.NAME` (or `ansible.legacy.NAME`) mean the same. All of it runs on the controller; what touches files, commands or the network is the
controller's. Values keep their types, and nothing that comes out of a lookup or from a host is ever evaluated as a template.

This page is written by `python -m officefleet.source.plugins > docs/filters.md`; a test fails when it is out of date.
The same cases (`tests/source/cases/*.yaml`, `tests/engine/cases/filters` and `lookups`) run here and under ansible-core,
and each one marked as different must be so.

A playbook may bring its own: `filter_plugins/`, `test_plugins/` and `lookup_plugins/` beside it, in its roles, or where
`ANSIBLE_FILTER_PLUGINS` and so on or `ansible.cfg` say. What they import must be installed beside officefleet; a lookup
plugin needs ansible-core there. They run on the controller, with its rights, like the lookup `pipe`.
"""

_TAIL: Final = """\
## Language

- Inside `{{ ... }}` a backslash in a text means itself, as in Ansible: `regex_replace('(a)', '\\1')` needs no doubling.
  The escaped quote of the text itself (`'it\\'s'`) works too; in Ansible it is an error.
- `lookup` joins texts by commas and gives one value as it is; `query` and `q` always give a list. Both take `wantlist`
  and `errors` (`strict`, `warn`, `ignore`).
- A template has limits: 10 seconds of CPU in loops and macros, texts of 32 million characters, lists of 2 million items,
  numbers of 200,000 bits. Beyond them is an error at its place, not a controller without memory.
- An undefined argument is an error before the filter runs, except for `default`, `mandatory`, `ternary` and `type_debug`.
"""


def page() -> str:
    """Return the text of the page."""
    return "\n".join(_lines())


def _lines() -> Iterator[str]:
    yield _HEAD
    yield from _table("Filters", _short(plugins.filters(), LAZY), differences.FILTERS)
    yield "Jinja's own filters are there too; those that give generators give lists: " + _names(LAZY) + "."
    yield "The others: " + _names(set(JINJA_FILTERS) - set(plugins.filters())) + ".\n"
    yield from _table("Tests", _short(plugins.tests()), differences.TESTS)
    words = {name for name in JINJA_TESTS if name.isidentifier()}
    yield "Jinja's own tests are there too: " + _names(words - set(plugins.tests())) + ".\n"
    yield from _table("Lookups", dict(plugins.lookups().lookups), differences.LOOKUPS)
    yield from _table("Functions", plugins.functions(), {})
    yield "## Not here\n"
    yield "| kind | name | why |\n|---|---|---|"
    for (kind, name), why in sorted(differences.LEFT_OUT.items()):
        yield f"| {kind} | `{name}` | {why} |"
    yield ""
    yield _TAIL.rstrip("\n") + "\n"


def _short(found: Mapping[str, Plugin], without: tuple[str, ...] = ()) -> dict[str, Plugin]:
    return {name: plugin for name, plugin in found.items() if "." not in name and name not in without}


def _names(names: set[str] | tuple[str, ...]) -> str:
    return ", ".join(f"`{name}`" for name in sorted(names))


def _table(title: str, found: Mapping[str, Plugin], differs: Mapping[str, str]) -> Iterator[str]:
    """Yield a table; names of one function share a row."""
    rows: dict[str, list[str]] = {}
    for name in sorted(found):
        rows.setdefault(_sentence(found[name]), []).append(name)
    yield f"## {title}\n"
    yield "| name | what it does | compared with ansible-core |\n|---|---|---|"
    for sentence, names in sorted(rows.items(), key=lambda row: row[1]):
        marks = [differs[name] for name in names if name in differs]
        mark = f"**differs**: {marks[0]}" if marks else "same"
        yield f"| {_names(tuple(names))} | {sentence} | {mark} |"
    yield ""


def _sentence(plugin: Plugin) -> str:
    text = (plugin.__doc__ or "").strip().splitlines()[0]
    return text.replace("``", "`").replace("|", "\\|")
