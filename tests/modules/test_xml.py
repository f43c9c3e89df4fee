"""xml, where this Python has lxml."""

from __future__ import annotations

import importlib
import json
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    Run = Callable[..., dict[str, Any]]

TEXT = '<lgo><poste nom="a">1</poste><poste nom="b">2</poste></lgo>'
ROOT = Path(__file__).parents[2]
SYSTEM = "/usr/bin/python3"
HOST_CODE = (
    "import json, sys; sys.path.insert(0, sys.argv[1]); sys.dont_write_bytecode = True;"
    "from officefleet.agents import execution, kit; args = json.loads(sys.argv[2]);"
    "print(json.dumps(execution.execute('xml', args, kit.Context(check=sys.argv[3] == 'check'))))"
)


def has_lxml() -> bool:
    if not Path(SYSTEM).exists():
        return False
    return subprocess.run([SYSTEM, "-c", "import lxml"], check=False, capture_output=True).returncode == 0


pytestmark = pytest.mark.skipif(not has_lxml(), reason="needs python3-lxml")


def xml(mode: str = "run", **args: Any) -> dict[str, Any]:
    """Run the module with the system's Python, started without site-packages as the agent is."""
    spec = importlib.import_module("officefleet.modules.xml.spec").SPEC
    typed = spec.args.model_validate(args).model_dump()
    command = [SYSTEM, "-S", "-E", "-c", HOST_CODE, str(ROOT), json.dumps(typed), mode]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    found: dict[str, Any] = json.loads(done.stdout)
    return found


@pytest.mark.parametrize(
    ("args", "after"),
    [
        (
            {"xpath": "/lgo/poste[1]", "value": 5},
            '<lgo><poste nom="a">5</poste><poste nom="b">2</poste></lgo>',
        ),
        ({"xpath": "/lgo/poste/@nom", "state": "absent"}, "<lgo><poste>1</poste><poste>2</poste></lgo>"),
        ({"xpath": "/lgo/poste[2]", "state": "absent"}, '<lgo><poste nom="a">1</poste></lgo>'),
        ({"xpath": "/lgo/a/b", "value": "x"}, TEXT.replace("</lgo>", "<a><b>x</b></a></lgo>")),
        ({"xpath": "/lgo/poste[1]", "attribute": "nom", "value": "c"}, TEXT.replace('"a"', '"c"')),
        ({"xpath": "/lgo", "set_children": [{"x": "1"}, "y"]}, "<lgo><x>1</x><y/></lgo>"),
    ],
)
def test_changes(tmp_path: Path, args: dict[str, Any], after: str) -> None:
    path = tmp_path / "lgo.xml"
    path.write_text(TEXT)
    assert xml("check", path=str(path), **args)["changed"]
    assert path.read_text() == TEXT
    assert xml(path=str(path), **args)["changed"]
    assert path.read_text().splitlines()[1] == after
    assert xml(path=str(path), **args)["changed"] is False


def test_children_are_added_each_time(tmp_path: Path) -> None:
    path = tmp_path / "lgo.xml"
    path.write_text(TEXT)
    child = {"poste": {"nom": "c", "_": [{"port": "9100"}]}}
    xml(path=str(path), xpath="/lgo/poste[1]", insertbefore=True, add_children=[child])
    assert (
        path.read_text()
        .splitlines()[1]
        .startswith('<lgo><poste nom="c"><port>9100</port></poste><poste nom="a">')
    )


def test_looks(tmp_path: Path) -> None:
    (tmp_path / "x").write_text(TEXT)
    assert xml(path=str(tmp_path / "x"), xpath="//poste", count=True)["count"] == 2
    assert xml(path=str(tmp_path / "x"), xpath="//poste", content="text")["matches"] == [
        {"poste": "1"},
        {"poste": "2"},
    ]
    assert xml(xmlstring=TEXT, xpath="//poste", content="attribute")["matches"][0] == {"poste": {"nom": "a"}}


def test_nothing_outside_the_file_is_read(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("secret")
    entity = f'<!DOCTYPE a [<!ENTITY s SYSTEM "file://{tmp_path}/secret">]><a>&s;</a>'
    assert "secret" not in str(xml(xmlstring=entity, xpath="/a", content="text")["matches"])
