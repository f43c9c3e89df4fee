from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import pytest

from officefleet.errors import ArgumentError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Run = Callable[..., dict[str, Any]]


@pytest.fixture
def templates(modules: Any) -> Path:
    folder: Path = modules.controller_folder / "templates"
    folder.mkdir()
    (folder / "galss.ini.j2").write_text(
        "{% for port in ports %}\nPort={{ port }}\n{% endfor %}\nNom=[[ é ]]\n"
    )
    return folder


def test_a_template_is_rendered(converge: Run, templates: Path, tmp_path: Path) -> None:
    dest = tmp_path / "galss.ini"
    result = converge(
        "template", {"src": "galss.ini.j2", "dest": str(dest), "mode": "0600"}, variables={"ports": [1, 2]}
    )
    assert dest.read_text() == "Port=1\nPort=2\nNom=[[ é ]]\n"
    assert result["dest"] == str(dest)
    assert result["mode"] == "0600"
    assert result["diff"][0]["after_header"] == str(templates / "galss.ini.j2")


@pytest.mark.usefixtures("templates")
def test_a_folder_gets_the_templates_name(converge: Run, tmp_path: Path) -> None:
    converge("template", {"src": "galss.ini.j2", "dest": str(tmp_path)}, variables={"ports": []})
    assert (tmp_path / "galss.ini.j2").read_text() == "Nom=[[ é ]]\n"


def test_what_only_a_template_knows(converge: Run, templates: Path, tmp_path: Path) -> None:
    source = templates / "own.j2"
    source.write_text(
        "# {{ ansible_managed }}\n{{ template_path }} {{ template_destpath }} {{ template_uid }}\n"
        "{{ template_mtime.year }} {{ template_run_date is defined }} {{ template_host is string }}\n"
    )
    os.utime(source, (0, 86400 * 400))
    converge("template", {"src": "own.j2", "dest": f"{tmp_path}/x"})
    expected = f"# Ansible managed\n{source} {tmp_path}/x {source.owner()}\n1971 True True\n"
    assert (tmp_path / "x").read_text() == expected


@pytest.mark.parametrize("spelling", ["\r\n", "\\r\\n"])
@pytest.mark.usefixtures("templates")
def test_line_ends_and_encoding_of_windows(converge: Run, tmp_path: Path, spelling: str) -> None:
    dest = tmp_path / "x"
    args = {
        "src": "galss.ini.j2",
        "dest": str(dest),
        "newline_sequence": spelling,
        "output_encoding": "cp1252",
        "variable_start_string": "[[",
        "variable_end_string": "]]",
    }
    converge("template", args, variables={"ports": [1], "é": "Pâquis"})
    assert dest.read_bytes() == "Port={{ port }}\r\nNom=Pâquis\r\n".encode("cp1252")


@pytest.mark.parametrize(
    "wrong", [{"newline_sequence": ";"}, {"output_encoding": "ascii"}, {"output_encoding": "none-such"}]
)
@pytest.mark.usefixtures("templates")
def test_what_cannot_be_written_is_refused(run: Run, tmp_path: Path, wrong: dict[str, str]) -> None:
    with pytest.raises(ArgumentError):
        run("template", {"src": "galss.ini.j2", "dest": f"{tmp_path}/x", **wrong}, variables={"ports": []})
    assert not (tmp_path / "x").exists()
