"""The shipped playbooks, as far as no Windows is needed: nothing is staged that the checks refuse."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

import pytest

from officefleet.cli.app import run

ROOT = Path(__file__).parents[2]


@pytest.fixture(autouse=True)
def workplace(monkeypatch, tmp_path):
    """Put `officefleet` on PATH and a spoilable copy of the shipped inventory in the working folder."""
    monkeypatch.setenv("PATH", f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setenv("OFFICEFLEET_LANG", "en")
    for name in ("XDG_CACHE_HOME", "XDG_STATE_HOME", "XDG_DATA_HOME", "XDG_CONFIG_HOME"):
        monkeypatch.setenv(name, str(tmp_path / name))
    shutil.copytree(ROOT / "inventory", tmp_path / "inventory")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def play(name, *options):
    return run(["run", str(ROOT / "playbooks" / name), "-i", "inventory", *options])


def test_verify_drivers_on_the_shipped_pharmacy(capsys):
    assert play("verify-drivers.yml", "-l", "o0421-comptoir-1") == 0
    assert "failed=0" in capsys.readouterr().out


def test_verify_drivers_fails_on_a_block(workplace, capsys):
    file = workplace / "inventory" / "officines" / "officine_0421" / "pharmacy.yml"
    text = file.read_text(encoding="utf-8")
    changed = text.replace(
        'kind: vitale_reader, product: KAP-LINK, usb: "2947:0101", port: usb-arriere-1, mode: pcsc',
        'kind: vitale_reader, product: KAP-LINK, usb: "2947:0101", port: usb-arriere-1, com: 5, mode: galss',
        1,
    )
    assert changed != text
    file.write_text(changed, encoding="utf-8")
    assert play("verify-drivers.yml", "-l", "o0421-comptoir-1") == 2
    out = capsys.readouterr().out
    assert "block" in out


def test_staging_stops_at_an_unsigned_catalogue(workplace, capsys):
    run(["drivers", "key", str(workplace / "key")])
    options = [
        "-e",
        "postes=o0421-comptoir-1",
        "-e",
        "driver=ftdi-vcp",
        "-e",
        "package=none",
        "-e",
        "inf=a.inf",
    ]
    assert play("stage-drivers.yml", *options, "-e", f"catalog_key={workplace}/key.pub") != 0
    captured = capsys.readouterr()
    assert "not signed" in captured.out + captured.err


def test_staging_stops_at_a_package_that_is_not_pinned(workplace, capsys):
    run(["drivers", "key", str(workplace / "key")])
    run(["drivers", "sign", "--key", str(workplace / "key"), "-i", "inventory"])
    package = workplace / "package"
    package.mkdir()
    (package / "a.inf").write_text('[Version]\nSignature="$Windows NT$"\n')
    options = [
        "-e",
        "postes=o0421-comptoir-1",
        "-e",
        "driver=ftdi-vcp",
        "-e",
        f"package={package}",
        "-e",
        "inf=a.inf",
    ]
    assert play("stage-drivers.yml", *options, "-e", f"catalog_key={workplace}/key.pub") != 0
    captured = capsys.readouterr()
    told = captured.out + captured.err
    assert "write sha256:" in told, "the console shows the end of what the check printed"
    assert "no CatalogFile" in told
    assert "Copy it" not in told
