from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from officefleet.cli.app import run
from officefleet.drivers import Verdict, find_catalog, gate, gate_stand_in, gate_update
from officefleet.drivers.scantest import CONTENT
from officefleet.errors import ExitCode, LabError
from officefleet.inventory import load_inventory
from officefleet.lab.sshd import SshFarm

ROOT = Path(__file__).parents[2]
WINDOWS = """\
id: officine_0999
name: Test
address: {street: 1 rue, postcode: "35000", city: Rennes}
region: Bretagne
opening_hours: "Mo-Fr 09:00-19:00"
lgo: {name: id.}
machines:
  - name: o0999-comptoir-1
    kind: comptoir
    os: {family: windows, version: "11 24H2", build: 26100, revision: 6584, hvci: true}
    address: 10.0.9.1
    middleware: {pcsc: "5.0", cryptolib_cps: "5.2.3", fsv: "1.40"}
    peripherals:
      - {name: cps, kind: cps_reader, product: GemPC Twin, usb: "08e6:3437", mode: pcsc, driver: ms-usbccid}
      - {name: douchette, kind: scanner, product: Newland HR22, usb: "1eab:1a06", mode: keyboard}
  - name: o0999-secours-1
    kind: secours
    os: {family: windows, version: "11 24H2", build: 26100, revision: 6584}
    address: 10.0.9.2
    stands_in_for: [o0999-comptoir-1]
"""


@pytest.fixture(autouse=True)
def english(monkeypatch, tmp_path):
    monkeypatch.setenv("OFFICEFLEET_LANG", "en")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))


@pytest.fixture
def fleet(tmp_path):
    root = tmp_path / "inventory"
    folder = root / "officines" / "officine_0999"
    folder.mkdir(parents=True)
    (folder / "pharmacy.yml").write_text(WINDOWS)
    (root / "fleet.yml").write_text("name: Test\n")
    shutil.copytree(ROOT / "inventory" / "catalog", root / "catalog")
    return root


def test_the_shipped_pharmacy_works(capsys):
    assert run(["drivers", "check", "officine_0421", "-i", str(ROOT / "inventory")]) == ExitCode.OK
    out = capsys.readouterr().out
    assert "o0421-comptoir-1: ok" in out


def test_the_shipped_spare_can_stand_in(capsys):
    assert run(["drivers", "check", "officine_0421", "--spare", "--json", "-i", str(ROOT / "inventory")]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["verdict"] in ("ok", "warn")
    assert {one["stands_in_for"] for one in found["machines"]} == {"o0421-comptoir-1", "o0421-comptoir-2"}


def test_a_blocked_peripheral_gives_exit_code_2(fleet, capsys):
    assert run(["drivers", "check", "o0999-comptoir-1", "-i", str(fleet)]) == ExitCode.FAILED
    out = capsys.readouterr().out
    assert "cps (GemPC Twin): ok" in out
    assert "[block] The USB id is that of another mode" in out
    assert "-> Scan the configuration code" in out


def test_reasons_in_french(fleet, capsys, monkeypatch):
    monkeypatch.setenv("OFFICEFLEET_LANG", "fr")
    run(["drivers", "check", "o0999-comptoir-1", "-i", str(fleet), "--json"])
    found = json.loads(capsys.readouterr().out)
    (scanner,) = [one for one in found["machines"][0]["peripherals"] if one["peripheral"] == "douchette"]
    assert scanner["findings"][0]["reason"].endswith("l'inventaire est faux.".replace("'", chr(0x2019)))


def test_an_update_before_it_is_approved(fleet, capsys):
    assert run(["drivers", "check", "--update", "KB5066835", "-i", str(fleet), "--json"]) == ExitCode.FAILED
    found = json.loads(capsys.readouterr().out)
    assert (found["machines"], found["concerned"]) == (2, 2)
    broken = {one["rule"]: one["hosts"] for one in found["broken"]}
    assert broken["kb5066835-smartcard-ksp"] == ["o0999-comptoir-1"]
    run(["drivers", "check", "--update", "KB5066835", "-i", str(fleet)])
    assert "32-bit applications" in capsys.readouterr().out


def test_options_that_exclude_one_another(fleet, capsys):
    assert run(["drivers", "check", "--spare", "--live", "-i", str(fleet)]) == ExitCode.USAGE
    assert "exclude" in capsys.readouterr().err


def test_explain(fleet, capsys):
    assert run(["drivers", "explain", "o0999-comptoir-1", "cps", "-i", str(fleet)]) == 0
    out = capsys.readouterr().out
    assert "0x00ff2000  ms-usbccid" in out
    assert "is the only candidate" in out
    assert run(["drivers", "explain", "o0999-comptoir-1", "nothing", "-i", str(fleet)]) == ExitCode.USAGE
    assert "cps, douchette" in capsys.readouterr().err


def test_explain_with_a_vendors_inf(fleet, capsys, tmp_path):
    inf = tmp_path / "vendor.inf"
    inf.write_text(
        '[Version]\nSignature="$Windows NT$"\nDriverVer=01/02/2024,1.0\n[Manufacturer]\nV=M,NTamd64\n'
        "[M.NTamd64]\nReader=Install,USB\\VID_08E6&PID_3437\n[Install.NT]\n"
    )
    run(["drivers", "explain", "o0999-comptoir-1", "cps", "-i", str(fleet), "--inf", str(inf), "--json"])
    found = json.loads(capsys.readouterr().out)
    assert [one["rank"] for one in found["candidates"]] == ["0x00ff0000", "0x00ff2000"]
    assert "more specific id" in found["why"]
    run(
        [
            "drivers",
            "explain",
            "o0999-comptoir-1",
            "cps",
            "-i",
            str(fleet),
            "--inf",
            str(inf),
            "--unsigned",
            "--json",
        ]
    )
    found = json.loads(capsys.readouterr().out)
    assert found["candidates"][0]["name"] == "ms-usbccid"
    assert "signature" in found["why"]


def test_sign_verify_and_a_spoiled_catalogue(fleet, capsys, tmp_path):
    key = tmp_path / "key"
    assert run(["drivers", "key", str(key)]) == 0
    assert run(["drivers", "sign", "--key", str(key), "-i", str(fleet)]) == 0
    assert run(["drivers", "verify", "--key", f"{key}.pub", "-i", str(fleet)]) == 0
    assert (
        run(["drivers", "verify", "--key", f"{key}.pub", "-i", str(fleet), "--minimum", "2"])
        == ExitCode.INVALID
    )
    rule = fleet / "catalog" / "rules" / "mode-differs.yml"
    rule.write_text(rule.read_text() + "# changed\n")
    assert run(["drivers", "verify", "--key", f"{key}.pub", "-i", str(fleet)]) == ExitCode.INVALID
    assert "mode-differs.yml" in capsys.readouterr().err


def test_a_package_that_must_not_be_staged(capsys, tmp_path):
    (tmp_path / "a.inf").write_text('[Version]\nSignature="$Windows NT$"\n')
    assert run(["drivers", "package", "check", str(tmp_path)]) == ExitCode.INVALID
    err = capsys.readouterr().err
    assert "not pinned" in err
    assert "no CatalogFile" in err
    run(["drivers", "package", "check", str(tmp_path), "--json"])
    assert len(json.loads(capsys.readouterr().out)["problems"]) == 2


def test_the_scan_test(capsys, tmp_path):
    assert run(["drivers", "scan-test", "--received", CONTENT]) == 0
    assert run(["drivers", "scan-test", "--received", "à&à"]) == ExitCode.FAILED
    svg = tmp_path / "code.svg"
    assert run(["drivers", "scan-test", "--svg", str(svg)]) == 0
    assert svg.read_text().startswith("<svg")
    capsys.readouterr()


def test_the_rules(capsys, fleet):
    assert run(["drivers", "rules", "-i", str(fleet)]) == 0
    assert "kb5066835-smartcard-ksp: [block]" in capsys.readouterr().out


def test_the_gate_in_python(fleet):
    inventory = load_inventory([fleet])
    catalog = find_catalog([fleet])
    (verdict,) = gate(inventory, ["o0999-comptoir-1"], catalog=catalog)
    assert verdict.verdict is Verdict.BLOCK
    spare = gate_stand_in(inventory, "o0999-secours-1", "o0999-comptoir-1", catalog=catalog)
    assert spare.stands_in_for == "o0999-comptoir-1"
    assert spare.verdict is Verdict.BLOCK
    assert find_catalog([fleet / "officines" / "officine_0999"]) == catalog
    impact = gate_update(inventory, inventory.hosts, "KB5066835", catalog=catalog)
    assert impact.hosts == {"o0999-comptoir-1": Verdict.BLOCK, "o0999-secours-1": Verdict.WARN}


def test_a_whole_fleet_is_counted(tmp_path, capsys):
    assert run(["inventory", "generate", str(tmp_path / "fleet"), "--pharmacies", "40"]) == 0
    catalog = ["--catalog", str(ROOT / "inventory" / "catalog")]
    capsys.readouterr()
    run(["drivers", "check", "-i", str(tmp_path / "fleet"), *catalog])
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("320 machines")
    counts = dict(line.strip().split(": ") for line in lines[1:5])
    assert sum(map(int, counts.values())) == 320
    run(["drivers", "check", "-i", str(tmp_path / "fleet"), *catalog, "--json"])
    every = [one["verdict"] for one in json.loads(capsys.readouterr().out)["machines"]]
    names = {"ok": "ok", "warn": "warning", "unknown": "unknown", "block": "block"}
    assert {names[verdict]: every.count(verdict) for verdict in names} == {
        name: int(count) for name, count in counts.items()
    }


def test_live_text_tells_what_differs(capsys, fleet):
    text = (fleet / "officines" / "officine_0999" / "pharmacy.yml").read_text()
    text = text.replace(
        'windows, version: "11 24H2", build: 26100, revision: 6584, hvci: true', 'debian, version: "12"', 1
    )
    text = text.replace("    address: 10.0.9.1\n", "    address: 10.0.9.1\n    connection: local\n")
    (fleet / "officines" / "officine_0999" / "pharmacy.yml").write_text(text)
    assert run(["drivers", "check", "o0999-comptoir-1", "--live", "-i", str(fleet)]) == ExitCode.FAILED
    assert "[block] cps (08e6:3437) is not plugged in, or not seen" in capsys.readouterr().out


def test_a_machine_that_does_not_answer_is_told_apart(capsys, fleet):
    text = (fleet / "officines" / "officine_0999" / "pharmacy.yml").read_text()
    text = text.replace(
        'windows, version: "11 24H2", build: 26100, revision: 6584}', 'debian, version: "12"}'
    )
    text = text.replace("    address: 10.0.9.2\n", "    address: 127.0.0.1\n    port: 1\n")
    (fleet / "officines" / "officine_0999" / "pharmacy.yml").write_text(text)
    assert run(["drivers", "check", "o0999-secours-1", "--live", "-i", str(fleet)]) == ExitCode.UNREACHABLE
    assert "o0999-secours-1: " in capsys.readouterr().out


def test_live_facts_of_this_machine(capsys, fleet):
    text = WINDOWS.replace('windows, version: "11 24H2", build: 26100, revision: 6584, hvci: true',
                           'debian, version: "12"', 1).replace("    address: 10.0.9.1", "    address: 10.0.9.1\n    connection: local")  # fmt: skip
    (fleet / "officines" / "officine_0999" / "pharmacy.yml").write_text(text)
    code = run(["drivers", "check", "o0999-comptoir-1", "--live", "--json", "-i", str(fleet)])
    found = json.loads(capsys.readouterr().out)
    assert code == ExitCode.FAILED
    assert found["unreachable"] == []
    kinds = {(one["kind"], one["peripheral"]) for one in found["machines"][0]["drift"]}
    assert ("missing", "cps") in kinds, "no reader hangs on the machine that runs the tests"


def test_live_over_ssh(capsys, fleet, monkeypatch):
    try:
        farm = SshFarm(1).__enter__()
    except LabError as error:
        pytest.skip(str(error))
    try:
        (host,) = farm.hosts
        for name, value in farm.environment().items():
            monkeypatch.setenv(name, value)
        text = (fleet / "officines" / "officine_0999" / "pharmacy.yml").read_text()
        text = text.replace(
            'windows, version: "11 24H2", build: 26100, revision: 6584}', 'debian, version: "12"}'
        )
        place = f"    address: {host.address}\n    port: {host.port}\n    user: {host.user}\n"
        text = text.replace("    address: 10.0.9.2\n", place)
        (fleet / "officines" / "officine_0999" / "pharmacy.yml").write_text(text)
        code = run(["drivers", "check", "o0999-secours-1", "--live", "--json", "-i", str(fleet)])
        found = json.loads(capsys.readouterr().out)
        assert (code, found["unreachable"]) == (ExitCode.OK, [])
        assert found["machines"][0]["host"] == "o0999-secours-1"
    finally:
        farm.__exit__(None, None, None)
