"""From a recipe to a published image: make the disk, look into it, pack it, sign it."""

from __future__ import annotations

import shutil
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from officefleet.errors import SignatureError
from officefleet.i18n import _
from officefleet.images import pack as packing
from officefleet.images.bill import debian_bill
from officefleet.images.debian import build_tree
from officefleet.images.diskmaker import make_disk
from officefleet.images.faults import RecipeError
from officefleet.images.index import Index
from officefleet.images.index_fields import Driver, Package
from officefleet.images.inspect_disk import check_disk
from officefleet.images.lease import held
from officefleet.images.recipe import load_recipe, size_bytes
from officefleet.images.refusals import Allowance, Rule, check_tree, shipped_rules
from officefleet.images.restore import restore
from officefleet.images.source import FolderSource
from officefleet.images.target import Target
from officefleet.images.tools import run_tool
from officefleet.images.update import can_update, update_disk
from officefleet.images.windows.disk import make_windows_disk

if TYPE_CHECKING:
    from collections.abc import Callable

    from officefleet.images.ed25519 import Signer
    from officefleet.images.keys import KeySet
    from officefleet.images.recipe import Recipe
    from officefleet.images.store import Store

_DAY = 86400


@dataclass(frozen=True, slots=True)
class Built:
    """A published image, and how many bytes the store grew by."""

    index: Index
    stored_bytes: int
    new_chunks: int
    updated_in_place: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Workshop:
    """What a build needs.

    Attributes:
        store: where the image goes.
        signer: its key must be in `keys`.
        keys: the store's verified key set.
        read: verifies and parses an index of this store.
        work: folder for the disk being made; must hold its content once or twice.
        fresh: do not build on the last version.
        now: seconds since 1970.
        progress: called with a stage, bytes done and in total.

    """

    store: Store
    signer: Signer
    keys: KeySet
    read: Callable[[bytes], Index]
    work: Path
    fresh: bool = False
    now: int = 0
    progress: Callable[[str, int, int], None] | None = None

    def say(self, stage: str, done: int = 0, total: int = 0) -> None:
        """Report a stage."""
        if self.progress:
            self.progress(stage, done, total)


def build(recipe_path: Path, workshop: Workshop) -> Built:
    """Build and publish the image of a recipe.

    Raises:
        RecipeError, ProblemsError: the recipe is wrong.
        RefusedContentError: the image holds what none may hold; nothing is published.
        SignatureError: the signing key is not in the store's key set.
        StoreError: the store is full or failed.
        ImageError: a program fails.

    """
    recipe = load_recipe(recipe_path)
    if workshop.keys.keys.get(workshop.signer.id) != workshop.signer.public:
        raise SignatureError(
            _("The key {key} is not in the store's key set.").format(key=workshop.signer.id),
            hint=_("Add it with officefleet image keys rotate, or sign with another key."),
        )
    versions = workshop.store.versions(recipe.name)
    last = workshop.read(workshop.store.read_index(recipe.name)) if versions else None
    with tempfile.TemporaryDirectory(dir=workshop.work, prefix="officefleet-image-") as folder:
        disk = Path(folder) / "disk.raw"
        if recipe.debian is not None:
            return _build_debian(recipe, recipe_path.parent, disk, last, workshop)
        if recipe.wim is not None:
            return _build_wim(recipe, recipe_path.parent, disk, last, workshop)
        return _build_disk(recipe, recipe_path.parent, disk, last, workshop)


def _build_debian(recipe: Recipe, folder: Path, disk: Path, last: Index | None, workshop: Workshop) -> Built:
    if recipe.debian is None:
        raise RecipeError(_("a recipe has one of debian, disk and wim"))
    tree = disk.parent / "tree"
    workshop.say("tree")
    epoch = last.created if last else workshop.now or int(time.time())
    build_tree(recipe.debian, folder, tree, epoch=epoch)
    workshop.say("inspect")
    check_tree(tree, _rules(recipe), _allowed(recipe))
    bill = debian_bill(tree)
    in_place = last is not None and not workshop.fresh and can_update(recipe.layout, last.partitions)
    workshop.say("disk")
    if in_place and last is not None:
        _bring_back(last, disk, workshop)
        update_disk(tree, recipe.layout, disk)
    else:
        make_disk(tree, recipe.layout, disk, name=recipe.name, epoch=epoch)
    shutil.rmtree(tree)
    layout = packing.read_layout(disk, sector=recipe.layout.sector, preserved=recipe.preserved)
    return _publish(recipe, disk, layout, bill, last, workshop, in_place=in_place)


def _build_disk(recipe: Recipe, folder: Path, disk: Path, last: Index | None, workshop: Workshop) -> Built:
    if recipe.disk is None:
        raise RecipeError(_("a recipe has one of debian, disk and wim"))
    source = folder / recipe.disk.file
    if not source.exists():
        raise RecipeError(_("There is no disk image {path}.").format(path=source))
    workshop.say("disk")
    if recipe.disk.format == "raw":
        disk = source
    else:
        run_tool(["qemu-img", "convert", "-f", recipe.disk.format, "-O", "raw", str(source), str(disk)])
    layout = packing.read_layout(disk, sector=recipe.sector, preserved=recipe.preserved)
    workshop.say("inspect")
    found: tuple[Package, ...] = ()
    if recipe.disk.inspect:
        found = check_disk(disk, layout, _rules(recipe), _allowed(recipe))
    return _publish(recipe, disk, layout, found, last, workshop, in_place=False)


def _build_wim(recipe: Recipe, folder: Path, disk: Path, last: Index | None, workshop: Workshop) -> Built:
    if recipe.wim is None:
        raise RecipeError(_("a recipe has one of debian, disk and wim"))
    source = folder / recipe.wim.file
    if not source.exists():
        raise RecipeError(_("There is no file {path}.").format(path=source))
    workshop.say("disk")
    make_windows_disk(source, recipe.wim.image, recipe.windows, disk, sector=recipe.sector, name=recipe.name)
    layout = packing.read_layout(disk, sector=recipe.sector, preserved=recipe.preserved)
    workshop.say("inspect")
    check_disk(disk, layout, _rules(recipe), _allowed(recipe))
    return _publish(recipe, disk, layout, (), last, workshop, in_place=False)


def _publish(
    recipe: Recipe,
    disk: Path,
    layout: packing.Layout,
    bill: tuple[Package, ...],
    last: Index | None,
    workshop: Workshop,
    *,
    in_place: bool,
) -> Built:
    now = workshop.now or int(time.time())
    listed = tuple(Package(one.name, one.version, one.architecture) for one in recipe.bill)
    with held(workshop.store) as lease:
        packed = packing.pack(
            disk,
            layout,
            workshop.store,
            lease,
            progress=lambda done, total: workshop.say("pack", done, total),
        )
        index = Index(
            name=recipe.name,
            version=(last.version if last else 0) + 1,
            created=now,
            expires=now + recipe.expires_days * _DAY,
            system=recipe.system,
            size=layout.size,
            sector=layout.sector,
            minimum_disk=max(layout.size, size_bytes(recipe.minimum_disk) if recipe.minimum_disk else 0),
            table=layout.table,
            partitions=layout.partitions,
            bill=tuple(sorted({*bill, *listed}, key=lambda one: (one.name, one.version, one.architecture))),
            drivers=tuple(Driver(one.name, one.version, one.sha256) for one in recipe.drivers),
            predecessor=last.version if last else 0,
            chunks=packed.chunks,
        )
        workshop.store.publish(index, index.encode(workshop.signer))
    return Built(index, packed.stored_bytes, packed.new_chunks, in_place)


def _bring_back(last: Index, disk: Path, workshop: Workshop) -> None:
    with Target(disk, sector=last.sector, create_bytes=last.size) as target:
        restore(last, FolderSource(workshop.store.root), target, initialise_preserved=True)


def _rules(recipe: Recipe) -> list[Rule]:
    own = [Rule.of(one.model_dump(exclude_none=True)) for one in recipe.refuse]
    return [*shipped_rules(), *own]


def _allowed(recipe: Recipe) -> list[Allowance]:
    return [Allowance(one.rule, one.path, one.reason) for one in recipe.allow]
