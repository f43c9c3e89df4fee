"""``officefleet validate``: check inventory, catalogue, roles and playbooks without touching a host."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter

from officefleet.cli import environment
from officefleet.cli.vault_flags import vaults
from officefleet.errors import ExitCode, OfficefleetError, UsageError
from officefleet.i18n import _, ngettext

if TYPE_CHECKING:
    from officefleet.cli.validation import Report
    from officefleet.inventory import Inventory


def command(
    *paths: Path,
    inventory: Annotated[list[str] | None, Parameter(name=["-i", "--inventory"], negative="")] = None,
    as_json: Annotated[bool, Parameter(name="--json", negative="")] = False,
    junit: Path | None = None,
    sarif: Path | None = None,
) -> int:
    """Check inventory, catalogue, roles and playbooks; no host is touched.

    Args:
        paths: Repositories, inventories, roles, folders of playbooks or playbooks; the whole repository if none.
        inventory: Where the hosts are that playbooks name, when the paths hold no inventory.
        as_json: Print one JSON object.
        junit: Write JUnit XML to this file.
        sarif: Write SARIF to this file.

    """
    from officefleet.cli.validation import check, find_targets  # noqa: PLC0415  pydantic is slow to import
    from officefleet.outputs import problem_files  # noqa: PLC0415  not needed by other commands

    report = check(find_targets(paths), lambda: _hosts(inventory))
    try:
        if junit is not None:
            problem_files.write_junit(report.problems, report.files, junit)
        if sarif is not None:
            problem_files.write_sarif(report.problems, Path.cwd(), sarif)
    except OSError as error:
        raise UsageError(
            _("cannot write {file}: {reason}").format(file=error.filename, reason=error.strerror)
        ) from None
    if as_json:
        counts = {
            name: getattr(report, name) for name in ("hosts", "pharmacies", "playbooks", "plays", "roles")
        }
        data = {"problems": [problem_files.as_dict(one) for one in report.problems], **counts}
        sys.stdout.write(json.dumps(data, ensure_ascii=False, indent=2) + "\n")
    else:
        _print(report)
    return ExitCode.INVALID if report.problems else ExitCode.OK


def _hosts(sources: list[str] | None) -> Inventory | None:
    """Return the inventory around, or None: a playbook can be checked without one."""
    from officefleet.inventory import default_cache_dir, load_inventory  # noqa: PLC0415  pydantic

    try:
        return load_inventory(
            environment.inventory_sources(sources), cache_dir=default_cache_dir(), opener=vaults()
        )
    except UsageError:
        return None
    except OfficefleetError:
        if sources:
            raise
        return None  # it was not asked for; `officefleet validate` on it says what is wrong


def _print(report: Report) -> None:
    from officefleet.outputs.problems import render_problem  # noqa: PLC0415  needed for problems only

    for problem in report.problems:
        sys.stdout.write(render_problem(problem) + "\n")
    checked = _("{pharmacies} pharmacies, {hosts} hosts, {playbooks} playbooks, {plays} plays, {roles} roles").format(
        pharmacies=report.pharmacies, hosts=report.hosts, playbooks=report.playbooks, plays=report.plays,
        roles=report.roles,
    )  # fmt: skip
    count = len(report.problems)
    found = (
        ngettext("{count} problem found", "{count} problems found", count).format(count=count)
        if count
        else _("no problem found")
    )
    sys.stdout.write(_("{checked}: {found}").format(checked=checked, found=found) + "\n")
