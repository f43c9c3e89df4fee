"""Loads an inventory: finds the files, reads what is needed, builds the graph."""

from __future__ import annotations

from typing import TYPE_CHECKING

from officefleet.errors import InventoryError, Mark, SecretError, SourceError
from officefleet.i18n import _
from officefleet.inventory import layout as layouts
from officefleet.inventory.cache import Cache
from officefleet.inventory.checks import duplicate_hosts
from officefleet.inventory.graph import Graph
from officefleet.inventory.hosts_yaml import read_yaml
from officefleet.inventory.ini import read_ini
from officefleet.inventory.invalid import refuse
from officefleet.inventory.inventory import Inventory
from officefleet.inventory.members import Members
from officefleet.inventory.pharmacy_file import FILE
from officefleet.inventory.reading import collection_paused, read_all
from officefleet.inventory.script import is_script, read_script
from officefleet.inventory.shared_files import read_drivers, read_settings
from officefleet.inventory.store import PharmacyStore
from officefleet.inventory.varfiles import VariableFiles
from officefleet.inventory.worker import read_bytes
from officefleet.models import MachineKind, OsFamily, pharmacy_id_of
from officefleet.source.yaml import load

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence
    from pathlib import Path

    from officefleet.inventory.digest import Digest
    from officefleet.source.secrets import Opener


def load_inventory(
    sources: Sequence[str | Path],
    *,
    only: Collection[str] | None = None,
    cache_dir: Path | None = None,
    opener: Opener | None = None,
) -> Inventory:
    """Return the inventory that the sources describe.

    Args:
        sources: what ``-i`` names: the fleet's folder, a pharmacy's folder, Ansible's files and folders,
            comma lists of hosts.
        only: ids of pharmacies, or names of their hosts; the folders of other pharmacies are not opened
            (see `needed_pharmacies`). None reads all.
        cache_dir: where to keep what was read, keyed by content; None keeps nothing.
        opener: opens encrypted inventory and variable files, and encrypted values when they are used.

    Raises:
        InventoryError: a source does not exist or is malformed.
        SourceError: a file cannot be read.
        ModelError: a model is wrong, or two machines bear one name (several as `ProblemsError`).

    """
    with collection_paused():
        return _load(sources, only, cache_dir, opener)


def _load(
    sources: Sequence[str | Path],
    only: Collection[str] | None,
    cache_dir: Path | None,
    opener: Opener | None,
) -> Inventory:
    layout = layouts.find(sources)
    wanted = _wanted(layout, only)
    settings = read_settings(layout.fleets)
    drivers = read_drivers(layout.fleets)
    whole = len(wanted) == len(layout.officines)
    cache = Cache(cache_dir, _key(layout)) if cache_dir is not None and whole and wanted else None
    digests, store = _pharmacies(wanted, cache)
    twice = duplicate_hosts(digests, layout.officines)
    if twice:
        raise refuse(twice)
    graph = Graph()
    _add_pharmacies(graph, digests.values())
    unread = layout.officines.keys() - digests.keys()
    for file in layout.files:
        _add_file(graph, file, unread, opener)
    for names in layout.lists:
        members = Members(graph, ",".join(names), unread)
        for name in names:
            members.add("ungrouped", name, {})
    graph.settle()
    return Inventory(
        graph=graph,
        settings=settings,
        drivers=drivers,
        digests=digests,
        store=store,
        folders=layout.officines,
        fleets=layout.fleets,
        variable_folders=layout.variables,
        files=VariableFiles(opener),
        opener=opener,
    )


def _wanted(layout: layouts.Layout, only: Collection[str] | None) -> dict[str, Path]:
    ids: set[str] | None = layout.chosen
    if only is not None:
        named = {pharmacy_id_of(name) or name for name in only}
        ids = named if ids is None else ids & named
    if ids is None:
        return layout.officines
    return {name: layout.officines[name] for name in sorted(ids) if name in layout.officines}


def _key(layout: layouts.Layout) -> str:
    return "\n".join(str(root.resolve()) for root in layout.fleets)


def _pharmacies(wanted: dict[str, Path], cache: Cache | None) -> tuple[dict[str, Digest], PharmacyStore]:
    files = {name: folder / FILE for name, folder in wanted.items()}
    digests, blobs = read_all(files, cache)
    return digests, PharmacyStore(blobs, lambda name: read_all({name: files[name]}, None)[1][name])


def _add_pharmacies(graph: Graph, digests: Iterable[Digest]) -> None:
    for kind in MachineKind:
        graph.link("all", kind.value)
    for family in OsFamily:
        graph.link("all", family.value)
    for digest in digests:
        above = [f"region_{digest.region}"]
        if digest.groupement is not None:
            above.append(f"groupement_{digest.groupement.replace('-', '_')}")
        graph.add_pharmacy(digest.id, above, [(host.name, (host.kind, host.family)) for host in digest.hosts])


def _add_file(graph: Graph, file: Path, unread: Collection[str], opener: Opener | None) -> None:
    members = Members(graph, str(file), unread)
    if file.suffix not in (".yml", ".yaml", ".json", ".ini") and is_script(file, read_bytes(str(file))):
        read_script(file, members)
    elif file.suffix in (".yml", ".yaml", ".json"):
        read_yaml(file, members, opener)
    elif file.suffix == ".ini":
        read_ini(file, members, opener)
    else:
        _add_unmarked(file, members, opener)


def _add_unmarked(file: Path, members: Members, opener: Opener | None) -> None:
    """Read a file whose name does not say its format: a mapping is YAML, anything else INI."""
    if read_bytes(str(file)).startswith(b"#!"):
        raise InventoryError(
            _("the inventory script may not be executed"), mark=Mark(str(file)), hint=_("chmod +x FILE")
        )
    try:
        data = load(file, opener)
    except SecretError:
        raise
    except SourceError:
        data = None
    if isinstance(data, dict):
        read_yaml(file, members, opener)
    else:
        read_ini(file, members, opener)
