"""Evaluates the terms of a host pattern against the graph."""

from __future__ import annotations

from typing import TYPE_CHECKING

from officefleet.errors import SelectorError, nearest
from officefleet.i18n import _

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

    from officefleet.inventory.graph import Graph
    from officefleet.inventory.patterns import Term

LOCALHOST = ("localhost", "127.0.0.1", "::1")
_MANY = 2000


class Selection:
    """Answers patterns.

    Args:
        graph: hosts and groups.
        unread: pharmacies that exist but were not loaded; their names are known and match nothing.

    """

    def __init__(self, graph: Graph, unread: Collection[str]) -> None:
        self._graph = graph
        self._unread = unread

    def evaluate(self, terms: Sequence[Term]) -> list[str]:
        """Return the hosts of ordered terms, without repetition.

        Raises:
            SelectorError: nothing bears the name of a term that is no glob.

        """
        hosts: dict[str, None] = {}
        for term in terms:
            found = self._match(term)
            if term.operator == "!":
                gone = set(found)
                hosts = {host: None for host in hosts if host not in gone}
            elif term.operator == "&":
                kept = set(found)
                hosts = {host: None for host in hosts if host in kept}
            else:
                hosts.update(dict.fromkeys(found))
        return list(hosts)

    def _match(self, term: Term) -> list[str]:
        if term.subscript is None and term.base in self._graph.hosts:
            return [term.base]
        if term.is_literal and not term.tries_hosts:
            found = self._graph.members(term.base) if term.base in self._graph.groups else None
        else:
            found = self._search(term)
        if found is None and term.base in self._graph.hosts:
            found = [term.base]
        if found is None and term.base in LOCALHOST:
            found = [term.base]
        if found is None:
            if term.is_literal and not self._known_unread(term.base):
                raise self.unknown(term.base)
            return []
        return term.cut(found)

    def _search(self, term: Term) -> list[str] | None:
        groups = term.matches(self._graph.groups)
        hosts: dict[str, None] = {}
        for group in groups:
            hosts.update(dict.fromkeys(self._graph.members(group)))
        alone = term.matches(self._graph.hosts)
        hosts.update(dict.fromkeys(alone))
        return list(hosts) if groups or alone else None

    def _known_unread(self, name: str) -> bool:
        if not self._unread:
            return False
        return name in self._unread or name.startswith(("region_", "groupement_"))

    def unknown(self, name: str) -> SelectorError:
        """Return the error for a name that nothing bears, with the nearest one that something does."""
        near = nearest(name, _plausible(name, [*self._graph.groups, *self._unread, *self._graph.hosts]))
        return SelectorError(
            _("no host or group is called {name!r}").format(name=name),
            hint=_("did you mean {name!r}?").format(name=near)
            if near
            else _("list them with: officefleet inventory graph"),
        )


def _plausible(name: str, known: Iterable[str]) -> list[str]:
    """Return the names worth comparing: comparing 160,000 names letter by letter takes seconds."""
    names = list(known)
    if len(names) <= _MANY:
        return names
    letters = set(name)
    return [one for one in names if abs(len(one) - len(name)) <= 1 and _close(letters, one)][:_MANY]


def _close(letters: set[str], other: str) -> bool:
    return len(letters.symmetric_difference(other)) <= 2  # noqa: PLR2004  one letter for another
