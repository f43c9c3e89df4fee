"""The options of ``officefleet run``, under ansible-playbook's names, and what they mean to the engine."""

from __future__ import annotations

import getpass
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter

from officefleet.cli import environment
from officefleet.cli.extra_vars import read_extra_vars
from officefleet.cli.play_flags import PlayFlags, Texts, flag
from officefleet.errors import UsageError
from officefleet.i18n import _

if TYPE_CHECKING:
    from officefleet.engine.options import Options
    from officefleet.source.secrets import Opener


@Parameter(name="*")
@dataclass(frozen=True, kw_only=True)
class RunFlags(PlayFlags):
    """Options of a run.

    Attributes:
        diff: Show what changes in files.
        start_at_task: Begin at the task of this name.
        force_handlers: Run handlers on hosts that have failed, too.
        list_hosts: Print each play's hosts and end.
        list_tasks: Print each play's tasks and end.
        list_tags: Print each play's tags and end.
        syntax_check: Check the playbooks and end.
        verbose: Show every result; more than once shows more.
        output: console, json, json=FILE, junit=FILE or html=FILE; may be given several times.
        resume: Go on with an interrupted run; RUN after the playbooks names it, else the last one.
        resume_anyway: Resume although the playbooks have changed.
        ledger: Record the run.
        driver_gate: Leave out machines whose drivers would not work (see `officefleet drivers check`).

    """

    diff: Annotated[bool, flag("-D", "--diff")] = False
    start_at_task: Annotated[str, flag("--start-at-task")] = ""
    force_handlers: Annotated[bool, flag("--force-handlers")] = False
    list_hosts: Annotated[bool, flag("--list-hosts")] = False
    list_tasks: Annotated[bool, flag("--list-tasks")] = False
    list_tags: Annotated[bool, flag("--list-tags")] = False
    syntax_check: Annotated[bool, flag("--syntax-check")] = False
    verbose: Annotated[
        int, Parameter(name=("-v", "--verbose"), count=True, negative="", show_default=False)
    ] = 0
    output: Annotated[Texts, flag("--output")] = None
    resume: Annotated[bool, flag("--resume")] = False
    resume_anyway: Annotated[bool, flag("--resume-anyway")] = False
    ledger: Annotated[bool, Parameter(negative="--no-ledger", show_default=False)] = True
    driver_gate: Annotated[bool, Parameter(negative="--no-driver-gate", show_default=False)] = True

    @property
    def only_lists(self) -> bool:
        """Whether nothing is to be run."""
        return self.list_hosts or self.list_tasks or self.list_tags or self.syntax_check


def engine_options(flags: RunFlags, limit: str, opener: Opener | None = None) -> Options:
    """Return the engine's options, asking for passwords where the flags say so.

    Args:
        flags: the command line.
        limit: pattern that narrows the hosts.
        opener: opens encrypted files of variables.

    Raises:
        UsageError: an option's value makes no sense.

    """
    from officefleet.engine.options import Options  # noqa: PLC0415  the engine is slow to import

    if flags.connection and flags.connection.rpartition(".")[2] not in (
        "ssh",
        "local",
        "smart",
        "paramiko",
        "winrm",
    ):
        raise UsageError(
            _("no transport is named {name!r}").format(name=flags.connection),
            hint=_("ssh, winrm and local are"),
        )
    password = _ask(_("Login password: ")) if flags.ask_pass else ""
    return Options(
        check=flags.check,
        diff=flags.diff,
        forks=environment.forks(flags.forks),
        limit=limit,
        tags=_words(flags.tags) - {"all"},
        skip_tags=_words(flags.skip_tags),
        start_at_task=flags.start_at_task,
        extra_vars=read_extra_vars(flags.extra_vars or (), opener),
        user=flags.user or environment.remote_user(),
        key_file=flags.private_key or environment.private_key(),
        password=password,
        become=flags.become,
        become_user=flags.become_user,
        become_password=_become_password(flags, password),
        timeout=flags.timeout,
        known_hosts=environment.known_hosts(),
        check_host_keys=environment.checks_host_keys(),
        connection="" if flags.connection == "smart" else flags.connection,
        force_handlers=flags.force_handlers,
        verbosity=flags.verbose,
    )


def _words(given: Texts) -> frozenset[str]:
    return frozenset(word.strip() for text in given or () for word in text.split(",") if word.strip())


def _become_password(flags: RunFlags, login: str) -> str:
    if flags.become_password_file is not None:
        try:
            return flags.become_password_file.expanduser().read_text(encoding="utf-8").splitlines()[0]
        except (OSError, UnicodeDecodeError, IndexError) as error:
            reason = getattr(error, "strerror", None) or _("it is empty or not text")
            raise UsageError(
                _("cannot read the password file {file}: {reason}").format(
                    file=flags.become_password_file, reason=reason
                )
            ) from None
    if flags.ask_become_pass:
        return _ask(_("sudo password (empty: as for login): ")) or login
    return ""


def _ask(question: str) -> str:
    if not sys.stdin.isatty():
        # getpass would fall back to echoing what is typed
        return sys.stdin.readline().rstrip("\n")
    return getpass.getpass(question)
