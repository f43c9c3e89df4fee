"""Runs every check in one pass and sorts what is wrong by place."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from officefleet.cli.validation import plays as play_checks
from officefleet.cli.vault_flags import vaults
from officefleet.errors import Mark, OfficefleetError, ProblemsError
from officefleet.source.yaml import is_sealed_file, load

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from officefleet.cli.validation.targets import Targets
    from officefleet.inventory import Inventory


@dataclass(slots=True)
class Report:
    """What was checked, and what is wrong, sorted by place."""

    problems: list[OfficefleetError] = field(default_factory=list)
    hosts: int = 0
    pharmacies: int = 0
    playbooks: int = 0
    plays: int = 0
    roles: int = 0
    files: list[Path] = field(default_factory=list)


def check(targets: Targets, known_hosts_of: Callable[[], Inventory | None]) -> Report:
    """Return everything that is wrong with the targets.

    Args:
        targets: see `find_targets`.
        known_hosts_of: loads the inventory for patterns when the targets hold none.

    """
    report = Report()
    found: list[OfficefleetError] = []
    inventory: Inventory | None = None
    for folder in targets.inventories:
        one = _inventory(folder, found, report)
        inventory = inventory or one
    if inventory is None and not targets.inventories:
        inventory = known_hosts_of()
    found += play_checks.check_playbooks(targets.playbooks, inventory, report)
    found += play_checks.check_roles(targets.roles, report)
    report.problems = _sorted(found)
    return report


def _inventory(folder: Path, found: list[OfficefleetError], report: Report) -> Inventory | None:
    from officefleet.drivers.catalog.load import load_catalog  # noqa: PLC0415  pydantic
    from officefleet.inventory import default_cache_dir, load_inventory  # noqa: PLC0415  pydantic

    report.files.append(folder)
    if (folder / "catalog").is_dir():
        try:
            load_catalog(folder / "catalog")
        except OfficefleetError as error:
            found += _flat(error)
    found += _variables(folder)
    try:
        inventory = load_inventory([folder], cache_dir=default_cache_dir(), opener=vaults())
    except OfficefleetError as error:
        found += _flat(error)
        return None
    report.hosts += len(inventory.hosts)
    report.pharmacies += len(inventory.digests)
    found += inventory.check()
    return inventory


def _variables(folder: Path) -> Iterable[OfficefleetError]:
    """Yield what is wrong with the YAML of group_vars and host_vars."""
    opener = vaults()
    for name in ("group_vars", "host_vars"):
        for file in sorted((folder / name).rglob("*.y*ml")):
            if opener.empty and is_sealed_file(file):
                continue  # whoever checks the repository need not know its secrets
            try:
                load(file, opener)
            except OfficefleetError as error:
                yield from _flat(error)


def _shown(mark: Mark | None, here: Path) -> Mark | None:
    """Return a place as a person at the keyboard would write it: relative where that is shorter."""
    if mark is None:
        return None
    path = Path(mark.file)
    if path.is_absolute() and path.is_relative_to(here):
        return replace(mark, file=str(path.relative_to(here)))
    return mark


def _flat(error: OfficefleetError) -> list[OfficefleetError]:
    if isinstance(error, ProblemsError):
        return [one for inner in error.problems for one in _flat(inner)]
    return [error]


def _sorted(found: Iterable[OfficefleetError]) -> list[OfficefleetError]:
    """Return problems by place, each once."""
    here = Path.cwd()
    once: dict[tuple[str, str], OfficefleetError] = {}
    for one in found:
        one.mark = _shown(one.mark, here)
        once[(str(one.mark), one.message)] = one
    return sorted(once.values(), key=lambda one: (one.mark or Mark(""), one.message))
