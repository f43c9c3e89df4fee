"""What an update would break, before it is approved."""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from officefleet.drivers.catalog.rule import Verdict
from officefleet.errors import DriverError, nearest
from officefleet.i18n import _
from officefleet.inventory.reading import collection_paused
from officefleet.models import OsFamily

if TYPE_CHECKING:
    from collections.abc import Mapping

    from officefleet.drivers.catalog.load import Catalog
    from officefleet.drivers.catalog.rule import Rule
    from officefleet.drivers.verdicts.fleet import FleetJudge
    from officefleet.drivers.verdicts.keys import OsKey

_BUILD = re.compile(r"(\d{5})(?:\.(\d{1,5}))?")


@dataclass(frozen=True, slots=True)
class Target:
    """Where an update leads.

    Attributes:
        builds: build to the revision that it will have, for a cumulative update.
        build: the new build, for a version upgrade; every older Windows goes there.

    """

    name: str
    builds: Mapping[int, int]
    build: int | None = None
    revision: int | None = None

    def after(self, os: OsKey) -> OsKey | None:
        """Return a system once updated; None when the update is not for it or is already in."""
        if os.family is not OsFamily.WINDOWS:
            return None
        if self.build is not None:
            older = os.build is None or (os.build, os.revision or 0) < (self.build, self.revision or 0)
            return os._replace(build=self.build, revision=self.revision) if older else None
        if os.build is None:
            return None
        revision = self.builds.get(os.build)
        if not revision or (os.revision is not None and os.revision >= revision):
            return None
        return os._replace(revision=revision)


def parse_target(text: str, catalog: Catalog) -> Target:
    """Return what ``--update`` names: ``KB5066835``, or a build such as ``26100`` or ``26100.2605``.

    Raises:
        DriverError: an update that the catalogue does not know.

    """
    match = _BUILD.fullmatch(text.strip())
    if match:
        return Target(text, {}, int(match[1]), int(match[2]) if match[2] else None)
    kb = text.strip().upper()
    kb = kb if kb.startswith("KB") else f"KB{kb}"
    update = catalog.updates.get(kb)
    if update is None:
        near = nearest(kb, catalog.updates)
        raise DriverError(
            _("the update {kb} is not in the catalogue").format(kb=kb),
            hint=_("did you mean {name!r}?").format(name=near)
            if near
            else _("add inventory/catalog/updates/{kb}.yml").format(kb=kb),
        )
    return Target(kb, update.builds)


@dataclass(frozen=True, slots=True)
class UpdateImpact:
    """What an update would do to a fleet.

    Attributes:
        machines: how many were looked at.
        concerned: machines that the update is for and do not have it, as far as is known.
        hosts: of those, the verdict after the update, by host; only hosts that it makes worse.
        broken: rules that would come to hold, with the hosts.
        undecided: rules that cannot be decided after the update, with the hosts.
        not_recorded: Windows machines whose build is not recorded: nothing can be said of them.

    """

    target: Target
    machines: int
    concerned: int
    hosts: dict[str, Verdict]
    broken: list[tuple[Rule, list[str]]]
    undecided: list[tuple[Rule, list[str]]]
    not_recorded: list[str]

    @property
    def verdict(self) -> Verdict:
        """The worst verdict among the hosts; unknown when builds are not recorded."""
        found = [*self.hosts.values(), *([Verdict.UNKNOWN] if self.not_recorded else [])]
        return max(found, key=lambda one: one.severity, default=Verdict.OK)

    def to_json(self, language: str) -> dict[str, Any]:
        """Return the impact as plain data."""
        return {
            "update": self.target.name,
            "verdict": self.verdict.value,
            "machines": self.machines,
            "concerned": self.concerned,
            "counts": {
                verdict.value: sum(one is verdict for one in self.hosts.values()) for verdict in Verdict
            },
            "broken": [_group(rule, hosts, language) for rule, hosts in self.broken],
            "undecided": [_group(rule, hosts, language) for rule, hosts in self.undecided],
            "not_recorded": self.not_recorded,
        }


def _group(rule: Rule, hosts: list[str], language: str) -> dict[str, Any]:
    return {
        "rule": rule.id,
        "verdict": rule.verdict.value,
        "title": rule.title.in_language(language),
        "reason": rule.reason.in_language(language),
        "cure": rule.cure.in_language(language),
        "source": rule.source.title,
        "count": len(hosts),
        "hosts": hosts,
    }


def judge_update(judge: FleetJudge, target: Target) -> UpdateImpact:
    """Return what an update would do to the fleet of a judge."""
    with collection_paused():
        return _judge_update(judge, target)


def _judge_update(judge: FleetJudge, target: Target) -> UpdateImpact:
    index, table = judge.index, judge.table
    after = [target.after(system) for system in table.systems]
    machines = concerned = 0
    not_recorded: list[str] = []
    hosts_of: dict[str, Verdict] = {}
    broken: defaultdict[int, list[str]] = defaultdict(list)
    undecided: defaultdict[int, list[str]] = defaultdict(list)
    for kind, hosts in table.classes.items():
        machines += len(hosts)
        system = table.systems[kind.os]
        if system.family is OsFamily.WINDOWS and system.build is None and target.build is None:
            not_recorded += hosts
            continue
        updated = after[kind.os]
        if updated is None:
            continue
        concerned += len(hosts)
        new = judge.outcome(kind, updated)
        if not new.sure and not new.undecided:
            continue
        old = judge.outcome(kind)
        worse = new.sure & ~old.sure
        doubts = new.undecided & ~old.undecided & ~old.sure
        if worse or doubts:
            broken[worse] += hosts
            undecided[doubts] += hosts
            hosts_of.update(dict.fromkeys(hosts, judge.verdict(worse, doubts)))
    return UpdateImpact(
        target=target,
        machines=machines,
        concerned=concerned,
        hosts=hosts_of,
        broken=_by_rule(index.rules, broken),
        undecided=_by_rule(index.rules, undecided),
        not_recorded=not_recorded,
    )


def _by_rule(rules: tuple[Rule, ...], by_mask: Mapping[int, list[str]]) -> list[tuple[Rule, list[str]]]:
    found: defaultdict[int, list[str]] = defaultdict(list)
    for mask, hosts in by_mask.items():
        for bit in range(mask.bit_length()):
            if mask >> bit & 1:
                found[bit] += hosts
    ordered = sorted(found.items(), key=lambda item: (-rules[item[0]].verdict.severity, -len(item[1])))
    return [(rules[bit], sorted(hosts)) for bit, hosts in ordered]
