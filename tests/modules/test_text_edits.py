"""lineinfile, blockinfile and replace on real files."""

from __future__ import annotations

import stat
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Run = Callable[..., dict[str, Any]]

on_disk = settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
line_texts = st.text(st.characters(exclude_characters="\r\n", codec="utf-8"), max_size=5)
texts = st.lists(line_texts, max_size=5).map("\n".join) | st.lists(line_texts, max_size=5).map(
    lambda lines: "".join(line + "\n" for line in lines)
)


def test_a_line_keeps_mode_owner_and_bytes_that_are_no_text(converge: Run, tmp_path: Path) -> None:
    path = tmp_path / "x"
    path.write_bytes(b"\xe9=1\nb=2\r\n")
    path.chmod(0o640)
    args = {"path": str(path), "regexp": "^b=", "line": "b=3", "backup": True}
    result = converge("lineinfile", args, ignore={"backup"})
    assert path.read_bytes() == b"\xe9=1\nb=3\n"
    assert stat.S_IMODE(path.stat().st_mode) == 0o640
    assert (tmp_path / result["backup"]).read_bytes() == b"\xe9=1\nb=2\r\n"


def test_a_file_and_its_folder_are_made(converge: Run, tmp_path: Path) -> None:
    path = tmp_path / "a" / "b" / "x"
    args = {"path": str(path), "line": "x", "create": True, "mode": "0600", "owner": "lp"}
    converge("lineinfile", args)
    assert path.read_text() == "x\n"
    assert (path.owner(), stat.S_IMODE(path.stat().st_mode)) == ("lp", 0o600)


def test_editing_goes_through_a_link(converge: Run, tmp_path: Path) -> None:
    (tmp_path / "real").write_text("a\n")
    (tmp_path / "link").symlink_to("real")
    converge("lineinfile", {"path": f"{tmp_path}/link", "line": "b"})
    converge("blockinfile", {"path": f"{tmp_path}/link", "block": "c", "marker": "#{mark}"})
    converge("replace", {"path": f"{tmp_path}/link", "regexp": "a", "replace": "z"})
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "real").read_text() == "z\nb\n#BEGIN\nc\n#END\n"


@pytest.mark.parametrize(
    ("module", "args"),
    [
        ("lineinfile", {"line": "b"}),
        ("blockinfile", {"block": "b"}),
        ("replace", {"regexp": "a", "replace": "b"}),
    ],
)
def test_what_is_no_file_and_what_is_not_valid(
    run: Run, tmp_path: Path, module: str, args: dict[str, Any]
) -> None:
    assert run(module, {"path": str(tmp_path), **args})["rc"] == 256
    missing = run(module, {"path": f"{tmp_path}/x", **args})
    assert (missing["failed"], missing["rc"]) == (True, 257)
    assert run(module, {"path": f"{tmp_path}/x", **args}, check=True)["undecidable"]
    (tmp_path / "x").write_text("a\n")
    refused = run(module, {"path": f"{tmp_path}/x", **args, "validate": "false %s"})
    assert refused["msg"].startswith("failed to validate: rc:1")
    assert (
        "validate must contain %s" in run(module, {"path": f"{tmp_path}/x", **args, "validate": "x"})["msg"]
    )
    assert (tmp_path / "x").read_text() == "a\n"


@on_disk
@given(
    text=texts,
    line=line_texts,
    options=st.fixed_dictionaries(
        {},
        optional={
            "regexp": st.just("^a"),
            "insertafter": st.sampled_from(["EOF", "BOF", "^a"]),
            "firstmatch": st.booleans(),
        },
    ),
)
def test_any_line_converges(
    converge: Run, tmp_path: Path, text: str, line: str, options: dict[str, Any]
) -> None:
    path = tmp_path / "x"
    path.write_text(text, encoding="utf-8", newline="")
    line = "a" + line if "regexp" in options else line  # what does not match again is replaced again
    converge("lineinfile", {"path": str(path), "line": line, **options})
    assert line in path.read_bytes().decode().split("\n")
    args = {"path": str(path), "line": line, "state": "absent"}
    converge("lineinfile", args)
    assert line not in path.read_bytes().decode().split("\n")[:-1]


@on_disk
@given(
    text=texts,
    block=texts,
    options=st.fixed_dictionaries(
        {},
        optional={
            "insertafter": st.sampled_from(["EOF", "^a", "(?m)^b$"]),
            "append_newline": st.booleans(),
            "prepend_newline": st.booleans(),
        },
    ),
)
def test_any_block_converges_and_goes_again(
    converge: Run, tmp_path: Path, text: str, block: str, options: dict[str, Any]
) -> None:
    path = tmp_path / "x"
    path.write_text(text, encoding="utf-8", newline="")
    converge("blockinfile", {"path": str(path), "block": block, **options})
    found = path.read_bytes().decode()
    assert ("\n" + block in "\n" + found) if block else found == text
    converge("blockinfile", {"path": str(path), "state": "absent"})
    left = path.read_bytes().decode()
    assert left.replace("\n", "") == text.replace("\n", "")
