"""``officefleet drivers``: will this peripheral work on this machine, and after this update?"""

from __future__ import annotations

import datetime as dt  # noqa: TC003  cyclopts reads it at run time
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import App, Parameter

from officefleet.errors import ExitCode, UsageError
from officefleet.i18n import _, language

if TYPE_CHECKING:
    from officefleet.drivers.verdicts.index import RuleIndex
    from officefleet.inventory import Inventory

command = App(name="drivers", help="Check peripherals, drivers and updates before touching a machine.")
package = App(name="package", help="Driver packages before they are staged.")
command.command(package)

Sources = Annotated[
    list[str] | None,
    Parameter(
        name=["-i", "--inventory"],
        help="Fleet folder, pharmacy folder, Ansible inventory file, or host list ending in a comma.",
    ),
]
Limit = Annotated[str | None, Parameter(name=["-l", "--limit"], help="Keep only these hosts.")]
CatalogFolder = Annotated[Path | None, Parameter(help="Catalogue; the inventory's own by default.")]
AsJson = Annotated[bool, Parameter(name="--json", negative="", help="Print JSON.")]
Flag = Annotated[bool, Parameter(negative="")]


@command.command
def check(
    pattern: str = "all",
    *,
    inventory: Sources = None,
    limit: Limit = None,
    catalog: CatalogFolder = None,
    live: Flag = False,
    spare: Flag = False,
    update: str | None = None,
    day: dt.datetime | None = None,
    as_json: AsJson = False,
) -> int:
    """Say of each peripheral whether it works on its machine; exit code 2 when something is blocked.

    Args:
        pattern: Host pattern.
        inventory: Sources.
        limit: Second host pattern.
        catalog: Catalogue.
        live: Read the machines and say what differs from the inventory.
        spare: Judge each spare with the peripherals of each poste that it stands in for.
        update: What this update would break: KB5066835, or a build such as 26100.
        day: Judge as of this day.
        as_json: JSON instead of text.

    """
    if live + spare + (update is not None) > 1:
        raise UsageError(_("--live, --spare and --update exclude one another"))
    from officefleet.cli import _drivers_check as work  # noqa: PLC0415  loads pydantic

    fleet = _load(inventory, pattern, limit)
    hosts = fleet.select(pattern, limit)
    index = _index(inventory, catalog, day)
    if update is not None:
        return work.check_update(fleet, hosts, index, update, as_json=as_json)
    if spare:
        return work.check_spares(fleet, hosts, index, as_json=as_json)
    if live:
        return work.check_live(fleet, hosts, index, as_json=as_json)
    return work.check_recorded(fleet, hosts, index, as_json=as_json)


@command.command
def explain(
    host: str,
    device: str,
    *,
    inventory: Sources = None,
    catalog: CatalogFolder = None,
    inf: list[Path] | None = None,
    unsigned: Flag = False,
    as_json: AsJson = False,
) -> None:
    """Show the drivers that Windows would consider for a device, the winner and why.

    Args:
        host: Machine.
        device: Name of the peripheral.
        inventory: Sources.
        catalog: Catalogue.
        inf: INF files to consider besides the catalogue.
        unsigned: Those INF files are not signed.
        as_json: JSON instead of text.

    """
    from officefleet.cli._drivers_check import no_such_peripheral, print_json, print_lines  # noqa: PLC0415  pydantic
    from officefleet.drivers.explain import explain as rank  # noqa: PLC0415  loads pydantic
    from officefleet.drivers.explain import explanation_lines  # noqa: PLC0415  loads pydantic
    from officefleet.drivers.inf import parse_inf  # noqa: PLC0415
    from officefleet.drivers.ranking import SignerScore  # noqa: PLC0415  loads pydantic

    fleet = _load(inventory, host, None)
    machine = fleet.machine(fleet.select(host)[0])
    if machine is None:
        raise UsageError(_("{host} is not a machine of the fleet").format(host=host))
    peripheral = next((one for one in machine.peripherals if one.name == device), None)
    if peripheral is None:
        raise UsageError(no_such_peripheral(host, device, (one.name for one in machine.peripherals)))
    signer = SignerScore.UNSIGNED if unsigned else SignerScore.AUTHENTICODE
    infs = [(parse_inf(path), signer) for path in inf or ()]
    found = rank(machine, peripheral, _index(inventory, catalog, None).catalog, infs)
    if as_json:
        print_json(found.to_json())
    else:
        print_lines(explanation_lines(found))


@command.command
def rules(
    *,
    inventory: Sources = None,
    catalog: CatalogFolder = None,
    markdown: Flag = False,
    as_json: AsJson = False,
) -> None:
    """List the rules of the catalogue, each with its source and its test.

    Args:
        inventory: Sources.
        catalog: Catalogue.
        markdown: The table of docs/drivers.md.
        as_json: JSON instead of text.

    """
    from officefleet.cli._drivers_check import print_json, print_lines  # noqa: PLC0415  loads pydantic
    from officefleet.drivers import rule_table  # noqa: PLC0415  loads pydantic

    known = _index(inventory, catalog, None).catalog
    if markdown:
        sys.stdout.write(rule_table.markdown(known) + "\n")
    elif as_json:
        print_json(rule_table.rows(known, language()))
    else:
        print_lines(
            f"{row['rule']}: [{row['verdict']}] {row['title']} ({row['source']})"
            for row in rule_table.rows(known, language())
        )


@command.command(name="scan-test")
def scan_test(*, svg: Path | None = None, received: str | None = None) -> int:
    """Show a DataMatrix with known content, read what a scanner types, say what is wrong.

    Args:
        svg: Write the code to this file instead of showing it: print it, or open it on the poste.
        received: What arrived, instead of waiting for a scan.

    """
    from officefleet.drivers import scantest  # noqa: PLC0415  loads the DataMatrix encoder

    if svg is not None:
        svg.write_text(scantest.svg(scantest.matrix()), encoding="utf-8")
        if received is None:
            sys.stdout.write(_("The code is in {path}.").format(path=svg) + "\n")
            return ExitCode.OK
    if received is None:
        sys.stdout.writelines(f"{line}\n" for line in scantest.terminal_lines(scantest.matrix()))
        sys.stdout.write(_("Scan this code; press Enter if nothing happens.") + "\n")
        sys.stdout.flush()
        received = sys.stdin.readline()
    found = scantest.diagnose(received)
    sys.stdout.write(found.message + "\n")
    if found.cure:
        sys.stdout.write(f"  -> {found.cure}\n")
    return ExitCode.OK if found.good else ExitCode.FAILED


@command.command
def key(path: Path) -> None:
    """Make a key to sign catalogues with: PATH is the secret one, PATH.pub the public one.

    Args:
        path: File of the secret key; must not exist.

    """
    from officefleet.drivers.signing import create_key  # noqa: PLC0415  loads cryptography

    sys.stdout.write(_("Public key: {path}").format(path=create_key(path)) + "\n")


@command.command
def sign(*, key: Path, inventory: Sources = None, catalog: CatalogFolder = None) -> None:
    """Sign the catalogue: writes manifest.json with the hash of every file.

    Args:
        key: Secret key.
        inventory: Sources.
        catalog: Catalogue.

    """
    from officefleet.drivers.signing import sign as sign_catalog  # noqa: PLC0415  loads cryptography

    index = _index(inventory, catalog, None)  # what contradicts itself is not signed
    manifest = sign_catalog(index.catalog.root, key)
    sys.stdout.write(
        _("Signed {count} files as number {serial}.").format(
            count=len(manifest.files), serial=manifest.serial
        )
        + "\n"
    )


@command.command
def verify(*, key: Path, inventory: Sources = None, catalog: CatalogFolder = None, minimum: int = 0) -> None:
    """Verify the catalogue's signature and every file of it.

    Args:
        key: Public key of the groupement.
        inventory: Sources.
        catalog: Catalogue.
        minimum: Refuse a catalogue with a lower number than this.

    """
    from officefleet.drivers.signing import verify as verify_catalog  # noqa: PLC0415  loads cryptography
    from officefleet.drivers.verdicts.gate import find_catalog  # noqa: PLC0415  loads pydantic

    root = catalog or find_catalog(_sources(inventory))
    manifest = verify_catalog(root, key, minimum_serial=minimum)
    sys.stdout.write(
        _("{count} files as signed, number {serial}, key {signer}").format(
            count=len(manifest.files), serial=manifest.serial, signer=manifest.signer[:16]
        )
        + "\n"
    )


@package.command(name="check")
def package_check(
    folder: Path,
    *,
    sha256: str | None = None,
    driver: str | None = None,
    arch: str = "amd64",
    inf: str | None = None,
    inventory: Sources = None,
    catalog: CatalogFolder = None,
    as_json: AsJson = False,
) -> int:
    """Check an unpacked driver package: pinned, complete, signed, inside its folder.

    Args:
        folder: The package.
        sha256: The hash that it must have.
        driver: Take the hash from this entry of the catalogue.
        arch: amd64, x86 or arm64.
        inf: Its INF file when it holds several.
        inventory: Sources.
        catalog: Catalogue.
        as_json: JSON instead of text.

    """
    from officefleet.cli._drivers_check import print_json  # noqa: PLC0415  loads pydantic
    from officefleet.drivers.package import check_package  # noqa: PLC0415
    from officefleet.inventory.invalid import refuse  # noqa: PLC0415  loads pydantic

    if driver is not None:
        known = _index(inventory, catalog, None).catalog.drivers
        if driver not in known:
            raise UsageError(_("the driver {name!r} is not in the catalogue").format(name=driver))
        sha256 = known[driver].sha256
    report = check_package(folder, architecture=arch, pin=sha256, inf=inf)
    if as_json:
        print_json(report.to_json())
        return ExitCode.INVALID if report.problems else ExitCode.OK
    if report.problems:
        raise refuse(report.problems)
    sys.stdout.write(
        _("{count} files, catalogue {catalog}, signed by {signers}: may be staged.").format(
            count=report.files, catalog=report.catalog, signers=", ".join(report.signers) or "?"
        )
        + "\n"
    )
    return ExitCode.OK


def _sources(given: list[str] | None) -> list[str]:
    from officefleet.cli.environment import inventory_sources  # noqa: PLC0415

    return inventory_sources(given)


def _load(given: list[str] | None, pattern: str, limit: str | None) -> Inventory:
    from officefleet.inventory import default_cache_dir, load_inventory, needed_pharmacies  # noqa: PLC0415  pydantic

    only = needed_pharmacies(pattern, limit)
    return load_inventory(_sources(given), only=only, cache_dir=default_cache_dir())


def _index(given: list[str] | None, catalog: Path | None, day: dt.datetime | None) -> RuleIndex:
    from officefleet.drivers.verdicts.gate import find_catalog, rule_index  # noqa: PLC0415  loads pydantic

    return rule_index(catalog or find_catalog(_sources(given)), day.date() if day else None)
