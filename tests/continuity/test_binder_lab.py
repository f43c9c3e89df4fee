"""The binder and first aid on real hosts."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
OTHER, SPARE = "o0421-comptoir-2", "o0421-secours-1"

pytestmark = [pytest.mark.lab, pytest.mark.timeout(600), pytest.mark.xdist_group("lab")]


def said(done):
    return done.stdout + done.stderr


def found(office, *words):
    return json.loads(office("incident", "search", *words, "--json").stdout)


def test_a_cure_is_previewed_run_and_remembered(office, tmp_path):
    added = office(
        "incident", "add", "Lecteur Vitale muet", "--host", OTHER, "--peripheral", "vitale",
        "--playbook", "restart-card-readers.yml",
    )  # fmt: skip
    assert added.returncode == 0, said(added)
    page = found(office, "vitale")["incidents"][0]
    assert (page["device"], page["driver"], page["pharmacy"]) == ("2947:0101", "ms-usbccid", "officine_0421")
    office.ssh(OTHER, "systemctl stop pcscd.socket")

    refused = office("incident", "cure", page["id"], text="n\n")
    assert "would change: Service of the card readers" in refused.stdout
    assert office.ssh(OTHER, "systemctl is-active pcscd.socket") == "inactive"  # the preview changed nothing

    cured = office("incident", "cure", page["id"], text="y\ny\n")
    assert cured.returncode == 0, said(cured)
    assert office.ssh(OTHER, "systemctl is-active pcscd.socket") == "active"
    assert found(office, "--device", "2947:0101")["cures"][0]["worked"] == 1

    key, shared = tmp_path / "key", tmp_path / "shared.json"
    assert office("incident", "key", str(key)).returncode == 0
    exported = office("incident", "export", str(shared), "--key", str(key))
    assert exported.returncode == 0, said(exported)
    assert "0421" not in shared.read_text()
    own = office("incident", "import", str(shared), "--key", f"{key}.pub")
    assert own.returncode == 5
    elsewhere = type(office)(office.lab, tmp_path / "elsewhere")
    assert elsewhere("incident", "import", str(shared), "--key", f"{key}.pub").returncode == 0
    assert found(elsewhere, "lecteur")["cures"][0]["playbook"] == "restart-card-readers.yml"


def test_a_failed_run_files_itself_once(office, tmp_path):
    playbook = tmp_path / "broken.yml"
    playbook.write_text(
        f"- hosts: {OTHER}\n  gather_facts: false\n  tasks:\n"
        "    - name: Étiqueteuse\n      ansible.builtin.fail:\n        msg: papier bloqué\n"
    )
    assert office("run", str(playbook)).returncode == 2

    for _again in range(2):
        pages = found(office, "papier", "bloque")["incidents"]
        assert [(one["symptom"], one["machine"]) for one in pages] == [("Étiqueteuse: papier bloqué", OTHER)]


def test_first_aid_goes_step_by_step_and_writes_all_down(office):
    office(
        "incident",
        "add",
        "Lecteur muet",
        "--host",
        OTHER,
        "--playbook",
        "restart-card-readers.yml",
        "--closed",
    )
    office.ssh(OTHER, "systemctl stop pcscd.socket")

    # restart: no; cables: no help; drivers: nothing known, nothing asked; the known cure: run it, it works
    aided = office("aid", OTHER, "--symptom", "lecteur muet", text="n\nn\ny\ny\n")

    assert aided.returncode == 0, said(aided)
    assert "vitale: port usb-arriere-1" in aided.stdout
    assert office.ssh(OTHER, "systemctl is-active pcscd.socket") == "active"
    page = next(
        one for one in found(office, "lecteur", "--host", OTHER)["incidents"] if one["origin"] == "aid"
    )
    assert page["closed"]
    shown = office("incident", "show", page["id"]).stdout
    for answer in (
        f"{OTHER} answers",
        "restart-poste.yml: not run",
        "cables pushed in: it does not help",
        "restart-card-readers.yml: restart-card-readers.yml ran on",
        "restart-card-readers.yml: it works",
    ):
        assert answer in shown


def test_first_aid_for_a_poste_that_is_off_ends_at_the_spare_or_a_rebuild(office):
    office.lab.kill(OTHER)

    aided = office("aid", OTHER, "--symptom", "écran noir", text="")

    assert aided.returncode == 2, said(aided)
    assert f"{OTHER} does not answer" in aided.stdout
    assert f"officefleet spare swap {OTHER}" in aided.stdout
    assert f"officefleet rebuild {OTHER}" in aided.stdout
    page = found(office, "ecran", "noir")["incidents"][0]
    assert "closed" not in page
    shown = office("incident", "show", page["id"]).stdout
    assert f"officefleet spare swap {OTHER}: not now" in shown
    assert f"officefleet rebuild {OTHER}: not now" in shown


def test_first_aid_goes_on_with_the_swap_that_it_offers(office):
    office.lab.kill(OTHER)

    # off and on: no; cables: no; then the spare: yes, and each of its cables
    aided = office("aid", OTHER, "--symptom", "écran bleu", text="n\nn\n" + "y\n" * 6)

    assert aided.returncode == 0, said(aided)
    assert f"{SPARE} stands in for {OTHER}" in aided.stdout
    assert office.carriers(OTHER) == [SPARE]
    page = next(one for one in found(office, "ecran", "bleu")["incidents"] if one["origin"] == "aid")
    assert f"officefleet spare swap {OTHER}: begun" in office("incident", "show", page["id"]).stdout


def test_ctrl_c_in_first_aid_keeps_what_was_answered(office):
    office.lab.kill(OTHER)
    command = [
        sys.executable,
        "-c",
        "from officefleet.cli.app import main; main()",
        "aid",
        OTHER,
        "-s",
        "muet",
    ]
    with subprocess.Popen(
        office.lab.command(command), env=office._environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        stderr=subprocess.PIPE, cwd=ROOT,
    ) as process:  # fmt: skip
        process.stdin.write(b"n\n")  # off and on: no
        process.stdin.flush()
        shown = b""
        while shown.count(b"Does it work now?") < 2:
            read = os.read(process.stdout.fileno(), 4096)
            assert read, shown
            shown += read
        process.send_signal(signal.SIGINT)
        _out, error = process.communicate(timeout=60)

    assert process.returncode == 130, error
    assert error == b"Interrupted.\n"
    [page] = [one for one in found(office, "muet", "--host", OTHER)["incidents"] if one["origin"] == "aid"]
    assert "closed" not in page
    assert "switched off and on: it does not help" in office("incident", "show", page["id"]).stdout
