"""What inventory files may do to the graph, and what they may not while part of the fleet is unread."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from officefleet.models import pharmacy_id_of

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from officefleet.errors import Mark
    from officefleet.inventory.graph import Graph, Group


class Members:
    """Adds one inventory file to a graph.

    Hosts of pharmacies whose folders were left unread stay out: they would come in without their model.
    """

    def __init__(self, graph: Graph, file: str, unread: Collection[str]) -> None:
        self._graph = graph
        self._file = file
        self._unread = unread
        self._before = frozenset(graph.groups)

    def known_before(self, group: str) -> bool:
        """Return whether a group existed before this file, or would if the whole fleet were read."""
        return group in self._before or (
            bool(self._unread) and (group in self._unread or group.startswith(("region_", "groupement_")))
        )

    def group(self, name: str) -> Group:
        """Return a group, made when it does not exist."""
        return self._graph.group(name)

    def link(self, parent: str, child: str, mark: Mark | None) -> None:
        """Make one group the child of another."""
        self._graph.link(parent, child, mark)

    def add(self, group: str, host: str, variables: Mapping[str, Any]) -> None:
        """Put a host with its variables into a group."""
        if self._unread and pharmacy_id_of(host) in self._unread:
            return
        if host not in self._graph.hosts:
            place = {"inventory_file": self._file, "inventory_dir": str(Path(self._file).resolve().parent)}
            self._graph.host(host).variables.update(place)
        self._graph.join(group, host)
        self._graph.update_host(host, variables)

    def group_variable(self, group: str, name: str, value: object, mark: Mark | None) -> None:
        """Set a variable of a group."""
        self._graph.set_group_variable(self._graph.group(group), name, value, mark)
