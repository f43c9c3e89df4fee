"""``officefleet doctor``: prove that a host can be worked on, and print a report that can be sent back."""

from __future__ import annotations

import getpass
import sys
from pathlib import Path  # noqa: TC003  cyclopts reads annotations
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter

from officefleet.cli import environment
from officefleet.cli.vault_flags import vaults
from officefleet.errors import ExitCode, UsageError
from officefleet.i18n import _

if TYPE_CHECKING:
    from officefleet.cli.doctor.finding import Finding


def command(
    host: str,
    *,
    inventory: Annotated[list[str] | None, Parameter(name=["-i", "--inventory"], negative="")] = None,
    ask_pass: Annotated[bool, Parameter(name=["-k", "--ask-pass"], negative="")] = False,
    timeout: float = 10.0,
    as_json: Annotated[bool, Parameter(name="--json", negative="")] = False,
    output: Path | None = None,
) -> int:
    """Examine a host: connection, agent, every module's read, encodings, sizes, time limits, quotas.

    Nothing is changed on it. The report holds no names, addresses or secrets.

    Args:
        host: Inventory name.
        inventory: Sources.
        ask_pass: Ask for the login password.
        timeout: Seconds to wait for the connection.
        as_json: JSON instead of lines.
        output: File for the report, too.

    """
    from officefleet.access.action import Action  # noqa: PLC0415  the engine is slow to import
    from officefleet.cli.acting import refuse_strangers  # noqa: PLC0415  see above
    from officefleet.cli.doctor import text  # noqa: PLC0415  see above
    from officefleet.cli.doctor.examination import Examination, names_of  # noqa: PLC0415  see above
    from officefleet.engine.options import Options  # noqa: PLC0415  see above
    from officefleet.inventory import default_cache_dir, load_inventory, needed_pharmacies  # noqa: PLC0415  see above

    fleet = load_inventory(
        environment.inventory_sources(inventory),
        only=needed_pharmacies(host, None),
        cache_dir=default_cache_dir(),
        opener=vaults(),
    )
    hosts = fleet.select(host)
    if len(hosts) != 1:
        raise UsageError(
            _("{pattern!r} names {count} hosts, doctor examines one").format(pattern=host, count=len(hosts))
        )
    refuse_strangers(fleet, hosts, Action.LOOK)
    options = Options(
        user=environment.remote_user(),
        key_file=environment.private_key(),
        password=_password() if ask_pass else "",
        timeout=timeout,
        known_hosts=environment.known_hosts(),
        check_host_keys=environment.checks_host_keys(),
    )
    variables = fleet.variables(hosts[0])
    lines: list[str] = []

    def heard(finding: Finding) -> None:
        lines.append(text.line(finding, veil))
        if not as_json:
            _say(lines[-1])

    examination = Examination(hosts[0], variables, options, heard)
    veil = text.Veil(
        [*names_of(examination, variables), (options.password, "SECRET"), (options.user, "USER")]
    )
    if not as_json:
        _say(text.head())
    report = examination.run()
    whole = text.as_json(report, veil) if as_json else "\n".join([text.head(), *lines, text.tail(report)])
    _say(whole if as_json else text.tail(report))
    if output is not None:
        _write(output, whole)
    return ExitCode.OK if report.sound else ExitCode.FAILED


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def _write(file: Path, whole: str) -> None:
    try:
        file.write_text(whole + "\n", encoding="utf-8")
    except OSError as error:
        raise UsageError(
            _("cannot write {file}: {reason}").format(file=file, reason=error.strerror or error)
        ) from None


def _password() -> str:
    if not sys.stdin.isatty():
        return sys.stdin.readline().rstrip("\n")
    return getpass.getpass(_("Login password: "))
