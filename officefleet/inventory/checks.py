"""Cross-checks that no single file can see, over the digests of all loaded pharmacies."""

from __future__ import annotations

from typing import TYPE_CHECKING

from officefleet.errors import ModelError, nearest
from officefleet.i18n import _
from officefleet.inventory.finding_text import broken_rule, sentence
from officefleet.inventory.invalid import place_of
from officefleet.inventory.places import Places, marked

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    from officefleet.errors import Mark
    from officefleet.inventory.digest import Digest
    from officefleet.models import Driver, FleetSettings


def check(
    settings: FleetSettings,
    drivers: Mapping[str, Driver],
    digests: Mapping[str, Digest],
    folders: Mapping[str, Path],
    fleets: Sequence[Path] = (),
) -> list[ModelError]:
    """Return every contradiction; files are read again only to find its place.

    Args:
        settings: what ``fleet.yml`` holds.
        drivers: the driver catalogue by name.
        digests: the loaded pharmacies by id.
        folders: each pharmacy's folder by id.
        fleets: folders that hold a ``fleet.yml``.

    """
    places = Places(folders)
    found = [*duplicate_hosts(digests, folders), *_duplicate_addresses(digests, places)]
    found += [error for root in fleets for error in _settings(root / "fleet.yml", settings)]
    for digest in digests.values():
        for finding in digest.findings:
            message, hint = sentence(finding)
            found.append(ModelError(message, mark=places.of(digest.id, finding.location), hint=hint))
        found += _references(digest, settings, drivers, places)
    return found


def duplicate_hosts(digests: Mapping[str, Digest], folders: Mapping[str, Path]) -> list[ModelError]:
    """Return the host names that two machines bear: no run is safe while there are any."""
    places = Places(folders)
    found: list[ModelError] = []
    seen: dict[str, str] = {}
    for digest in digests.values():
        for index, host in enumerate(digest.hosts):
            if host.name not in seen:
                seen[host.name] = digest.id
                continue
            first = seen[host.name]
            found.append(
                ModelError(
                    _("the host name {name!r} is used twice, first in {pharmacy}").format(
                        name=host.name, pharmacy=first
                    ),
                    mark=places.of(digest.id, ["machines", index, "name"]),
                    hint=_("host names are unique in the fleet"),
                )
            )
    return found


def _duplicate_addresses(digests: Mapping[str, Digest], places: Places) -> Iterator[ModelError]:
    """Yield the machines whose address another machine has: the engine would configure the wrong one."""
    seen: dict[str, str] = {}
    for digest in digests.values():
        for index, host in enumerate(digest.hosts):
            first = seen.get(host.address)
            if first is None:
                seen[host.address] = host.name
            else:
                yield ModelError(
                    _("{name} has the address {address} of {first}").format(
                        name=host.name, address=host.address, first=first
                    ),
                    mark=places.of(digest.id, ["machines", index, "address"]),
                    hint=_("give each machine its own address"),
                )


def _settings(file: Path, settings: FleetSettings) -> Iterator[ModelError]:
    """Yield the policies of one ``fleet.yml`` that break a rule, and its references to unknown policies."""
    data = marked(file)
    if not isinstance(data, dict):
        return
    policies = {one.name: one for one in settings.backup_policies}
    for index, entry in enumerate(data.get("backup_policies") or ()):
        for rule in policies[entry["name"]].broken_rules():
            message, hint = broken_rule(entry["name"], rule)
            mark = place_of(data, ["backup_policies", index, "name"], str(file))
            yield ModelError(message, mark=mark, hint=hint)
    for index, entry in enumerate(data.get("groupements") or ()):
        name = entry.get("backup_policy")
        if name is not None and name not in policies:
            mark = place_of(data, ["groupements", index, "backup_policy"], str(file))
            yield _unknown(_("unknown backup policy {name!r}"), name, policies, mark)


def _references(
    digest: Digest, settings: FleetSettings, drivers: Mapping[str, Driver], places: Places
) -> Iterator[ModelError]:
    """Yield what a pharmacy names and nobody defines: groupement, policy, images, drivers."""
    groupements = {one.id: one for one in settings.groupements}
    policies = {one.name for one in settings.backup_policies}
    images = {one.name for one in settings.images}
    if digest.groupement is not None and digest.groupement not in groupements:
        mark = places.of(digest.id, ["groupement"])
        yield _unknown(_("unknown groupement {name!r}"), digest.groupement, groupements, mark)
    if digest.policy is not None and digest.policy not in policies:
        mark = places.of(digest.id, ["backup_policy"])
        yield _unknown(_("unknown backup policy {name!r}"), digest.policy, policies, mark)
    home = groupements.get(digest.groupement or "")
    if digest.policy is None and (home is None or home.backup_policy is None):
        yield ModelError(
            _("{pharmacy} has no backup policy, nor has its groupement").format(pharmacy=digest.id),
            mark=places.of(digest.id, []),
            hint=_("set backup_policy"),
        )
    for name, machine in digest.images:
        if name not in images:
            mark = places.of(digest.id, ["machines", machine, "image"])
            yield _unknown(_("unknown golden image {name!r}"), name, images, mark)
    for name, machine, peripheral in digest.drivers:
        if name not in drivers:
            mark = places.of(digest.id, ["machines", machine, "peripherals", peripheral, "driver"])
            yield _unknown(_("the driver {name!r} is not in the catalogue"), name, drivers, mark)


def _unknown(message: str, name: str, known: Iterable[str], mark: Mark) -> ModelError:
    near = nearest(name, known)
    hint = _("did you mean {name!r}?").format(name=near) if near else ""
    return ModelError(message.format(name=name), mark=mark, hint=hint)
