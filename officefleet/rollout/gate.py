"""The driver gate: machines on which drivers would not work are left out of a run before anything is touched."""

from __future__ import annotations

import threading
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from officefleet.engine.portions import ordered
from officefleet.engine.run import play_pattern
from officefleet.errors import SelectorError
from officefleet.i18n import _, language
from officefleet.source.scope import Scope

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from officefleet.drivers import MachineVerdict
    from officefleet.drivers.catalog.load import Catalog
    from officefleet.drivers.catalog.rule import Rule
    from officefleet.drivers.verdicts.update import UpdateImpact
    from officefleet.engine.options import Options
    from officefleet.engine.run import Prepared
    from officefleet.inventory import Inventory
    from officefleet.playbook.model import Play

VARIABLE = "officefleet_driver_gate"
_NO = frozenset({"false", "no", "off", "n", "f", "0", ""})


@dataclass(frozen=True, slots=True)
class Refusal:
    """A machine that a run leaves out.

    Attributes:
        rule: id of the catalogue's rule.
        reason: why, in the user's language.
        cure: what helps, in the user's language.

    """

    host: str
    rule: str
    reason: str
    cure: str

    def __str__(self) -> str:
        """Return one line for people."""
        return _("{host}: left out: {reason} -> {cure} ({rule})").format(
            host=self.host, reason=self.reason, cure=self.cure, rule=self.rule
        )


class DriverGate:
    """Judges machines with one catalogue; the catalogue is read when the first machine is judged.

    May be asked by several threads.

    Args:
        catalog: the catalogue's folder; without one no machine is refused.
        day: judge as of this day, today when None.
        update: judge what this system update would break (``KB5066835``, ``26100.2605``), "" for what is.

    """

    def __init__(self, catalog: Path, *, day: dt.date | None = None, update: str = "") -> None:
        self._folder = catalog
        self._day = day
        self._update = update
        self._catalog: Catalog | None = None
        self._lock = threading.Lock()

    def refusals(self, inventory: Inventory, hosts: Sequence[str]) -> list[Refusal]:
        """Return why some of the hosts are refused, in their order; hosts without a model never are.

        Raises:
            DriverError: the catalogue is wrong, or does not know the update.
            ModelError: an entry of the catalogue is wrong.
            ProblemsError: several.

        """
        machines = [host for host in hosts if inventory.pharmacy_of(host) is not None]
        if not machines or not (self._update or self._folder.is_dir()):
            return []
        from officefleet import drivers  # noqa: PLC0415  loads the catalogue's models

        with self._lock:  # compiled rules remember what they have judged
            catalog = self._loaded()
            if self._update:
                impact = drivers.gate_update(
                    inventory, machines, self._update, catalog=catalog, day=self._day
                )
                found = _broken(impact)
                return [found[host] for host in machines if host in found]
            verdicts = drivers.gate(inventory, machines, catalog=catalog, day=self._day)
        return [_refusal(one) for one in verdicts if one.verdict is drivers.Verdict.BLOCK]

    def check(self) -> None:
        """Read the catalogue now, so that what is wrong with it is known before anything begins.

        Raises:
            DriverError: see `refusals`.

        """
        if self._update:
            from officefleet.drivers.verdicts.update import parse_target  # noqa: PLC0415  see above

            parse_target(self._update, self._loaded())
        elif self._folder.is_dir():
            self._loaded()

    def _loaded(self) -> Catalog:
        if self._catalog is None:
            from officefleet.drivers.catalog.load import load_catalog  # noqa: PLC0415  see above

            self._catalog = load_catalog(self._folder)
        return self._catalog


def gated_plays(prepared: Prepared, inventory: Inventory, options: Options) -> dict[int, list[str]]:
    """Return the hosts of each play that the gate is for, by the play's number from 0.

    A play with ``officefleet_driver_gate: false`` in its own vars is not among them: it is the cure.
    """
    return {
        number: _hosts(prepared, play, inventory, options)
        for number, play in enumerate(prepared.plays)
        if _is_gated(prepared, play, options)
    }


def judge_run(
    gate: DriverGate, prepared: Prepared, inventory: Inventory, options: Options
) -> tuple[Options, list[Refusal]]:
    """Return a run's options with the refused machines left out of the gated plays, and the refusals.

    Nothing is read when the inventory holds no fleet; of a fleet only the pharmacies of the plays' hosts.

    Raises:
        DriverError: see `DriverGate.refusals`.

    """
    if not inventory.digests:
        return options, []
    plays = gated_plays(prepared, inventory, options)
    refusals = gate.refusals(
        inventory, list(dict.fromkeys(host for found in plays.values() for host in found))
    )
    if not refusals:
        return options, []
    refused = frozenset(one.host for one in refusals)
    done: Mapping[int, frozenset[str]] = options.done
    left_out = {number: done.get(number, frozenset()) | refused for number in plays}
    return replace(options, done={**done, **left_out}), refusals


def _hosts(prepared: Prepared, play: Play, inventory: Inventory, options: Options) -> list[str]:
    try:
        found = inventory.select(
            play_pattern(play, prepared.templar, options.extra_vars), options.limit or None
        )
    except SelectorError:
        return []  # the run itself says so; what an earlier play may still add is no machine of the fleet
    return ordered(found, play.order)


def _is_gated(prepared: Prepared, play: Play, options: Options) -> bool:
    if VARIABLE not in play.vars and VARIABLE not in options.extra_vars:
        return True
    value: Any = Scope([(play.vars, True), (options.extra_vars, True)], prepared.templar)[VARIABLE]
    return str(value).strip().lower() not in _NO


def _refusal(verdict: MachineVerdict) -> Refusal:
    findings = [*verdict.findings, *(finding for one in verdict.peripherals for finding in one.findings)]
    worst = max(findings, key=lambda one: one.verdict.severity)
    return _of_rule(verdict.host, worst.rule)


def _broken(impact: UpdateImpact) -> dict[str, Refusal]:
    from officefleet.drivers import Verdict  # noqa: PLC0415  loads the catalogue's models

    found: dict[str, Refusal] = {}
    for rule, hosts in impact.broken:
        if rule.verdict is Verdict.BLOCK:
            for host in hosts:
                found.setdefault(host, _of_rule(host, rule))
    return found


def _of_rule(host: str, rule: Rule) -> Refusal:
    lang = language()
    return Refusal(host, rule.id, rule.reason.in_language(lang), rule.cure.in_language(lang))
