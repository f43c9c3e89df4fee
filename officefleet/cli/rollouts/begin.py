"""Begins a rollout or goes on with one."""

from __future__ import annotations

import datetime as dt
import sys
import threading
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from officefleet.access.action import Action
from officefleet.cli.acting import acting
from officefleet.cli.rollouts.places import store_path
from officefleet.cli.rollouts.screen import Screen, print_waves
from officefleet.cli.rollouts.wish import Wish, must_be_same, new_wish, resumed_wish, settings
from officefleet.cli.run_flags import engine_options
from officefleet.cli.vault_flags import ask_now, vaults
from officefleet.continuity.database import default_path as continuity_path
from officefleet.continuity.lock import PharmacyLock
from officefleet.drivers import find_catalog
from officefleet.engine.run import prepare
from officefleet.errors import (
    ExitCode,
    InventoryError,
    ModelError,
    OfficefleetError,
    ProblemsError,
    SourceError,
    UsageError,
)
from officefleet.i18n import _
from officefleet.inventory import default_cache_dir, load_inventory, needed_pharmacies
from officefleet.ledger import RunFacts, default_path
from officefleet.ledger.content import content_hash
from officefleet.rollout.candidates import candidates
from officefleet.rollout.clock import SystemClock
from officefleet.rollout.gate import DriverGate
from officefleet.rollout.lock import RolloutLock
from officefleet.rollout.pharmacy import PharmacyRunner, Readers, Turns
from officefleet.rollout.report import closing_lines
from officefleet.rollout.rollout import Manner, Rollout
from officefleet.rollout.states import Job, PharmacyState, RolloutState
from officefleet.rollout.store import Store, must_be_new
from officefleet.rollout.waves import parse_share, parse_waves, plan_waves

if TYPE_CHECKING:
    from collections.abc import Iterable
    from contextlib import AbstractContextManager

    from officefleet.cli.rollout_flags import RolloutFlags
    from officefleet.engine.masking import Mask
    from officefleet.engine.options import Options
    from officefleet.engine.run import Prepared
    from officefleet.inventory import Inventory
    from officefleet.rollout.store import Record
    from officefleet.source.secrets import Opener


def rollout(name: str, playbooks: tuple[str, ...], flags: RolloutFlags, mask: Mask) -> int:
    """Begin a rollout or go on with one; return the exit code.

    Raises:
        OfficefleetError: why it cannot be; nothing has been touched.

    """
    path = store_path()
    store = Store(path)
    try:
        last = _wanted(store, name, flags)
        wish = resumed_wish(last, playbooks, flags) if last else new_wish(playbooks, flags)
        if last:
            name = last.name
        opener = vaults(flags)
        opener.tell(mask.add)
        ask_now(opener.secrets)
        options = engine_options(flags.of_runs(wish.limit, check=wish.check), wish.limit, opener)
        session = _Session(wish, flags, options, opener, mask)
        if flags.list_waves:
            print_waves(*session.planned())
            return ExitCode.OK
        with RolloutLock(path, name):
            return session.go(store, name, store.last(name) if last else None)
    finally:
        store.close()


def _wanted(store: Store, name: str, flags: RolloutFlags) -> Record | None:
    """Return the rollout to go on with, None to begin one.

    Raises:
        UsageError: there is none to go on with.
        RunError: one of this name has not finished.

    """
    last = store.last(name)
    if flags.resumes:
        if last is None or (last.state is RolloutState.FINISHED and not flags.retry):
            raise UsageError(
                _("there is no unfinished rollout to go on with"),
                hint=_("--retry takes up what failed or was refused in one that has finished")
                if last
                else "",
            )
        return last
    if not flags.anew and not flags.list_waves:
        must_be_new(last)
    return None


class _Session:
    """What one call of the command works with."""

    def __init__(self, wish: Wish, flags: RolloutFlags, options: Options, opener: Opener, mask: Mask) -> None:
        self._wish = wish
        self._flags = flags
        self._options = options
        self._opener = opener
        self._mask = mask
        self._prepared = self._prepare()
        self._clock = SystemClock()
        self._catalog = find_catalog(wish.inventory)

    def _prepare(self) -> Prepared:
        files = [Path(name) for name in self._wish.playbooks]
        return prepare(files, self._options.extra_vars, self._opener, self._mask)

    def planned(self) -> tuple[Inventory, list[list[Job]]]:
        """Return the inventory and each wave.

        Raises:
            OfficefleetError: the playbooks and the limit name no pharmacy.

        """
        wish = self._wish
        only = needed_pharmacies("all", wish.limit) if wish.limit else None
        inventory = load_inventory(
            wish.inventory, only=only, cache_dir=default_cache_dir(), opener=self._opener
        )
        found = candidates(self._prepared, inventory, self._options)
        if not found.hosts:
            raise OfficefleetError(_("the playbooks and the limit name no machine of a pharmacy"))
        waves = plan_waves(list(found.hosts), found.canaries, parse_waves(wish.waves))
        return inventory, [
            [Job(one, number, found.hosts[one]) for one in wave] for number, wave in enumerate(waves)
        ]

    def go(self, store: Store, name: str, last: Record | None) -> int:
        """Play what is left of a rollout, all of a new one."""
        gate = DriverGate(self._catalog, update=self._wish.update) if self._flags.driver_gate else None
        if gate is not None:
            gate.check()
        content = content_hash(self._prepared.plays)
        if last is None:
            inventory, waves = self.planned()
            self._act_in(inventory, {job.pharmacy for wave in waves for job in wave})
            del inventory  # a whole fleet's; each turn reads its own part
            plan = settings(self._wish, self._options)
            record = store.create(name, content, plan, waves, self._clock.now())
        else:
            must_be_same(last, self._options, content, anyway=self._flags.resume_anyway)
            flags = self._flags
            other_hours = bool(flags.at or flags.outside_hours or flags.needs)
            self._act_again([one.pharmacy for one in store.entries(last.id)])
            store.go_on(last.id, retry=flags.retry, at_once=other_hours)
            record = last
        return self._drive(store, record, gate, content)

    def _drive(self, store: Store, record: Record, gate: DriverGate | None, content: str) -> int:
        wish, stop, screen = self._wish, threading.Event(), Screen()
        turns = Turns(
            load=self._part,
            options=self._options,
            gate=gate,
            least=None if wish.at == "any" else dt.timedelta(minutes=wish.needs),
            hold=_hold,
            clock=self._clock,
            ledger=default_path(),
            facts=RunFacts(content, options={"rollout": record.name}),
            stop=stop,
            warn=screen.warn,
        )
        manner = Manner(parse_share(wish.stop_after), self._flags.pharmacies_at_once, self._flags.wait)
        runner = PharmacyRunner(turns, Readers(self._prepared, self._prepare))
        state = RolloutState.WAITING
        try:
            state = Rollout(store, record, runner, manner, self._clock, screen, stop).run()
        except KeyboardInterrupt:
            sys.stderr.write(
                _("Interrupted. To go on: officefleet rollout --name {name} --resume").format(
                    name=record.name
                )
                + "\n"
            )
            return ExitCode.INTERRUPTED
        return _conclude(store, record, state, screen)

    def _part(self, pharmacy: str) -> Inventory:
        inventory = load_inventory(self._wish.inventory, only=[pharmacy], opener=self._opener)
        self._act_in(inventory, [pharmacy])
        return inventory

    def _act_again(self, pharmacies: list[str]) -> None:
        """Ask once for all of a rollout that goes on; where a file is broken, each turn asks for its own pharmacy.

        Raises:
            AccessError: whoever types may not roll out there.

        """
        try:
            inventory = load_inventory(self._wish.inventory, only=pharmacies, opener=self._opener)
        except (ModelError, SourceError, InventoryError, ProblemsError):
            return
        self._act_in(inventory, set(pharmacies) & inventory.digests.keys())

    def _act_in(self, inventory: Inventory, pharmacies: Iterable[str]) -> None:
        """Make sure that whoever types may roll out there, and name them in the record of every run.

        Raises:
            AccessError: they may not.

        """
        with acting(inventory, pharmacies, Action.ROLLOUT, self._options.key_file) as name:
            self._options = replace(self._options, actor=name or self._options.actor)


def _hold(pharmacy: str) -> AbstractContextManager[object]:
    return PharmacyLock(continuity_path(), pharmacy)


def _conclude(store: Store, record: Record, state: RolloutState, screen: Screen) -> int:
    counts = store.counts(record.id)
    after = store.last(record.name) or record
    screen.lines(closing_lines(after, store.next_due(record.id, len(counts))))
    bad = (PharmacyState.FAILED, PharmacyState.REFUSED)
    if state is RolloutState.STOPPED or any(wave.count(one) for wave in counts for one in bad):
        return ExitCode.FAILED
    return ExitCode.OK if state is RolloutState.FINISHED else ExitCode.UNREACHABLE
