"""Whole runs: whatever they publish is searched for the secrets that they used."""

import base64
import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import pytest

from officefleet.cli.app import run
from officefleet.errors import ExitCode
from officefleet.modules.debug import controller
from officefleet.source.secrets import age, ansible_vault

SECRETS = {
    "inline": 'Gelule\'47 "11"',
    "aged": "sirop-de-toux-5822",
    "nested": "ampoule/3391&x",
    "whole": "pommade-1044-é",
    "file": "FICHIER=comprime-9917",
    "typed": "$6$hash$collyre7756",
}
NUMBER = 90417733

PLAY = """\
- name: Play of {{ whole_secret }}
  hosts: all
  gather_facts: false
  vars_files: [vars.yml, whole.yml]
  tasks:
    - name: Say {{ inline }}
      debug: {msg: "{{ inline }} {{ aged }} {{ db.nested }} {{ number }}"}
    - command: "echo {{ inline | quote }} {{ aged }}"
      register: said
    - debug: {var: said}
    - debug: {var: db}
    - shell: >
        echo {{ aged | b64encode }}; echo {{ {'x': inline} | to_json | quote }} >&2; echo {{ db.nested | urlencode }}
    - copy: {content: "{{ db | to_nice_json }}\\n{{ inline }}\\n", dest: OUT/json, mode: "0600"}
    - copy: {src: secret.conf, dest: OUT/conf}
    - template: {src: conf.j2, dest: OUT/rendered}
    - set_fact: {joined: "<{{ whole_secret }}|{{ aged }}>"}
    - debug: {msg: "{{ [joined, number, {'k': aged}] }}"}
    - debug: {msg: "{{ item.nested }}"}
      loop: ["{{ db }}"]
    - debug: {msg: x}
      loop: ["{{ inline }}{{ aged * 20 }}"]
    - user: {name: "no:such", password: "$6$hash$collyre7756"}
      ignore_errors: true
    - include_vars: {file: more.yml}
      register: included
    - debug: {msg: "{{ included.ansible_facts.again }} {{ again }}"}
    - debug: {msg: "{{ lookup('file', 'secret.conf') }} {{ inline | from_json }}"}
      ignore_errors: true
    - fail: {msg: "no {{ inline }} {{ aged }}"}
      ignore_errors: true
    - debug: {msg: "{{ inline | int / 0 }} {{ aged.nothing }} {{ lookup('file', inline) }}"}
      ignore_errors: true
    - assert: {that: ["inline == aged"], fail_msg: "{{ inline }} is not {{ aged }}"}
"""


def sealed(plain, password=b"word", label=""):
    text = ansible_vault.encrypt(plain.encode(), password, label).decode()
    return "!vault |\n" + "".join(f"    {line}\n" for line in text.splitlines())


@pytest.fixture
def folder(tmp_path, monkeypatch):
    for name in list(os.environ):
        if name.startswith(("ANSIBLE_", "OFFICEFLEET_")):
            monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("OFFICEFLEET_LEDGER", str(tmp_path / "ledger.db"))
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    monkeypatch.chdir(tmp_path)
    identity, recipient = age.keygen()
    (tmp_path / "key").write_text(identity)
    (tmp_path / "pw").write_text("word")
    (tmp_path / "out").mkdir()
    armor = age.encrypt(SECRETS["aged"].encode(), [recipient]).decode()
    (tmp_path / "vars.yml").write_text(
        f"inline: {sealed(SECRETS['inline'])}aged: !age |\n"
        + "".join(f"    {line}\n" for line in armor.splitlines())
        + f"db:\n  user: me\n  nested: {sealed(SECRETS['nested'])}"
        + f"unused: {sealed('never', b'another password', 'other')}"
    )
    whole = f"whole_secret: {SECRETS['whole']}\nnumber: {NUMBER}\n"
    (tmp_path / "whole.yml").write_bytes(ansible_vault.encrypt(whole.encode(), b"word", "x"))
    (tmp_path / "more.yml").write_text(f"again: {sealed(SECRETS['aged'])}")
    (tmp_path / "secret.conf").write_bytes(ansible_vault.encrypt(f"{SECRETS['file']}\n".encode(), b"word"))
    (tmp_path / "conf.j2").write_bytes(
        ansible_vault.encrypt(b"{{ inline }}\nLITERAL=comprime-9917\n", b"word")
    )
    (tmp_path / "hosts").write_text(
        f"h1 ansible_connection=local ansible_python_interpreter={sys.executable}\n"
    )
    (tmp_path / "play.yml").write_text(PLAY.replace("OUT", str(tmp_path / "out")))
    return tmp_path


def arguments(*more):
    return ["run", "-i", "hosts", "play.yml", "--vault-password-file", "pw", "--age-identity", "key", *more]


def needles():
    found = {"collyre7756", "comprime-9917", str(NUMBER)}
    for text in SECRETS.values():
        found |= {text, json.dumps(text)[1:-1], base64.b64encode(text.encode()).decode().rstrip("=")[:-2]}
    return found


def leaks(text):
    return sorted(one for one in needles() if one in text)


def test_no_output_of_a_run_shows_a_secret(folder, capfd):
    outputs = [
        "--output",
        "console",
        "--output",
        "json=o.json",
        "--output",
        "junit=o.xml",
        "--output",
        "html=o.html",
    ]
    code = run(arguments("-D", "-vvv", *outputs))
    screen = capfd.readouterr()
    assert code == ExitCode.FAILED, screen.err
    shown = {"console": screen.out, "errors": screen.err}
    shown |= {name: Path(name).read_text() for name in ("o.json", "o.xml", "o.html")}
    ledgers = [file for file in folder.rglob("*") if file.is_file() and file.read_bytes()[:6] == b"SQLite"]
    assert ledgers
    for file in ledgers:
        with sqlite3.connect(file) as database:
            shown[file.name] = "\n".join(database.iterdump())
        shown[f"{file.name} raw"] = file.read_bytes().decode("latin-1")
    for name, text in shown.items():
        assert leaks(text) == [], name
    assert "********" in screen.out
    assert "********" in shown["o.json"]
    events = [json.loads(line) for line in shown["o.json"].splitlines()]
    assert sum(event.get("module") == "assert" for event in events), "the play did not come to its end"
    assert (folder / "out" / "conf").read_text() == SECRETS["file"] + "\n"
    assert (folder / "out" / "rendered").read_text().splitlines()[0] == SECRETS["inline"]
    assert SECRETS["nested"] in (folder / "out" / "json").read_text()
    assert (folder / "out" / "json").stat().st_mode & 0o777 == 0o600


def test_an_unused_value_needs_no_password_and_a_used_one_says_where(folder, capfd):
    (folder / "play.yml").write_text(
        "- hosts: all\n  gather_facts: false\n  vars_files: [vars.yml]\n  tasks:\n"
        "    - debug: {msg: 'user {{ db.user }}'}\n    - debug: {var: db}\n    - debug: {msg: '{{ db.nested }}'}\n"
    )
    assert run(["run", "-i", "hosts", "play.yml", "--no-ledger"]) == ExitCode.FAILED
    out = capfd.readouterr().out
    assert "user me" in out
    assert "vars.yml:" in out
    assert "--vault-password-file" in out
    assert "$ANSIBLE_VAULT" not in out
    for line in (folder / "vars.yml").read_text().splitlines():
        assert len(line) < 40 or line.strip() not in out  # an excerpt holds no ciphertext either


@pytest.mark.usefixtures("folder")
def test_a_file_that_needs_a_password_stops_the_run_before_it_begins(capfd):
    assert run(["run", "-i", "hosts", "play.yml", "--no-ledger"]) != 0
    shown = "".join(capfd.readouterr())
    assert "whole.yml" in shown
    assert leaks(shown) == []


def test_variables_of_hosts_and_of_the_command_line(folder, capfd):
    (folder / "host_vars").mkdir()
    (folder / "host_vars" / "h1.yml").write_bytes(ansible_vault.encrypt(b"mine: pastille-61\n", b"word"))
    (folder / "group_vars" / "all").mkdir(parents=True)
    _identity, recipient = age.keygen()
    del recipient
    (folder / "group_vars" / "all" / "a.yml").write_text(f"group_secret: {sealed('granule-62')}")
    (folder / "extra.yml").write_text(f"extra: {sealed('baume-6363')}")
    (folder / "play.yml").write_text(
        "- hosts: all\n  gather_facts: false\n  tasks:\n"
        "    - copy: {content: '{{ mine }} {{ group_secret }} {{ extra }}', dest: OUT/all}\n".replace(
            "OUT", str(folder / "out")
        )
    )
    assert run(arguments("-e", "@extra.yml", "-D", "-vvv", "--no-ledger")) == 0
    shown = "".join(capfd.readouterr())
    assert (folder / "out" / "all").read_text() == "pastille-61 granule-62 baume-6363"
    assert not any(word in shown for word in ("pastille-61", "granule-62", "baume-6363"))


def test_several_vault_ids(folder, capfd):
    (folder / "new").write_text("another password")
    (folder / "play.yml").write_text(
        "- hosts: all\n  gather_facts: false\n  vars_files: [vars.yml]\n  tasks:\n"
        "    - assert: {that: [\"unused == 'never'\", \"db.nested == 'ampoule/3391&x'\"]}\n"
    )
    assert (
        run(["run", "-i", "hosts", "play.yml", "--no-ledger", "--vault-id", "pw", "--vault-id", "other@new"])
        == 0
    )
    assert (
        run(["run", "-i", "hosts", "play.yml", "--no-ledger", "--vault-id", "other@new"]) == ExitCode.FAILED
    )
    assert "no vault password opens it (tried: other)" in capfd.readouterr().out


@pytest.mark.usefixtures("folder")
def test_an_error_nobody_expected_hides_secrets_too(capfd, monkeypatch):
    def act(args, _controller):
        raise RuntimeError(f"broken by {args.msg}")

    monkeypatch.setattr(controller, "act", act)
    code = run(arguments("--no-ledger"))
    shown = "".join(capfd.readouterr())
    assert code == ExitCode.BUG
    assert "broken by ********" in shown
    assert leaks(shown) == []


def test_temporary_content_on_the_host_is_for_its_owner_alone(folder):
    umask = os.umask(0)
    try:
        (folder / "play.yml").write_text(
            "- hosts: all\n  gather_facts: false\n  tasks:\n"
            f"    - copy: {{src: secret.conf, dest: {folder}/out/conf, mode: '0600', "
            f"validate: '/bin/sh -c \"stat -c %a %s > {folder}/out/mode\"'}}\n"
            f"    - script: {{cmd: list.sh {folder}/out/modes}}\n"
        )
        (folder / "list.sh").write_bytes(
            ansible_vault.encrypt(
                b"#!/bin/sh\nstat -c '%a %n' ${TMPDIR:-/tmp}/officefleet-*/* > $1\n", b"word"
            )
        )
        tmp = folder / "tmp"
        tmp.mkdir()
        os.environ["TMPDIR"] = str(tmp)
        assert run(arguments("--no-ledger")) == 0
    finally:
        os.umask(umask)
        os.environ.pop("TMPDIR", None)
    assert (folder / "out" / "mode").read_text().strip() == "600"
    modes = (folder / "out" / "modes").read_text().split("\n")[:-1]
    assert modes
    assert {line.split()[0][-2:] for line in modes} == {"00"}
    assert list(tmp.iterdir()) == []  # nothing stays
    assert leaks("".join(path.read_text() for path in folder.rglob("*.log"))) == []


def test_an_interrupted_run_shows_and_leaves_nothing(folder):
    (folder / "play.yml").write_text(
        "- hosts: all\n  gather_facts: false\n  vars_files: [vars.yml]\n  tasks:\n"
        f"    - copy: {{src: secret.conf, dest: {folder}/out/conf}}\n"
        f'    - shell: "echo {{{{ aged }}}}; touch {folder}/out/begun; sleep 60"\n'
    )
    (folder / "tmp").mkdir()
    program = [
        Path(sys.executable).parent / "officefleet",
        *arguments("-vvv", "--output", "console", "--output", "json=o.json"),
    ]
    with subprocess.Popen(
        program, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, start_new_session=True,
        env={**os.environ, "TMPDIR": str(folder / "tmp")},
    ) as child:  # fmt: skip
        try:
            deadline = time.monotonic() + 60
            while (
                not (folder / "out" / "begun").exists()
                and child.poll() is None
                and time.monotonic() < deadline
            ):
                time.sleep(0.02)
            child.send_signal(signal.SIGINT)
            shown = child.communicate(timeout=60)[0]
        finally:
            child.kill()
    assert child.returncode == ExitCode.INTERRUPTED, shown
    assert leaks(shown + (folder / "o.json").read_text()) == []
    assert "Traceback" not in shown
    for file in folder.rglob("*"):
        if file.is_file() and file.name != "conf" and file.suffix in ("", ".json", ".db", ".sqlite", ".log"):
            assert leaks(file.read_bytes().decode("latin-1")) == [], file
