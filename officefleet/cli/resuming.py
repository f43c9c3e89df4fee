"""Records a run in the ledger, and goes on with one that was interrupted."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from officefleet.errors import LedgerError, RunError, UsageError
from officefleet.i18n import _

if TYPE_CHECKING:
    from collections.abc import Sequence
    from contextlib import ExitStack

    from officefleet.cli.report_targets import Reports
    from officefleet.cli.run_flags import RunFlags
    from officefleet.engine.options import Options
    from officefleet.engine.run import Prepared
    from officefleet.inventory import Inventory
    from officefleet.ledger import Recorder
    from officefleet.ledger.query import Run

_RUN_ID = re.compile(r"^[0-9a-f]{4,12}$")


@dataclass(frozen=True, slots=True)
class Target:
    """What a run is to do.

    Attributes:
        files: the playbooks.
        limit: the pattern that narrows its hosts.
        run: the run that it goes on with, or None.

    """

    files: list[Path]
    limit: str
    run: Run | None = None


def find(given: Sequence[str], flags: RunFlags) -> Target:
    """Return what the command line asks for; with ``--resume`` what is not given comes from the ledger.

    Raises:
        LedgerError: no such run in the ledger.
        RunError: the run is still under way.

    """
    if not (flags.resume or flags.resume_anyway):
        return Target([Path(one) for one in given], flags.limit)
    from officefleet.ledger import default_path, open_ledger, query  # noqa: PLC0415  rarely needed

    names = list(given)
    run_id = names.pop() if names and _RUN_ID.match(names[-1]) and not Path(names[-1]).exists() else ""
    path = default_path()
    ledger = open_ledger(path, create=False)
    try:
        if run_id:
            run = query.run(ledger, path, run_id)
        else:
            run = query.last_unfinished(ledger, path, [str(Path(name).resolve()) for name in names])
    finally:
        ledger.close()
    if run.state == "running":
        raise RunError(
            _("run {run} is still under way").format(run=run.id), hint=_("wait for it, or stop it")
        )
    files = [Path(name) for name in names or run.playbooks]
    if [str(file.resolve()) for file in files] != list(run.playbooks):
        raise UsageError(
            _("run {run} played other playbooks: {names}").format(run=run.id, names=", ".join(run.playbooks))
        )
    return Target(files, flags.limit or run.limit, run)


class Journal:
    """Opens the ledger for a run and works out which hosts a resumed run leaves out.

    Attributes:
        options: the engine's options, with the hosts that are done already.

    """

    def __init__(self, target: Target, prepared: Prepared, options: Options) -> None:
        self._target = target
        self._prepared = prepared
        self.options = options

    def open(
        self, flags: RunFlags, inventory: Inventory, reports: Reports, stack: ExitStack
    ) -> Recorder | None:
        """Subscribe the ledger to the run; None when there is none.

        Raises:
            LedgerError: the run to be resumed cannot be read.
            RunError: its playbooks or options have changed since.

        """
        run = self._target.run
        if not flags.ledger and run is None:
            return None
        from officefleet.ledger import Recorder, RunFacts, default_path  # noqa: PLC0415  see above
        from officefleet.ledger.content import content_hash  # noqa: PLC0415  see above

        content = content_hash(self._prepared.plays)
        kept = _kept(self.options)
        if run is not None:
            self._resume(run, content, kept, anyway=flags.resume_anyway)
        facts = RunFacts(content, self.options.limit, kept, run.id if run else None)
        try:
            recorder = Recorder(default_path(), facts, pharmacy_of=inventory.pharmacy_of, warn=reports.warn)
        except LedgerError as error:
            if run is not None:
                raise
            reports.warn(_("{problem}; the run goes on without it").format(problem=error.message))
            return None
        stack.enter_context(recorder)
        reports.subscribers.append(recorder)
        if reports.console is not None and run is None:
            files = [str(file.resolve()) for file in self._target.files]
            reports.console.usual = recorder.usual_seconds(files, check=self.options.check)
        return recorder

    def _resume(self, run: Run, content: str, kept: dict[str, Any], *, anyway: bool) -> None:
        from officefleet.ledger import default_path, open_ledger, query  # noqa: PLC0415  see above

        path = default_path()
        ledger = open_ledger(path, create=False)
        try:
            done = query.finished_hosts(ledger, run.id)
            before = query.options(ledger, run.id)
        finally:
            ledger.close()
        if run.check != self.options.check:
            raise UsageError(
                _("run {run} was in check mode, this one is not").format(run=run.id)
                if run.check
                else _("run {run} was not in check mode, this one is").format(run=run.id),
                hint=_("give --check to both or to neither"),
            )
        if not anyway and (content != run.content or before != kept or run.limit != self.options.limit):
            what = _("the playbooks or their roles") if content != run.content else _("the options")
            raise RunError(
                _("{what} have changed since run {run}: hosts that finished would differ").format(
                    what=what, run=run.id
                ),
                hint=_("run it anew, or accept that with --resume-anyway"),
            )
        self.options = replace(self.options, done=done)


def _kept(options: Options) -> dict[str, Any]:
    """Return what of the options makes a run another one; of extra variables only the names: they may be secret."""
    return {
        "tags": sorted(options.tags),
        "skip_tags": sorted(options.skip_tags),
        "start_at_task": options.start_at_task,
        "extra_vars": sorted(str(name) for name in options.extra_vars),
    }
