"""The store: atomic writes, garbage collection, scrub, copies; a full or hostile medium breaks nothing."""

from __future__ import annotations

import io
import os
import resource
import subprocess
import sys
import tarfile
import time

import pytest

from officefleet.errors import ChunkError, ImageError, SignatureError, StoreError
from officefleet.images import archive, atomic, chunking, collect, mirror, pack
from officefleet.images.faults import RecipeError
from officefleet.images.lease import claimed, held
from officefleet.images.scrub import scrub
from officefleet.images.source import FolderSource
from officefleet.images.store import Store

LATER = time.time() + 10 * 86400


def files(store: Store) -> set[str]:
    return {str(path.relative_to(store.root)) for path in store.root.rglob("*") if path.is_file()}


def test_content_is_stored_once(world, image) -> None:
    first = world.publish(image)
    before = files(world.store)
    image[4 * world.MIB] ^= 1
    second = world.publish(image, 2)
    new = {name for name in files(world.store) - before if name.startswith("chunks/")}
    assert len(new) == len(second.chunks.digests() - first.chunks.digests()) == 1


def test_moved_content_is_found_again(world) -> None:
    body = world.random(1, 8 * world.MIB)
    first = world.publish(bytes(65536) + body + bytes(world.MIB), preserved=())
    moved = bytes(65536 + 4096 * 37) + body + bytes(world.MIB - 4096 * 37)
    second = world.publish(moved, 2, preserved=())
    assert len(first.chunks.digests() & second.chunks.digests()) > 0.8 * len(first.chunks)


def test_chunks_are_aligned_and_end_at_partitions(world, image) -> None:
    index = world.publish(image)
    borders = {65536, world.MIB, 3 * world.MIB, *world.DATA[:1], sum(world.DATA)}
    for chunk in index.chunks:
        assert chunk.offset % 4096 == 0
        assert not any(chunk.offset < border < chunk.offset + chunk.length for border in borders)
        content = image[chunk.offset : chunk.offset + chunk.length]
        assert any(content)
        image[chunk.offset : chunk.offset + chunk.length] = bytes(chunk.length)
    assert not any(image), "what no chunk covers is zero"


def test_a_huge_sparse_image_costs_what_it_holds(tmp_path) -> None:
    path = tmp_path / "sparse"
    with path.open("wb") as file:
        for place in (0, 100 << 30, (256 << 30) - 4096):
            file.seek(place)
            file.write(b"here" * 1024)
    started = time.monotonic()
    with path.open("rb") as file:
        found = list(chunking.cut(file, 256 << 30, ()))
    assert [offset for offset, _content in found] == [0, 100 << 30, (256 << 30) - 262144]
    assert time.monotonic() - started < 5


@pytest.mark.parametrize("names", [["nothing"], ["data", "7"]])
def test_preserving_what_is_not_there(world, image, names) -> None:
    with pytest.raises(RecipeError, match="no partition"):
        world.publish(image, preserved=names)


def test_a_version_is_published_once(world, image) -> None:
    world.publish(image)
    before = world.store.read_index("poste")
    with pytest.raises(StoreError, match="already has version 1"):
        world.publish(world.disk(9))
    assert world.store.read_index("poste") == before


def test_an_image_with_a_missing_chunk_is_not_published(world, image) -> None:
    index = world.publish(image)
    data = world.store.read_index("poste")
    world.store.remove_index("poste", 1)
    world.chunk_file(index, 2).unlink()
    with pytest.raises(ChunkError):
        world.store.publish(index, data)
    assert world.store.names() == []


def test_garbage_is_collected_and_nothing_else(world, image) -> None:
    first = world.publish(image)
    second = world.publish(world.disk(50), 2)
    assert collect.collect(world.store, world.read, now=LATER).chunks == 0
    assert collect.prune(world.store, "poste", keep=1) == [1]
    assert collect.collect(world.store, world.read).chunks == 0, "restores of what was pruned go on for a day"
    assert collect.collect(world.store, world.read, now=LATER, dry_run=True).chunks > 0
    removed = collect.collect(world.store, world.read, now=LATER)
    assert removed.chunks == len(first.chunks.digests() - second.chunks.digests())
    assert set(world.store.chunk_ids()) == {digest.hex() for digest in second.chunks.digests()}


def test_a_build_in_progress_keeps_its_chunks(world, image, tmp_path) -> None:
    """Also those that were there before it began, and whatever moment the collector is at."""
    raw = tmp_path / "raw"
    raw.write_bytes(image)
    layout = pack.read_layout(raw)
    world.publish(image)
    world.store.remove_index("poste", 1)
    with held(world.store) as lease:
        packed = pack.pack(raw, layout, world.store, lease)
        assert packed.new_chunks == 0
        assert collect.collect(world.store, world.read, now=LATER).chunks == 0
    assert claimed(world.store) == set()
    assert collect.collect(world.store, world.read, now=LATER).chunks == len(packed.chunks.digests())


def test_a_claim_between_mark_and_sweep_is_seen(world, image, monkeypatch) -> None:
    index = world.publish(image)
    world.store.remove_index("poste", 1)
    wanted = index.chunks[1].id
    with held(world.store) as lease:
        empty = collect._empty_trash

        def claim_first(*arguments):
            lease.claim(wanted)
            return empty(*arguments)

        monkeypatch.setattr(collect, "_empty_trash", claim_first)
        collect.collect(world.store, world.read, now=LATER)
    assert list(world.store.chunk_ids()) == [wanted]


def test_a_killed_collection_is_finished_by_the_next(world, image) -> None:
    index = world.publish(image)
    wanted = index.chunks[1].id
    world.chunk_file(index, 1).replace(world.store.root / "trash" / f"{wanted}.zst")
    collect.collect(world.store, world.read, now=LATER)
    assert wanted in set(world.store.chunk_ids())


def test_nothing_is_collected_while_an_index_cannot_be_read(world, image) -> None:
    world.publish(image)
    world.publish(world.disk(50), 2)
    path = world.store.index_path("poste", 1)
    path.write_bytes(path.read_bytes()[:-9])
    before = files(world.store)
    with pytest.raises(SignatureError):
        collect.collect(world.store, world.read, now=LATER)
    assert files(world.store) == before


def test_a_dead_build_holds_nothing_for_ever(world) -> None:
    with held(world.store) as lease:
        lease.claim("a" * 64)
        assert claimed(world.store) == {"a" * 64}
        assert claimed(world.store, now=LATER) == set()


def test_scrub_finds_and_mends_rot(world, image, tmp_path) -> None:
    index = world.publish(image)
    copy = Store.create(tmp_path / "copy")
    copy.write_keys(world.store.read_keys())
    mirror.mirror(world.store, copy, [("poste", 1)], world.read)
    for number, damage in ((1, lambda data: data[:-1]), (2, lambda data: data[:50] + b"?" + data[51:])):
        path = world.chunk_file(index, number)
        path.write_bytes(damage(path.read_bytes()))
    world.chunk_file(index, 3).unlink()
    needed = {chunk.id: chunk.length for chunk in index.chunks}
    found = scrub(world.store, needed=needed)
    assert set(found.rotten) == {index.chunks[1].id, index.chunks[2].id}
    assert found.missing == (index.chunks[3].id,)
    assert not found.is_sound
    mended = scrub(world.store, needed=needed, mend_from=FolderSource(copy.root), lengths=needed)
    assert mended.is_sound
    assert scrub(world.store, needed=needed).rotten == ()


def test_a_copy_is_proven_and_goes_on_where_it_stopped(world, image, tmp_path) -> None:
    index = world.publish(image)
    disk = Store.create(tmp_path / "removable")
    disk.write_keys(world.store.read_keys())
    first = mirror.mirror(world.store, disk, [("poste", 1)], world.read)
    assert first.chunks == len(index.chunks.digests())
    assert mirror.mirror(world.store, disk, [("poste", 1)], world.read).chunks == 0
    assert disk.read_index("poste") == world.store.read_index("poste")
    path = disk.path_of(index.chunks[1].id)
    path.write_bytes(path.read_bytes()[:-5])
    with pytest.raises(ChunkError, match="does not keep"):
        mirror.mirror(world.store, disk, [("poste", 1)], world.read)


def test_a_rotten_chunk_is_not_copied(world, image, tmp_path) -> None:
    index = world.publish(image)
    world.chunk_file(index, 1).write_bytes(b"rot")
    disk = Store.create(tmp_path / "removable")
    with pytest.raises(ChunkError):
        mirror.mirror(world.store, disk, [("poste", 1)], world.read)
    assert disk.names() == []


def accept(world):
    def keys(data: bytes):
        found, trust = world.trust.accept_keys(data, now=world.now)
        assert found == world.keys
        assert trust.root == world.root.public
        return world.read

    return keys


def test_an_archive_there_and_back(world, image, tmp_path) -> None:
    world.publish(image)
    tar = tmp_path / "images.tar"
    archive.write_archive(world.store, tar, [("poste", 1)], world.read)
    other = Store.create(tmp_path / "other")
    assert archive.read_archive(tar, other, accept(world)) == [("poste", 1)]
    assert set(other.chunk_ids()) == set(world.store.chunk_ids())


@pytest.mark.parametrize(
    "name",
    [
        "../evil", "/etc/evil", "chunks/../../evil", "chunks/aa/../../../evil", "keys.json/../evil",
        "index/../1.ofi", "index/poste/../../evil", "chunks/aa/" + "b" * 64 + ".zst", "C:\\evil", "trust.json",
    ],
)  # fmt: skip
def test_a_path_traversal_in_an_archive(world, image, tmp_path, name) -> None:
    world.publish(image)
    tar = tmp_path / "images.tar"
    archive.write_archive(world.store, tar, [("poste", 1)], world.read)
    with tarfile.open(tar, "a") as file:
        member = tarfile.TarInfo(name)
        member.size = 4
        file.addfile(member, io.BytesIO(b"evil"))
    other = Store.create(tmp_path / "deep" / "other")
    before = {path for path in tmp_path.rglob("*") if "chunks" not in path.parts}
    with pytest.raises(ImageError, match="no archive of images holds"):
        archive.read_archive(tar, other, accept(world))
    assert other.names() == []
    assert {path for path in tmp_path.rglob("*") if "chunks" not in path.parts} == before


@pytest.mark.parametrize("kind", [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.CHRTYPE, tarfile.DIRTYPE])
def test_links_and_devices_in_an_archive(world, tmp_path, kind) -> None:
    tar = tmp_path / "images.tar"
    with tarfile.open(tar, "w") as file:
        member = tarfile.TarInfo("keys.json")
        member.type = kind
        member.linkname = "/etc/passwd"
        file.addfile(member)
    with pytest.raises(ImageError):
        archive.read_archive(tar, Store.create(tmp_path / "other"), accept(world))


@pytest.mark.parametrize("keep", [0, 1000, 20_000, -2000])
def test_an_archive_cut_off(world, image, tmp_path, keep) -> None:
    world.publish(image)
    tar = tmp_path / "images.tar"
    archive.write_archive(world.store, tar, [("poste", 1)], world.read)
    data = tar.read_bytes()
    tar.write_bytes(data[:keep] if keep >= 0 else data[: len(data) * 2 // 3])
    other = Store.create(tmp_path / "other")
    with pytest.raises(ImageError):
        archive.read_archive(tar, other, accept(world))
    assert other.names() == []


FULL = """
import resource, sys
from pathlib import Path
from officefleet.errors import StoreError
from officefleet.images.store import Store
import hashlib, os
store = Store(Path(sys.argv[1]))
resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))
content = os.urandom(300_000)
try:
    store.put_chunk(hashlib.sha256(content).hexdigest(), content)
except StoreError as error:
    print(error.message)
    sys.exit(3)
"""


def test_a_full_store(world, image) -> None:
    """A limit on file sizes makes the write end halfway, as a full disk does."""
    world.publish(image)
    before = files(world.store)
    ended = subprocess.run(
        [sys.executable, "-c", FULL, str(world.store.root)], capture_output=True, text=True, check=False
    )
    assert ended.returncode == 3
    assert "The store is full" in ended.stdout
    assert files(world.store) == before


@pytest.mark.skipif(os.geteuid() != 0, reason="needs to mount a small tmpfs")
def test_a_build_on_a_full_medium(world, image, tmp_path) -> None:
    small = tmp_path / "small"
    small.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", str(small)], check=False)
    if mounted.returncode:
        pytest.skip("no permission to mount")
    try:
        store = Store.create(small / "store")
        raw = tmp_path / "raw"
        raw.write_bytes(image)
        with pytest.raises(StoreError, match="full"), held(store) as lease:
            pack.pack(raw, pack.read_layout(raw), store, lease)
        assert not [name for name in files(store) if name.endswith(".part") or name.startswith("lease")]
        assert scrub(store).is_sound
        world.publish(image)
        with pytest.raises(StoreError, match="bytes free"):
            mirror.mirror(world.store, store, [("poste", 1)], world.read)
        assert store.names() == []
    finally:
        subprocess.run(["umount", str(small)], check=True)


def test_a_write_that_fails_leaves_the_old_file(tmp_path) -> None:
    path = tmp_path / "file"
    atomic.write_atomic(path, b"old")
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, hard))
    try:
        with pytest.raises(StoreError, match="full"):
            atomic.write_atomic(path, b"new" * 1000)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert path.read_bytes() == b"old"
    assert os.listdir(tmp_path) == ["file"]  # noqa: PTH208  names only
