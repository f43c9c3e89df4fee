"""``officefleet run``: play playbooks on hosts."""

from __future__ import annotations

import sys
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

from officefleet.access.action import Action
from officefleet.cli import environment, resuming
from officefleet.cli.acting import acting, played_homes
from officefleet.cli.report_targets import Reports, open_reports, parse_outputs
from officefleet.cli.run_flags import RunFlags, engine_options
from officefleet.cli.vault_flags import ask_now, vaults
from officefleet.errors import ExitCode, OfficefleetError, UsageError
from officefleet.i18n import _

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from officefleet.engine.masking import Mask
    from officefleet.engine.options import Options
    from officefleet.engine.run import Prepared
    from officefleet.inventory import Inventory
    from officefleet.outputs.console import Console
    from officefleet.rollout.gate import Refusal
    from officefleet.source.secrets import Opener

_DEFAULTS = RunFlags()


def command(*playbooks: str, flags: RunFlags = _DEFAULTS) -> int:
    """Play playbooks on the hosts that they name; options are ansible-playbook's.

    Args:
        playbooks: Files to play, in this order; after --resume also the id of the run to go on with.
        flags: See `RunFlags`.

    """
    return play(playbooks, flags, Action.PLAY)


def play(playbooks: tuple[str, ...], flags: RunFlags, action: Action) -> int:
    """Play playbooks for whoever may do a thing where they play; return the exit code.

    Raises:
        AccessError: they may not.

    """
    from officefleet.cli.vaulting.guard import guarded  # noqa: PLC0415  the engine is slow to import
    from officefleet.engine.masking import Mask  # noqa: PLC0415  see above

    mask = Mask()
    with guarded(mask):
        return _play(playbooks, flags, mask, action)


def _play(playbooks: tuple[str, ...], flags: RunFlags, mask: Mask, action: Action) -> int:
    outputs = parse_outputs(flags.output)
    target = resuming.find(playbooks, flags)
    if not target.files:
        raise UsageError(_("no playbook"), hint=_("officefleet run playbooks/site.yml"))
    _refuse_missing(target.files)
    opener = vaults(flags)
    opener.tell(mask.add)
    ask_now(opener.secrets)
    options = engine_options(flags, target.limit, opener)
    from officefleet.engine.run import prepare  # noqa: PLC0415  the engine is slow to import

    prepared = prepare(target.files, options.extra_vars, opener, mask)
    if flags.syntax_check and not (flags.list_hosts or flags.list_tasks or flags.list_tags):
        sys.stdout.write(_("No problem found.") + "\n")
        return ExitCode.OK
    inventory = load(flags.inventory, options.limit, opener)
    _refuse_empty(inventory, options.limit)
    if flags.only_lists:
        from officefleet.cli import listing  # noqa: PLC0415  rarely needed

        sys.stdout.writelines(f"{text}\n" for text in listing.lines(prepared, inventory, options, flags))
        return ExitCode.OK
    run_id = ""
    try:
        with ExitStack() as stack:
            concerned = played_homes(prepared, inventory, options)
            stack.enter_context(acting(inventory, concerned, action, options.key_file))
            reports = open_reports(outputs, inventory, flags, stack)
            journal = resuming.Journal(target, prepared, options)
            recorder = journal.open(flags, inventory, reports, stack)
            options, refused = _judge(flags, prepared, inventory, journal.options, reports)
            try:
                code = _run(prepared, inventory, options, reports)
                return ExitCode.FAILED if refused else code
            finally:
                run_id = recorder.run_id if recorder else ""
    except KeyboardInterrupt:
        sys.stderr.write(_interrupted(run_id) + "\n")
        return ExitCode.INTERRUPTED


def _interrupted(run_id: str) -> str:
    if not run_id:
        return _("Interrupted.")
    return _("Interrupted. To go on, give the same command with: --resume {run}").format(run=run_id)


def _judge(
    flags: RunFlags, prepared: Prepared, inventory: Inventory, options: Options, reports: Reports
) -> tuple[Options, bool]:
    """Pass the driver gate: return options that leave refused machines out, and whether there are any."""
    if not flags.driver_gate or not inventory.digests:
        return options, False
    from officefleet.drivers import find_catalog  # noqa: PLC0415  not needed without a fleet
    from officefleet.rollout.gate import DriverGate, judge_run  # noqa: PLC0415  see above

    gate = DriverGate(find_catalog(environment.inventory_sources(flags.inventory)))
    options, refusals = judge_run(gate, prepared, inventory, options)
    for one in refusals:
        reports.warn(str(one))
    if refusals and flags.ledger and not options.check:
        _file(refusals, reports)
    return options, bool(refusals)


def _file(refusals: Sequence[Refusal], reports: Reports) -> None:
    """Write into the binder what was left out; a run does not fail because that cannot be."""
    from officefleet.cli._continuity import open_binder  # noqa: PLC0415  rarely needed
    from officefleet.continuity.binder.filing import file_refused  # noqa: PLC0415  see above

    try:
        with open_binder() as (binder, _cures):
            file_refused(binder, [(one.host, one.rule, one.reason, one.cure) for one in refusals])
    except OfficefleetError as error:
        reports.warn(error.message)


def _run(prepared: Prepared, inventory: Inventory, options: Options, reports: Reports) -> int:
    from officefleet.engine.run import run_prepared  # noqa: PLC0415  the engine is slow to import

    return run_prepared(
        prepared, inventory, options, reports.subscribers, ask=_asker(reports.console)
    ).exit_code


def _asker(console: Console | None) -> Callable[[Mapping[str, Any]], str] | None:
    """Return what puts a vars_prompt to the person at the keyboard, or None when nobody is there."""
    if console is None or not sys.stdin.isatty():
        return None

    def ask(prompt: Mapping[str, Any]) -> str:
        with console.paused():
            return _answer(prompt)

    return ask


def _answer(prompt: Mapping[str, Any]) -> str:
    import getpass  # noqa: PLC0415  rarely needed

    default = prompt.get("default")
    shown = f" [{default}]" if default is not None else ""
    question = f"{prompt.get('prompt') or prompt.get('name')}{shown}: "
    while True:
        given = getpass.getpass(question) if prompt.get("private", True) else input(question)
        if prompt.get("confirm") and given != getpass.getpass(_("Again: ")):
            sys.stdout.write(_("The two are not the same.") + "\n")
            continue
        return given if given or default is None else str(default)


def load(sources: list[str] | None, limit: str, opener: Opener | None = None) -> Inventory:
    """Return the inventory; pharmacies that the limit leaves out are not read."""
    from officefleet.inventory import default_cache_dir, load_inventory, needed_pharmacies  # noqa: PLC0415  pydantic

    only = needed_pharmacies("all", limit) if limit else None
    return load_inventory(
        environment.inventory_sources(sources), only=only, cache_dir=default_cache_dir(), opener=opener
    )


def _refuse_missing(files: list[Path]) -> None:
    for file in files:
        if not file.exists():
            raise UsageError(_("there is no playbook {file}").format(file=file), hint=_near_file(file))
        if file.is_dir():
            raise UsageError(_("{file} is a folder, not a playbook").format(file=file))


def _near_file(file: Path) -> str:
    from officefleet.errors import nearest  # noqa: PLC0415  rarely needed

    folder = file.parent
    known = [one.name for one in folder.glob("*.y*ml")] if folder.is_dir() else []
    close = nearest(file.name, known)
    return _("did you mean {name}?").format(name=folder / close) if close else ""


def _refuse_empty(inventory: Inventory, limit: str) -> None:
    """Refuse a limit that names nothing: a run that does nothing must not look like one that went well."""
    if limit and not inventory.select("all", limit):
        raise OfficefleetError(
            _("the limit {limit!r} leaves no host").format(limit=limit),
            hint=_("see `officefleet inventory hosts PATTERN`"),
        )
