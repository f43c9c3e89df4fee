from __future__ import annotations

import os
import random
from typing import TYPE_CHECKING

import pytest

from officefleet.inventory import Inventory, cache, default_cache_dir, load_inventory, reading
from officefleet.inventory.generate import generate

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def root(tmp_path: Path) -> Path:
    generate(tmp_path / "fleet", 12)
    return tmp_path / "fleet"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "cache"


@pytest.fixture
def parsed(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The pharmacy files that were parsed, not taken from the cache."""
    names: list[str] = []
    real = reading.read_batch

    def noting(files: list[str]) -> object:
        names.extend(files)
        return real(files)

    monkeypatch.setattr(reading, "read_batch", noting)
    return names


def _all(inventory: Inventory) -> object:
    return list(inventory.hosts), dict(inventory.digests), list(inventory.pharmacies())


def test_the_second_load_parses_nothing_and_says_the_same(
    root: Path, folder: Path, parsed: list[str]
) -> None:
    cold = _all(load_inventory([root], cache_dir=folder))
    assert len(parsed) == 12
    parsed.clear()
    assert _all(load_inventory([root], cache_dir=folder)) == cold
    assert parsed == []


def test_a_change_is_noticed_even_when_size_and_time_are_kept(
    root: Path, folder: Path, parsed: list[str]
) -> None:
    load_inventory([root], cache_dir=folder)
    parsed.clear()
    file = root / "officines" / "officine_00005" / "pharmacy.yml"
    before = file.stat()
    file.write_bytes(file.read_bytes().replace(b"10.0.5.10", b"10.0.5.90"))
    os.utime(file, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert file.stat().st_size == before.st_size
    for expected in ([str(file)], []):
        machine = load_inventory([root], cache_dir=folder).machine("o00005-comptoir-1")
        assert machine is not None
        assert str(machine.address) == "10.0.5.90"
        assert parsed == expected
        parsed.clear()


def test_pharmacies_that_come_and_go_are_noticed(root: Path, folder: Path) -> None:
    load_inventory([root], cache_dir=folder)
    gone = root / "officines" / "officine_00003"
    kept = root.parent / "kept.yml"
    (gone / "pharmacy.yml").rename(kept)
    gone.rmdir()
    assert "officine_00003" not in load_inventory([root], cache_dir=folder).digests
    gone.mkdir()
    kept.rename(gone / "pharmacy.yml")
    assert _all(load_inventory([root], cache_dir=folder)) == _all(load_inventory([root]))


def test_part_of_the_fleet_leaves_the_cache_alone(root: Path, folder: Path, parsed: list[str]) -> None:
    load_inventory([root], cache_dir=folder)
    load_inventory([root], only=["officine_00001"], cache_dir=folder)
    parsed.clear()
    load_inventory([root], cache_dir=folder)
    assert parsed == []


@pytest.mark.parametrize("seed", range(40))
def test_a_damaged_cache_is_never_believed(root: Path, folder: Path, seed: int) -> None:
    expected = _all(load_inventory([root], cache_dir=folder))
    (file,) = folder.iterdir()
    content = bytearray(file.read_bytes())
    chance = random.Random(seed)  # noqa: S311  which byte
    if seed % 4 == 0:
        content = content[: chance.randrange(len(content))]
    else:
        content[chance.randrange(len(content))] ^= 1 << chance.randrange(8)
    file.write_bytes(content)
    assert _all(load_inventory([root], cache_dir=folder)) == expected


@pytest.mark.parametrize("content", [b"", b"{}\n", b"[]\n", b"null", b'{"code": 1}\n', b"\x80\x04pickle"])
def test_a_file_that_is_no_cache_is_replaced(root: Path, folder: Path, content: bytes) -> None:
    expected = _all(load_inventory([root], cache_dir=folder))
    (file,) = folder.iterdir()
    file.write_bytes(content)
    assert _all(load_inventory([root], cache_dir=folder)) == expected
    assert file.read_bytes() != content


def test_a_cache_of_other_code_is_not_believed(
    root: Path, folder: Path, parsed: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    load_inventory([root], cache_dir=folder)
    parsed.clear()
    monkeypatch.setattr(cache, "_code", lambda: "another")
    load_inventory([root], cache_dir=folder)
    assert len(parsed) == 12


def test_a_cache_that_vanishes_while_in_use_is_done_without(root: Path, folder: Path) -> None:
    inventory = load_inventory([root], cache_dir=folder)
    (file,) = folder.iterdir()
    file.unlink()
    assert list(inventory.pharmacies()) == list(load_inventory([root]).pharmacies())


def test_a_folder_that_cannot_be_written_is_done_without(root: Path, tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("", encoding="utf-8")
    assert _all(load_inventory([root], cache_dir=blocked / "below")) == _all(load_inventory([root]))


def test_fleets_do_not_share_a_cache_file(root: Path, folder: Path, tmp_path: Path) -> None:
    generate(tmp_path / "other", 5, seed=2)
    load_inventory([root], cache_dir=folder)
    load_inventory([tmp_path / "other"], cache_dir=folder)
    assert len(list(folder.iterdir())) == 2


def test_the_cache_is_for_its_owner_only(root: Path, folder: Path) -> None:
    load_inventory([root], cache_dir=folder)
    (file,) = folder.iterdir()
    assert file.stat().st_mode & 0o077 == 0
    assert folder.stat().st_mode & 0o077 == 0


@pytest.mark.parametrize(
    ("platform", "variables", "ending"),
    [
        ("linux", {"OFFICEFLEET_CACHE": "/x/y"}, "/x/y"),
        ("linux", {"XDG_CACHE_HOME": "/x"}, "/x/officefleet"),
        ("linux", {"HOME": "/home/a"}, "/home/a/.cache/officefleet"),
        ("win32", {"LOCALAPPDATA": "/l"}, "/l/officefleet"),
    ],
)
def test_where_the_cache_lies(
    monkeypatch: pytest.MonkeyPatch, platform: str, variables: dict[str, str], ending: str
) -> None:
    for name in ("OFFICEFLEET_CACHE", "XDG_CACHE_HOME", "LOCALAPPDATA"):
        monkeypatch.delenv(name, raising=False)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr("sys.platform", platform)
    assert default_cache_dir().as_posix() == ending
