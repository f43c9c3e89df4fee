"""Groups as a read-only mapping of names to hosts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from officefleet.inventory.graph import Graph


class GroupsView(Mapping[str, Sequence[str]]):
    """Group name to its hosts; a group's hosts are gathered when it is asked for."""

    def __init__(self, graph: Graph) -> None:
        self._graph = graph

    def __getitem__(self, name: str) -> Sequence[str]:
        """Return the hosts of a group and of those below it; KeyError for an unknown group."""
        if name not in self._graph.groups:
            raise KeyError(name)
        return self._graph.members(name)

    def __iter__(self) -> Iterator[str]:
        return iter(self._graph.groups)

    def __len__(self) -> int:
        return len(self._graph.groups)

    def children(self, name: str) -> tuple[str, ...]:
        """Return the groups directly below a group."""
        return tuple(self._graph.groups[name].children)

    def direct(self, name: str) -> tuple[str, ...]:
        """Return the hosts that a group itself names; for ``all`` those that no other group does."""
        return () if name == "all" else tuple(self._graph.groups[name].hosts)
