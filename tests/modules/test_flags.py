"""What chattr sets, on a file system that has it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from officefleet.agents import flags
from officefleet.agents.kit import Failed

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


@pytest.mark.parametrize(
    ("text", "now", "then"),
    [("A", "", "A"), ("=A", "i", "A"), ("+A", "A", "A"), ("+A", "i", "Ai"), ("-A", "Ai", "i"), ("=", "A", ""), ("+e", "A", "A")],
)  # fmt: skip
def test_wishes(text: str, now: str, then: str) -> None:
    assert flags.wanted(text, now) == then


def test_a_letter_that_nobody_knows() -> None:
    with pytest.raises(Failed, match="chattr failed"):
        flags.wanted("+Z", "")


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """Return a folder on a file system with flags."""
    file = tmp_path / "probe"
    file.touch()
    try:
        flags.write(str(file), "A")
    except Failed:
        pytest.skip("no flags on this file system")
    return tmp_path


def test_file_sets_and_takes_them(converge: Callable[..., dict[str, Any]], place: Path) -> None:
    path = str(place / "file")
    (place / "file").write_text("x")
    converge("file", {"path": path, "attributes": "+A"})
    assert flags.read(path) == "A"
    found = converge("file", {"path": path, "attr": "-A"})
    assert flags.read(path) == ""
    assert found["diff"]["before"]["attributes"] == "A"


@pytest.mark.parametrize("state", ["touch", "directory"])
def test_new_entries_get_them(run: Callable[..., dict[str, Any]], place: Path, state: str) -> None:
    path = str(place / "new")
    run("file", {"path": path, "state": state, "attributes": "A"})
    assert flags.read(path) == "A"


def test_new_content_keeps_them(converge: Callable[..., dict[str, Any]], place: Path) -> None:
    path = str(place / "file")
    for content in ("one", "other"):
        converge("copy", {"content": content, "dest": path, "attributes": "+A"})
        assert flags.read(path) == "A"


def test_recursion(run: Callable[..., dict[str, Any]], place: Path) -> None:
    (place / "tree" / "in").mkdir(parents=True)
    (place / "tree" / "in" / "file").touch()
    assert run("file", {"path": str(place / "tree"), "recurse": True, "attributes": "A"})["changed"]
    assert flags.read(str(place / "tree" / "in" / "file")) == "A"
    assert not run("file", {"path": str(place / "tree"), "recurse": True, "attributes": "A"})["changed"]
