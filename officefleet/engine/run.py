"""A run: reads and checks everything, then plays each play over its portions of hosts."""

from __future__ import annotations

import os
import time
import uuid
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from officefleet.durable.person import who
from officefleet.engine.events import (
    BatchStarted,
    Counts,
    Note,
    PlayStarted,
    RunFinished,
    RunStarted,
    Subscriber,
)
from officefleet.engine.masking import Mask
from officefleet.engine.playrun import PlayRun
from officefleet.engine.portions import ordered, portions
from officefleet.engine.scheduler import Scheduler
from officefleet.engine.shared import Inventory, Shared
from officefleet.errors import ExitCode, OfficefleetError, SelectorError
from officefleet.i18n import _
from officefleet.playbook.reader import read_playbooks
from officefleet.source import plugins
from officefleet.source.scope import Scope
from officefleet.source.template import Templar, holds_template

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from officefleet.engine.options import Options
    from officefleet.playbook.model import Play
    from officefleet.playbook.reader import Reader
    from officefleet.source.secrets import Opener


@dataclass(frozen=True, slots=True)
class Result:
    """How a run ended: its id, each host's recap and the exit code."""

    run: str
    recap: Mapping[str, Counts]
    exit_code: ExitCode


@dataclass(frozen=True, slots=True)
class Prepared:
    """Playbooks that have been read and found sound: what `run_prepared` needs."""

    playbooks: tuple[Path, ...]
    plays: Sequence[Play]
    readers: Sequence[Reader]
    templar: Templar
    hostnames: Hostnames
    mask: Mask


class Hostnames:
    """The lookup ``inventory_hostnames``: playbooks are read before the inventory, so it learns that later."""

    def __init__(self) -> None:
        self.inventory: Inventory | None = None

    def __call__(self, terms: Sequence[Any], _surroundings: Any, **_options: Any) -> list[str]:
        """Return the hosts that patterns name."""
        if self.inventory is None:
            return []
        return self.inventory.select(",".join(str(term) for term in terms))


def make_templar(hostnames: Hostnames | None = None, opener: Opener | None = None) -> Templar:
    """Return a templar with all filters, tests and lookups; `opener` opens encrypted files and values."""
    read = Path.read_bytes if opener is None else opener.read
    lookups = plugins.lookups(read=read, extra={"inventory_hostnames": hostnames or Hostnames()})
    functions = plugins.calls(lookups)
    any_condition = os.environ.get("ANSIBLE_ALLOW_BROKEN_CONDITIONALS", "").lower() in (
        "1",
        "true",
        "yes",
        "on",
    )
    return Templar(
        plugins.filters(),
        plugins.tests(),
        functions,
        any_condition=any_condition,
        opener=opener,
        lookups=lookups.lookups,
    )


def run_playbooks(
    playbooks: Sequence[Path],
    inventory: Inventory,
    options: Options,
    subscribers: Sequence[Subscriber] = (),
    *,
    ask: Callable[[Mapping[str, Any]], str] | None = None,
    opener: Opener | None = None,
) -> Result:
    """Run playbooks; nothing is changed on any host before all of them have been checked.

    Args:
        playbooks: files.
        inventory: the hosts.
        options: see `Options`.
        subscribers: get every event.
        ask: answers a vars_prompt; None takes its default.
        opener: opens encrypted files and values; what it opens is masked in all events.

    Raises:
        ProblemsError: what is wrong in the playbooks.
        SelectorError: a pattern names nothing that exists.
        KeyboardInterrupt: interrupted; subscribers have been told.

    """
    prepared = prepare(playbooks, options.extra_vars, opener)
    return run_prepared(prepared, inventory, options, subscribers, ask=ask)


def prepare(
    playbooks: Sequence[Path],
    extra_vars: Mapping[str, Any],
    opener: Opener | None = None,
    mask: Mask | None = None,
) -> Prepared:
    """Read and check playbooks whole.

    Args:
        playbooks: files.
        extra_vars: of the command line; names of imported files may need them.
        opener: opens encrypted files and values.
        mask: hides what the opener opens, and more that the run finds out to be secret; None makes one.

    Raises:
        ProblemsError: what is wrong in the playbooks.

    """
    hostnames = Hostnames()
    mask = mask or Mask()
    if opener is not None:
        opener.tell(mask.add)
    templar = make_templar(hostnames, opener)
    files = tuple(Path(file) for file in playbooks)
    plays, readers = read_playbooks(files, templar, extra_vars)
    return Prepared(files, plays, readers, templar, hostnames, mask)


def run_prepared(
    prepared: Prepared,
    inventory: Inventory,
    options: Options,
    subscribers: Sequence[Subscriber] = (),
    *,
    ask: Callable[[Mapping[str, Any]], str] | None = None,
) -> Result:
    """Run playbooks that `prepare` has read; see `run_playbooks`.

    Raises:
        SelectorError: no play names a host that exists.
        KeyboardInterrupt: interrupted; subscribers have been told.

    """
    plays, readers, templar = prepared.plays, prepared.readers, prepared.templar
    prepared.hostnames.inventory = inventory
    opener = getattr(inventory, "opener", None)
    if opener is not None:
        opener.tell(prepared.mask.add)
    shared = Shared(inventory, options, templar, plays, subscribers, ask, prepared.mask)
    _refuse_nothing(shared, plays)
    run = uuid.uuid4().hex[:12]
    begun = time.monotonic()
    shared.publish(
        RunStarted(run, [str(file) for file in prepared.playbooks], options.check, options.actor or who())
    )
    interrupted = True
    try:
        targets = [_hosts(shared, play) for play in plays]
        for number, (play, reader, hosts) in enumerate(zip(plays, readers, targets, strict=True)):
            found = hosts if hosts is not None else _hosts(shared, play) or []
            done = options.done.get(number, frozenset())
            if done and all(name in done for name in found):
                continue
            if not _play(shared, play, reader, [name for name in found if name not in done], number):
                break
        interrupted = False
    finally:
        shared.remember_agents()
        shared.publish(RunFinished(run, {}, time.monotonic() - begun, interrupted))
    return Result(run, shared.recap, _exit_code(shared.recap))


def _exit_code(recap: Mapping[str, Counts]) -> ExitCode:
    if any(counts.failed for counts in recap.values()):
        return ExitCode.FAILED
    if any(counts.unreachable for counts in recap.values()):
        return ExitCode.UNREACHABLE
    return ExitCode.OK


def _refuse_nothing(shared: Shared, plays: Sequence[Play]) -> None:
    """Refuse a run in which a pattern names what does not exist and no play has a host.

    Raises:
        SelectorError: what the first such pattern is about.

    """
    first: SelectorError | None = None
    for play in plays:
        try:
            if shared.inventory.select(_pattern(shared, play), shared.options.limit or None):
                return
        except SelectorError as error:
            first = first or SelectorError(error.message, mark=error.mark or play.mark, hint=error.hint)
    if first is not None:
        raise first


def play_pattern(play: Play, templar: Templar, extra_vars: Mapping[str, Any]) -> str:
    """Return the pattern that names a play's hosts, rendered.

    Raises:
        TemplateError: it is a template that cannot be rendered.

    """
    hosts = play.hosts
    if holds_template(hosts):
        hosts = templar.render(hosts, Scope([(play.vars, True), (extra_vars, True)], templar))
    return ",".join(str(one) for one in hosts) if isinstance(hosts, list) else str(hosts)


def _pattern(shared: Shared, play: Play) -> str:
    return play_pattern(play, shared.templar, shared.options.extra_vars)


def _name(shared: Shared, play: Play) -> str:
    if not holds_template(play.name):
        return play.name
    scope = Scope([(play.vars, True), (shared.options.extra_vars, True)], shared.templar)
    try:
        return str(shared.templar.render(play.name, scope))
    except OfficefleetError:
        return play.name


def _hosts(shared: Shared, play: Play) -> list[str] | None:
    """Return a play's hosts; None when the pattern names what an earlier play may still add."""
    try:
        found = shared.inventory.select(_pattern(shared, play), shared.options.limit or None)
    except SelectorError as error:
        shared.publish(Note(error.message, mark=play.mark))
        return None
    return found


def _play(shared: Shared, play: Play, reader: Reader, hosts: Sequence[str], nth: int) -> bool:
    """Run one play; return False when the run ends here."""
    shared.playbook_folder = play.file.parent
    shared.left.clear()
    name = _name(shared, play)
    left = [name for name in hosts if not shared.is_out(name)]
    shared.publish(PlayStarted(name, left, play.mark, nth))
    if not left:
        if hosts:
            return False
        shared.publish(Note(_("no host matches {pattern}").format(pattern=play.hosts), mark=play.mark))
        return True
    serial = play.serial
    if any(holds_template(one) for one in serial):
        scope = Scope([(play.vars, True), (shared.options.extra_vars, True)], shared.templar)
        serial = tuple(shared.templar.render(list(serial), scope))
    batches = portions(ordered(left, play.order), serial, play.mark)
    for number, batch in enumerate(batches, 1):
        if len(batches) > 1:
            shared.publish(BatchStarted(name, batch, number))
        playrun = PlayRun(shared, play, reader, batch, hosts, name)
        Scheduler(playrun, shared.options.forks).run()
        if playrun.ended_whole and not playrun.too_many_failed():
            break
        if playrun.too_many_failed() or all(shared.is_out(name) for name in batch):
            shared.publish(
                Note(_("play {name}: stopped, too many hosts failed").format(name=play.name), mark=play.mark)
            )
            return False
    return True
