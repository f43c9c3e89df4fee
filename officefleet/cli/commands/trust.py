"""``officefleet trust``: record the keys of hosts, so that later connections are to these machines."""

from __future__ import annotations

import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter

from officefleet.cli import environment
from officefleet.cli.vault_flags import vaults
from officefleet.errors import ExitCode, UsageError
from officefleet.i18n import _, ngettext

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import paramiko

    from officefleet.cli.trusting.fetch import Fetched, Place
    from officefleet.cli.trusting.known_hosts import KnownHosts


@dataclass(frozen=True, slots=True)
class Rules:
    """When a key is taken without asking, and what may be replaced."""

    expected: Mapping[str, str] | None
    yes: bool
    replace: bool


@dataclass(slots=True)
class Verdicts:
    """What became of the hosts."""

    take: dict[str, paramiko.PKey] = field(default_factory=dict)
    known: int = 0
    refused: int = 0
    silent: int = 0


def command(
    pattern: str = "all",
    *,
    inventory: Annotated[list[str] | None, Parameter(name=["-i", "--inventory"], negative="")] = None,
    limit: Annotated[str, Parameter(name=["-l", "--limit"])] = "",
    fingerprints: Path | None = None,
    yes: Annotated[bool, Parameter(name=["-y", "--yes"], negative="")] = False,
    replace: Annotated[bool, Parameter(negative="")] = False,
    timeout: float = 10.0,
) -> int:
    """Fetch host keys, compare or show their fingerprints, and record them.

    Args:
        pattern: Hosts.
        inventory: Sources.
        limit: Second host pattern.
        fingerprints: File with lines "HOST SHA256:..."; hosts are recorded if and only if they match it.
        yes: Record without asking; safe only on a network that nobody else is on.
        replace: Also record keys that differ from the recorded ones (a machine was rebuilt).
        timeout: Seconds to wait for a host.

    """
    from officefleet.cli.trusting.fetch import fetch_all  # noqa: PLC0415  paramiko is slow to import
    from officefleet.cli.trusting.fingerprints import read_fingerprints  # noqa: PLC0415  see above
    from officefleet.cli.trusting.known_hosts import KnownHosts  # noqa: PLC0415  see above

    expected = read_fingerprints(fingerprints) if fingerprints is not None else None
    recorded = KnownHosts(environment.recorded_hosts())
    places = _places(pattern, inventory, limit, recorded)
    rules = Rules(expected, yes, replace)
    found = Verdicts()
    try:
        for fetched in fetch_all(places, timeout=timeout):
            _judge(fetched, recorded, rules, found)
    finally:
        if found.take:  # what was answered before Ctrl-C counts
            recorded.record(found.take)

    return _conclude(found, recorded.path)


def _places(pattern: str, sources: list[str] | None, limit: str, recorded: KnownHosts) -> list[Place]:
    from officefleet.access.action import Action  # noqa: PLC0415  --help needs none of this
    from officefleet.cli.acting import refuse_strangers  # noqa: PLC0415  see above
    from officefleet.cli.trusting.fetch import Place, place_of  # noqa: PLC0415  paramiko is slow to import
    from officefleet.inventory import default_cache_dir, load_inventory, needed_pharmacies  # noqa: PLC0415  pydantic

    fleet = load_inventory(
        environment.inventory_sources(sources),
        only=needed_pharmacies(pattern, limit or None),
        cache_dir=default_cache_dir(),
        opener=vaults(),
    )
    hosts = fleet.select(pattern, limit or None)
    if not hosts:
        raise UsageError(_("{pattern!r} names no host").format(pattern=pattern))
    refuse_strangers(fleet, hosts, Action.LOOK)
    places: list[Place] = []
    for host in hosts:
        found = place_of(host, fleet.variables(host))
        if found is not None:
            address, port = found
            name = Place(host, address, port).name
            places.append(Place(host, address, port, tuple(recorded.keys(name))))
    if not places:
        raise UsageError(_("none of these hosts is reached over SSH"))
    return places


def _judge(fetched: Fetched, recorded: KnownHosts, rules: Rules, found: Verdicts) -> None:
    place, key = fetched.place, fetched.key
    if key is None:
        found.silent += 1
        _say(_("{host}: no key from {name}: {reason}").format(
            host=place.host, name=place.name, reason=fetched.problem))  # fmt: skip
        return
    print_ = str(key.fingerprint)
    old = recorded.keys(place.name)
    same = old.get(key.get_name()) == key
    wanted = rules.expected
    if wanted is not None and wanted.get(place.host) != print_:
        found.refused += 1
        _say(
            _("{host}: REFUSED, it shows {found}, not {expected}").format(
                host=place.host,
                found=print_,
                expected=wanted.get(place.host) or _("a key that the file knows"),
            )
        )
    elif same:
        found.known += 1
    elif old and not rules.replace:
        found.refused += 1
        _say(
            _("{host}: REFUSED, the recorded key is another one; shown: {found}").format(
                host=place.host, found=print_
            )
        )
        _say(
            "  "
            + _("if the machine was rebuilt, run `officefleet trust --replace {host}`").format(
                host=place.host
            )
        )
    elif wanted is not None or rules.yes or _agreed(place, key.get_name(), print_, changed=bool(old)):
        found.take[place.name] = key
        _say(_("{host}: recorded {found}").format(host=place.host, found=print_))
    else:
        found.refused += 1
        _say(_("{host}: not recorded").format(host=place.host))


def _agreed(place: Place, kind: str, print_: str, *, changed: bool) -> bool:
    """Ask; anything but a clear yes is a no, and so is nobody there to ask."""
    _say(f"{place.host} ({place.name})  {kind}  {print_}")
    if changed:
        _say("  " + _("This REPLACES the recorded key."))
    sys.stdout.write("  " + _("Is this the machine's own fingerprint? [y/N] "))
    sys.stdout.flush()
    answer = sys.stdin.readline().strip().lower()
    if not sys.stdin.isatty():
        sys.stdout.write("\n")
    return answer in ("y", "yes", "o", "oui")


def _conclude(found: Verdicts, path: Path) -> int:
    parts: Sequence[str] = (
        ngettext("{count} recorded", "{count} recorded", len(found.take)).format(count=len(found.take)),
        ngettext("{count} known already", "{count} known already", found.known).format(count=found.known),
        ngettext("{count} refused", "{count} refused", found.refused).format(count=found.refused),
        _("{count} without an answer").format(count=found.silent),
    )
    shown = str(path).replace(str(Path.home()), "~", 1)
    _say(", ".join(parts) + f"  [{shown}]")
    if found.refused:
        return ExitCode.FAILED
    return ExitCode.UNREACHABLE if found.silent else ExitCode.OK


def _say(text: str) -> None:
    sys.stdout.write(text + "\n")
