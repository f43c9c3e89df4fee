"""Runs the shipped playbooks through the engine and says what went wrong in one sentence."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from officefleet.engine.events import Status, TaskFinished
from officefleet.engine.run import prepare, run_prepared
from officefleet.errors import ContinuityError, ExitCode, LedgerError, UnreachableError
from officefleet.i18n import _
from officefleet.ledger import Recorder, RunFacts
from officefleet.ledger.content import content_hash

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from officefleet.engine.events import Event, Subscriber
    from officefleet.engine.options import Options
    from officefleet.inventory import Inventory


@dataclass(slots=True)
class Played:
    """What a run said.

    Attributes:
        code: 0, 2 or 4.
        run: its id in the ledger.
        results: host to task name to result.
        failures: host, task and reason of each failure.
        silent: hosts that did not answer, with the reason.
        changed: host to the names of the tasks that changed something.

    """

    code: int = 0
    run: str = ""
    results: dict[str, dict[str, Mapping[str, Any]]] = field(default_factory=dict)
    failures: list[tuple[str, str, str]] = field(default_factory=list)
    silent: dict[str, str] = field(default_factory=dict)
    changed: dict[str, list[str]] = field(default_factory=dict)

    def handle(self, event: Event) -> None:
        """Take one event of the run."""
        if not isinstance(event, TaskFinished):
            return
        self.results.setdefault(event.host, {})[event.task] = event.result
        if event.status is Status.FAILED:
            self.failures.append((event.host, event.task, _reason(event.result)))
        elif event.status is Status.UNREACHABLE:
            self.silent[event.host] = _reason(event.result)
        elif event.status is Status.CHANGED:
            self.changed.setdefault(event.host, []).append(event.task)

    def problem(self) -> str:
        """Return the first thing that went wrong, as a sentence, or ""."""
        for host, task, reason in self.failures:
            return _("{host}: {task}: {reason}").format(host=host, task=task, reason=reason)
        for host, reason in self.silent.items():
            return reason if host in reason else _("{host}: {reason}").format(host=host, reason=reason)
        return ""


def _reason(result: Mapping[str, Any]) -> str:
    for item in result.get("results") or ():
        if isinstance(item, dict) and item.get("failed"):
            return _reason(item)
    text = str(result.get("msg") or result.get("stderr") or result.get("stdout") or _("it failed")).strip()
    return text.splitlines()[0] if text else _("it failed")


class Player:
    """Plays playbooks of one folder on one inventory.

    Args:
        inventory: the hosts.
        options: how to connect.
        folder: the playbooks.
        ledger: where runs are recorded, or None.
        subscribers: get every event of every run, too.

    """

    def __init__(
        self,
        inventory: Inventory,
        options: Options,
        folder: Path,
        ledger: Path | None = None,
        subscribers: Sequence[Subscriber] = (),
    ) -> None:
        self.inventory = inventory
        self.options = options
        self.folder = folder
        self._ledger = ledger
        self._subscribers = subscribers

    def play(
        self,
        names: Sequence[str],
        variables: Mapping[str, str | bool] | None = None,
        *,
        limit: str = "",
        check: bool = False,
    ) -> Played:
        """Play playbooks; failures are in what is returned.

        Args:
            names: files in the folder.
            variables: extra variables.
            limit: narrows the hosts.
            check: predict only.

        Raises:
            ProblemsError: a playbook is wrong.

        """
        options = replace(
            self.options,
            check=check,
            limit=limit,
            extra_vars={**self.options.extra_vars, **(variables or {})},
        )
        prepared = prepare([self.folder / name for name in names], options.extra_vars, self.inventory.opener)
        played = Played()
        with ExitStack() as stack:
            subscribers: list[Subscriber] = [played, *self._subscribers]
            if self._ledger is not None and not check:
                facts = RunFacts(content_hash(prepared.plays), limit)
                home: Callable[[str], str | None] = self.inventory.pharmacy_of
                try:
                    recorder = Recorder(self._ledger, facts, pharmacy_of=home, warn=_ignore)
                    subscribers.append(stack.enter_context(recorder))
                except LedgerError:
                    self._ledger = None  # a swap must not wait for its record: the journal has it, too
            result = run_prepared(prepared, self.inventory, options, subscribers)
        played.code, played.run = int(result.exit_code), result.run
        return played

    def must_play(
        self, names: Sequence[str], variables: Mapping[str, str | bool] | None = None, *, limit: str = ""
    ) -> Played:
        """Play playbooks.

        Raises:
            ContinuityError: a task failed.
            UnreachableError: a host did not answer.
            ProblemsError: a playbook is wrong.

        """
        played = self.play(names, variables, limit=limit)
        if played.code == ExitCode.UNREACHABLE:
            raise UnreachableError(played.problem(), hint=_("the same command goes on where it stopped"))
        if played.code != ExitCode.OK:
            raise ContinuityError(played.problem(), hint=_("the same command goes on where it stopped"))
        return played


def _ignore(_text: str) -> None:
    return
