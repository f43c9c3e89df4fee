"""Groups and hosts as a graph: who is in which group, in which order, how deep."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from officefleet.errors import InventoryError
from officefleet.i18n import _

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from officefleet.errors import Mark

PRIORITY = "ansible_group_priority"


@dataclass(slots=True)
class Host:
    """A host; `variables` are those of inventory files, not of host_vars."""

    name: str
    pharmacy: str | None = None
    groups: list[str] = field(default_factory=list)
    variables: dict[str, Any] = field(default_factory=dict)


@dataclass(slots=True)
class Group:
    """A group; `hosts` are its direct members, in order; `depth` is the longest way down from ``all``."""

    name: str
    hosts: dict[str, None] = field(default_factory=dict)
    children: dict[str, None] = field(default_factory=dict)
    parents: list[str] = field(default_factory=list)
    variables: dict[str, Any] = field(default_factory=dict)
    priority: int = 1
    depth: int = 1


class Graph:
    """All groups and hosts; ``all`` and ``ungrouped`` always exist."""

    def __init__(self) -> None:
        self.hosts: dict[str, Host] = {}
        self.groups: dict[str, Group] = {"all": Group("all", depth=0), "ungrouped": Group("ungrouped")}
        self._members: dict[str, list[str]] = {}
        self.link("all", "ungrouped")

    def group(self, name: str) -> Group:
        """Return a group, made when it does not exist."""
        found = self.groups.get(name)
        if found is None:
            found = self.groups[name] = Group(name)
            self._members.clear()
        return found

    def host(self, name: str, pharmacy: str | None = None) -> Host:
        """Return a host, made when it does not exist."""
        found = self.hosts.get(name)
        if found is None:
            found = self.hosts[name] = Host(name, pharmacy)
            self._members.clear()
        return found

    def join(self, group: str, host: str) -> bool:
        """Put a host into a group; return whether it was not there."""
        members = self.group(group).hosts
        if host in members:
            return False
        members[host] = None
        self.host(host).groups.append(group)
        self._members.clear()
        return True

    def link(self, parent: str, child: str, mark: Mark | None = None) -> bool:
        """Make one group the child of another; return whether it was not.

        Raises:
            InventoryError: the child already holds the parent.

        """
        above, below = self.group(parent), self.group(child)
        if child in above.children:
            return False
        if parent == child or child in self.ancestors([parent]):
            raise InventoryError(
                _("group {child!r} cannot be inside {parent!r}: it already contains it").format(
                    child=child, parent=parent
                ),
                mark=mark,
                hint=_("remove one of the two from children"),
            )
        above.children[child] = None
        below.parents.append(parent)
        self._sink(below, above.depth + 1)
        self._members.clear()
        return True

    def add_pharmacy(
        self, name: str, above: Iterable[str], machines: Iterable[tuple[str, tuple[str, ...]]]
    ) -> None:
        """Add a new group with new hosts in one go: what `link` and `join` would do, for 20,000 pharmacies.

        Args:
            name: a group that does not exist yet.
            above: its parents, directly under ``all``.
            machines: for each new host, its name and the other groups that it joins; these exist.

        """
        group = self.groups[name] = Group(name, depth=2)
        for parent in above:
            if parent not in self.groups:
                self.link("all", parent)
            self.groups[parent].children[name] = None
            group.parents.append(parent)
        everyone, own = self.groups["all"].hosts, group.hosts
        for host, others in machines:
            self.hosts[host] = Host(host, name, [name, *others])
            own[host] = everyone[host] = None
            for other in others:
                self.groups[other].hosts[host] = None
        self._members.clear()

    def _sink(self, group: Group, depth: int) -> None:
        if depth > group.depth:
            group.depth = depth
            for child in group.children:
                self._sink(self.groups[child], depth + 1)

    def ancestors(self, names: Iterable[str]) -> set[str]:
        """Return every group above the named ones, not the named ones unless one is above another."""
        found: set[str] = set()
        waiting = list(names)
        while waiting:
            for parent in self.groups[waiting.pop()].parents:
                if parent not in found:
                    found.add(parent)
                    waiting.append(parent)
        return found

    def members(self, name: str) -> list[str]:
        """Return all hosts in a group and below: its own first, then level by level, in file order."""
        found = self._members.get(name)
        if found is None:
            found = self._members[name] = list(self._walk(name))
        return found

    def _walk(self, name: str) -> dict[str, None]:
        hosts: dict[str, None] = {}
        seen = {name}
        level = [name]
        while level:
            below: list[str] = []
            for one in level:
                hosts.update(self.groups[one].hosts)
                for child in self.groups[one].children:
                    if child not in seen:
                        seen.add(child)
                        below.append(child)
            level = below
        return hosts

    def settle(self) -> None:
        """After reading sources: orphan groups go under ``all``, hosts without a group into ``ungrouped``."""
        for group in self.groups.values():
            self.settle_group(group)
        for host in self.hosts.values():
            self.settle_host(host)

    def settle_group(self, group: Group) -> None:
        """Put a group without a parent under ``all``."""
        if group.name != "all" and not group.parents:
            self.link("all", group.name)

    def settle_host(self, host: Host) -> None:
        """Put a host into ``ungrouped`` exactly when no other group but ``all`` has it."""
        alone = all(name in ("all", "ungrouped") for name in host.groups)
        if alone:
            self.join("ungrouped", host.name)
        elif "ungrouped" in host.groups:
            host.groups.remove("ungrouped")
            del self.groups["ungrouped"].hosts[host.name]
            self._members.clear()

    def groups_of(self, host: str) -> list[str]:
        """Return a host's groups without ``all``, by name."""
        direct = self.hosts[host].groups
        return sorted({*direct, *self.ancestors(direct)} - {"all"})

    def by_precedence(self, host: str) -> list[Group]:
        """Return a host's groups without ``all``, weakest first: by depth, then priority, then name."""
        groups = [self.groups[name] for name in self.groups_of(host)]
        return sorted(groups, key=lambda one: (one.depth, one.priority, one.name))

    def set_group_variable(self, group: Group, name: str, value: object, mark: Mark | None = None) -> None:
        """Set a variable of an inventory file; ``ansible_group_priority`` sets the priority instead."""
        if name != PRIORITY:
            group.variables[name] = value
            return
        try:
            group.priority = int(value)  # type: ignore[call-overload]  # anything else is refused below
        except (TypeError, ValueError):
            raise InventoryError(
                _("{name} must be a whole number").format(name=PRIORITY), mark=mark
            ) from None

    def update_host(self, name: str, variables: Mapping[str, Any]) -> None:
        """Add variables of an inventory file to a host."""
        if variables:
            self.host(name).variables.update(variables)
