"""The inventory as the engine sees it: hosts, groups, patterns, variables."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

from officefleet.inventory import patterns
from officefleet.inventory.checks import check
from officefleet.inventory.groups_view import GroupsView
from officefleet.inventory.reading import collection_paused
from officefleet.inventory.selection import LOCALHOST, Selection
from officefleet.inventory.variables import (
    IMPLICIT,
    group_variables,
    host_variables,
    machine_defaults,
    machine_variables,
)
from officefleet.models import Fleet, FleetSettings

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from officefleet.errors import ModelError
    from officefleet.inventory.digest import Digest
    from officefleet.inventory.graph import Graph
    from officefleet.inventory.store import PharmacyStore
    from officefleet.inventory.varfiles import VariableFiles
    from officefleet.models import Driver, Machine, Pharmacy
    from officefleet.source.secrets import Opener

_KEPT = 4096


class Inventory:
    """What `load_inventory` returns; only `add_host` and `add_group` change it.

    Attributes:
        settings: groupements, backup policies and images of ``fleet.yml``.
        drivers: the driver catalogue by name.
        digests: the loaded pharmacies by id, in brief.
        folders: each known pharmacy's folder by id, loaded or not.
        fleets: folders that hold a ``fleet.yml`` or ``officines``.
        opener: what opens its encrypted files and values, if anything does.

    """

    def __init__(
        self,
        *,
        graph: Graph,
        settings: FleetSettings,
        drivers: Mapping[str, Driver],
        digests: Mapping[str, Digest],
        store: PharmacyStore,
        folders: Mapping[str, Path],
        fleets: Sequence[Path],
        variable_folders: Sequence[Path],
        files: VariableFiles,
        opener: Opener | None = None,
    ) -> None:
        self.opener = opener
        self.settings = settings
        self.drivers = drivers
        self.digests = digests
        self.folders = folders
        self.fleets = tuple(fleets)
        self._graph = graph
        self._store = store
        self._variable_folders = tuple(variable_folders)
        self._files = files
        self._fleet: Fleet | None = None
        self._merged: dict[tuple[Any, ...], dict[str, Any]] = {}
        self._lock = threading.RLock()  # hosts run in threads, and any of them may add hosts and groups

    @property
    def hosts(self) -> Sequence[str]:
        """Every host, in inventory order; not a localhost that no file defines."""
        return tuple(self._graph.members("all"))

    @property
    def groups(self) -> GroupsView:
        """Group name to its hosts, in inventory order; resolved when a group is asked for."""
        return GroupsView(self._graph)

    @property
    def fleet(self) -> Fleet:
        """The fleet's model with every loaded pharmacy; made on first use (20,000 take a while)."""
        if self._fleet is None:
            fields = {name: getattr(self.settings, name) for name in FleetSettings.model_fields}
            with collection_paused():
                self._fleet = Fleet(
                    **fields, drivers=tuple(self.drivers.values()), pharmacies=tuple(self.pharmacies())
                )
        return self._fleet

    def pharmacies(self) -> Iterator[Pharmacy]:
        """Yield the loaded pharmacies by id, one at a time."""
        for pharmacy_id in self.digests:
            yield self._store[pharmacy_id]

    def pharmacy(self, pharmacy_id: str) -> Pharmacy:
        """Return a loaded pharmacy.

        Raises:
            SelectorError: no such pharmacy.

        """
        if pharmacy_id not in self.digests:
            raise self._selection().unknown(pharmacy_id)
        return self._store[pharmacy_id]

    def pharmacy_json(self, pharmacy_id: str) -> bytes:
        """Return a loaded pharmacy's model as JSON, fields at their default left out.

        For passes over the whole fleet, which need not make an object of everything; KeyError: not loaded.
        """
        return self._store.json(pharmacy_id)

    def pharmacy_of(self, host: str) -> str | None:
        """Return the id of a host's pharmacy, or None for a host of no pharmacy."""
        found = self._graph.hosts.get(host)
        return found.pharmacy if found else None

    def machine(self, host: str) -> Machine | None:
        """Return the model of a host, or None for a host that only an inventory file knows."""
        home = self.pharmacy_of(host)
        return None if home is None else self._store[home].machine(host)

    def select(self, pattern: str, limit: str | None = None) -> list[str]:
        """Return the hosts that a pattern names and the limit keeps, in the pattern's order.

        Raises:
            SelectorError: a name that nothing bears, a malformed pattern, an unreadable limit file.

        """
        with self._lock:
            selection = self._selection()
            hosts = selection.evaluate(patterns.parse(pattern))
            if limit is not None:
                kept = set(selection.evaluate(patterns.parse_limit(limit)))
                hosts = [host for host in hosts if host in kept]
            return hosts

    def group_names(self, host: str) -> list[str]:
        """Return the groups of a host by name, without ``all``; [] for an implicit localhost.

        Raises:
            SelectorError: unknown host.

        """
        with self._lock:
            self._must_know(host)
            return self._graph.groups_of(host) if host in self._graph.hosts else []

    def variables(self, host: str, playbook_dir: Path | None = None) -> dict[str, Any]:
        """Return a host's variables, merged in Ansible's order.

        Args:
            host: a host of the inventory, or localhost.
            playbook_dir: the playbook's folder, whose group_vars and host_vars count too.

        Raises:
            SelectorError: unknown host.
            SourceError: a variables file cannot be read.

        """
        with self._lock:
            self._must_know(host)
            known = self._graph.hosts.get(host)
            home = known.pharmacy if known else None
            folders = [*self._variable_folders, self.folders[home]] if home else list(self._variable_folders)
            from_groups = self._from_groups(host, home, folders, playbook_dir)
            own = dict(known.variables) if known else dict(IMPLICIT)
            defaults: dict[str, Any] = {}
            machine = self.machine(host)
            if machine is not None and home is not None:
                defaults = machine_defaults(machine)
                own = {
                    **machine_variables(machine, self._store[home], self.settings, self.folders[home]),
                    **own,
                }
            mine = host_variables(host, own, self._files, folders, playbook_dir)
            return {**defaults, **from_groups, **mine}

    def _from_groups(
        self, host: str, home: str | None, folders: Sequence[Path], playbook_dir: Path | None
    ) -> dict[str, Any]:
        """Return what a host's groups give it; hosts of the same groups share the answer."""
        known = self._graph.hosts.get(host)
        key = (tuple(known.groups) if known else (), home, playbook_dir)
        found = self._merged.get(key)
        if found is None:
            names = [group.name for group in self._graph.by_precedence(host)] if known else []
            found = group_variables(names, self._graph, self._files, folders, playbook_dir)
            if len(self._merged) >= _KEPT:
                self._merged.clear()
            self._merged[key] = found
        return found

    def add_host(
        self, name: str, groups: Sequence[str] = (), variables: Mapping[str, Any] | None = None
    ) -> bool:
        """Add a host while a play runs, or groups and variables to one; return whether anything changed."""
        with self._lock:
            changed = self._graph.join("all", name)
            host = self._graph.host(name)
            for group in groups:
                self._graph.settle_group(self._graph.group(group))
                changed |= self._graph.join(group, name)
            self._graph.settle_host(host)
            before = dict(host.variables)
            host.variables.update(variables or {})
            return changed or before != host.variables

    def add_group(
        self,
        name: str,
        hosts: Sequence[str] = (),
        parents: Sequence[str] = (),
        variables: Mapping[str, Any] | None = None,
    ) -> bool:
        """Add a group while a play runs, or hosts, parents and variables to one; return whether it changed.

        Raises:
            SelectorError: one of `hosts` is unknown.
            InventoryError: a parent is inside the group.

        """
        with self._lock:
            changed = name not in self._graph.groups
            group = self._graph.group(name)
            for parent in parents:
                changed |= self._graph.link(parent, name)
                self._graph.settle_group(self._graph.group(parent))
            self._graph.settle_group(group)
            for host in hosts:
                if host not in self._graph.hosts:
                    raise self._selection().unknown(host)
                changed |= self._graph.join(name, host)
                self._graph.settle_host(self._graph.host(host))
            for key, value in (variables or {}).items():
                changed |= key not in group.variables or group.variables[key] != value
                self._graph.set_group_variable(group, key, value)
            if parents or variables:
                self._merged.clear()
            return changed

    def check(self) -> list[ModelError]:
        """Return what contradicts itself across files, each with its place (see `inventory.checks`)."""
        return check(self.settings, self.drivers, self.digests, self.folders, self.fleets)

    def _selection(self) -> Selection:
        unread = self.folders.keys() - self.digests.keys()
        return Selection(self._graph, unread)

    def _must_know(self, host: str) -> None:
        if host not in self._graph.hosts and host not in LOCALHOST:
            raise self._selection().unknown(host)
