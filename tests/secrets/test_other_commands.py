"""Commands that read the inventory without running anything."""

import json
import os

import pytest

from officefleet.cli.app import run
from officefleet.errors import ExitCode
from officefleet.source.secrets import ansible_vault


@pytest.fixture(autouse=True)
def fleet(tmp_path, monkeypatch):
    for name in list(os.environ):
        if name.startswith(("ANSIBLE_", "OFFICEFLEET_")):
            monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    inventory = tmp_path / "inventory"
    (inventory / "group_vars").mkdir(parents=True)
    (inventory / "hosts.yml").write_text("all: {hosts: {h1: {}}}\n")
    inline = ansible_vault.encrypt(b"gelule-47", b"word").decode().replace("\n", "\n  ").rstrip(" ")
    (inventory / "group_vars" / "all.yml").write_text(f"open: 1\nsealed: !vault |\n  {inline}")
    (tmp_path / "pw").write_text("word")
    return inventory


def whole(fleet):
    (fleet / "host_vars").mkdir()
    (fleet / "host_vars" / "h1.yml").write_bytes(
        ansible_vault.encrypt(b"whole: sirop-48\nagain: '<sirop-48>'\n", b"word")
    )


def test_show_opens_no_value_and_shows_none(capsys):
    assert run(["inventory", "show", "h1", "-i", "inventory", "--json"]) == 0
    variables = json.loads(capsys.readouterr().out)["variables"]
    assert variables["open"] == 1
    assert variables["sealed"] == "********"


def test_show_hides_what_an_encrypted_file_holds(fleet, capsys, monkeypatch):
    whole(fleet)
    assert run(["inventory", "show", "h1", "-i", "inventory"]) == ExitCode.INVALID
    assert "host_vars/h1.yml" in capsys.readouterr().err
    monkeypatch.setenv("ANSIBLE_VAULT_PASSWORD_FILE", "pw")
    assert run(["inventory", "show", "h1", "-i", "inventory"]) == 0
    shown = capsys.readouterr().out
    assert "whole:" in shown
    assert "sirop-48" not in shown


def test_validate_needs_no_password_but_uses_the_one_it_has(fleet, capsys, monkeypatch):
    whole(fleet)
    assert run(["validate"]) == 0
    monkeypatch.setenv("OFFICEFLEET_VAULT_PASSWORD_FILE", "pw")
    assert run(["validate"]) == 0
    (fleet / "host_vars" / "h1.yml").write_bytes(ansible_vault.encrypt(b"a: b: sirop-48\n", b"word"))
    assert run(["validate"]) == ExitCode.INVALID
    error = "".join(capsys.readouterr())
    assert "the encrypted file holds invalid YAML" in error
    assert "sirop-48" not in error
