"""One playbook with secrets of every kind under ansible-core and officefleet: what it writes must agree."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from officefleet.cli.app import run
from officefleet.source.secrets import ansible_vault

PLAY = """\
- hosts: all
  gather_facts: false
  vars_files: [vars.yml, whole.yml]
  vars: {via: "{{ text }}", other: rendered}
  tasks:
    - set_fact: {fact: "{{ text }}"}
    - include_vars: {file: more.yml}
      register: included
    - assert: {that: ["plain == 'gelule'", "text is search('other')", "db.pw | length == 5"]}
    - copy: {src: conf, dest: OUT/conf}
    - copy: {src: conf, dest: OUT/sealed, decrypt: false}
    - template: {src: conf.j2, dest: OUT/template}
    - copy:
        dest: OUT/values
        content: |
          {{ text }} {{ via }} {{ fact }} {{ plain | upper }} {{ plain ~ '!' }} {{ plain[1:3] }}
          {{ db.pw }} {{ db['pw'] | b64encode }} {{ list | join('-') }} {{ list[1] }} {{ whole }} {{ nested }}
          {{ more }} {{ included.ansible_facts.more }} {{ hostvars[inventory_hostname].inventory_secret }}
          {{ lookup('file', 'conf') }} {{ lookup('unvault', 'conf') }} {{ lookup('vars', 'plain') }}
          {% for key, value in db.items() %}{{ key }}={{ value }};{% endfor %}
          {{ list | map('upper') | list | to_json }} {{ db | dict2items | map(attribute='value') | join(',') }}
"""


def sealed(plain, indent=4):
    lines = ansible_vault.encrypt(plain.encode(), b"word", "prod").decode().splitlines()
    return "!vault |\n" + "".join(" " * indent + line + "\n" for line in lines)


@pytest.mark.differential
def test_both_write_the_same(tmp_path, monkeypatch):
    for name in list(os.environ):
        if name.startswith(("ANSIBLE_", "OFFICEFLEET_")):
            monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    values = {"text": "{{ other }} {% if %}", "plain": "gelule"}
    Path("vars.yml").write_text(
        "".join(f"{name}: {sealed(text)}" for name, text in values.items())
        + f"db:\n  user: me\n  pw: {sealed('sirop')}list:\n  - {sealed('aa')}  - bb\n"
    )
    Path("whole.yml").write_bytes(
        ansible_vault.encrypt(b"whole: '{{ other }}'\nnested: 3\n", b"word", "prod")
    )
    Path("more.yml").write_text(f"more: {sealed('pastille')}")
    Path("conf").write_bytes(ansible_vault.encrypt("a={{ other }} é\n".encode(), b"word"))
    Path("conf.j2").write_bytes(ansible_vault.encrypt(b"a={{ other }} {{ text }}\n", b"word"))
    Path("hosts.yml").write_text(
        f"all:\n  vars:\n    ansible_python_interpreter: {sys.executable}\n    inventory_secret: {sealed('baume', 6)}"
        "  hosts:\n    h1: {ansible_connection: local}\n"
    )
    Path("pw").write_text("word\n")
    found = []
    for number in range(2):
        out = tmp_path / f"out{number}"
        out.mkdir()
        Path("play.yml").write_text(PLAY.replace("OUT", str(out)))
        arguments = ["-i", "hosts.yml", "--vault-id", "prod@pw", "play.yml"]
        if number:
            assert run(["run", *arguments, "--no-ledger"]) == 0
        else:
            program = Path(sys.executable).parent / "ansible-playbook"
            done = subprocess.run(
                [program, *arguments], capture_output=True, text=True, check=False, timeout=100
            )
            assert done.returncode == 0, done.stdout + done.stderr
        found.append({path.name: (path.read_bytes(), path.stat().st_mode) for path in out.iterdir()})
    assert found[0] == found[1]
    assert found[0].keys() == {"conf", "sealed", "template", "values"}
