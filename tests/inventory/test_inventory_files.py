from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from officefleet.errors import InventoryError, OfficefleetError
from officefleet.inventory import load_inventory

CASES: list[dict[str, Any]] = yaml.safe_load(
    (Path(__file__).parent / "cases" / "inventory_files.yml").read_text(encoding="utf-8")
)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["text"][:30].encode("unicode_escape").decode())
def test_faults_have_a_place(tmp_path: Path, case: dict[str, Any]) -> None:
    file = tmp_path / case["file"]
    file.write_text(case["text"], encoding="utf-8")
    with pytest.raises(OfficefleetError) as caught:
        load_inventory([file])
    assert case["says"] in str(caught.value)
    assert str(caught.value.mark) == f"{file}:{case['at']}"


def test_a_file_without_an_extension_may_be_either(tmp_path: Path) -> None:
    (tmp_path / "ini").write_text("[web]\nweb1\n", encoding="utf-8")
    (tmp_path / "yaml").write_text("db: {hosts: {db1: }}\n", encoding="utf-8")
    inventory = load_inventory([tmp_path])
    assert inventory.select("web:db") == ["web1", "db1"]


def test_a_script_that_may_not_be_executed_is_refused_not_run(tmp_path: Path) -> None:
    script = tmp_path / "inventory"
    script.write_text(f"#!/bin/sh\ntouch {tmp_path}/ran\n", encoding="utf-8")
    script.chmod(0o644)
    with pytest.raises(InventoryError, match="may not be executed"):
        load_inventory([script])
    assert not (tmp_path / "ran").exists()


def test_a_script_without_meta_is_asked_for_each_host(tmp_path: Path) -> None:
    script = tmp_path / "inventory"
    script.write_text(
        '#!/bin/sh\n[ "$1" = --list ] && echo \'{"web": ["a"], "up": {"children": ["web"], "vars": {"v": 1}}}\' '
        '|| echo "{\\"of\\": \\"$2\\"}"\n',
        encoding="utf-8",
    )
    script.chmod(0o755)
    inventory = load_inventory([script])
    assert inventory.select("up") == ["a"]
    assert inventory.variables("a")["of"] == "a"
    assert inventory.variables("a")["v"] == 1


@pytest.mark.parametrize(
    ("body", "words"),
    [("exit 3", "ended with 3"), ("echo no", "JSON mapping"), ("echo '[1]'", "JSON mapping")],
)
def test_a_script_that_fails_says_so(tmp_path: Path, body: str, words: str) -> None:
    script = tmp_path / "inventory"
    script.write_text(f"#!/bin/sh\n{body}\n", encoding="utf-8")
    script.chmod(0o755)
    with pytest.raises(InventoryError, match=words):
        load_inventory([script])


def test_a_source_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(InventoryError, match="does not exist") as caught:
        load_inventory([str(tmp_path / "web1")])
    assert "comma" in caught.value.hint


def test_a_comma_list_is_an_inventory() -> None:
    inventory = load_inventory(["web1,web2,", "solo,"])
    assert inventory.select("all") == ["web1", "web2", "solo"]
    assert inventory.group_names("web1") == ["ungrouped"]


def test_folders_are_read_by_name_without_backups(tmp_path: Path) -> None:
    for name, host in (("b.ini", "b1"), ("a.ini", "a1"), ("c.ini~", "c1"), (".d.ini", "d1"), ("e.bak", "e1")):
        (tmp_path / name).write_text(host + "\n", encoding="utf-8")
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep" / "f.yml").write_text("all: {hosts: {f1: }}\n", encoding="utf-8")
    assert load_inventory([tmp_path]).select("ungrouped") == ["a1", "b1", "f1"]
