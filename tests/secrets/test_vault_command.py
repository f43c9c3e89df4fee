"""``officefleet vault`` against ansible-vault: each reads what the other writes."""

import contextlib
import io
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from officefleet.cli.app import run
from officefleet.errors import ExitCode
from officefleet.source.secrets import ansible_vault

OFFICINE = """\
id: officine_0421
name: Pharmacie du Port
region: Bretagne
address: {street: 1 rue du Port, postcode: "29000", city: Quimper}
opening_hours: "Mo-Fr 09:00-19:00; PH off"
age_recipient: RECIPIENT
machines:
  - {name: o0421-c1, kind: comptoir, address: 10.4.21.11, os: {family: debian, version: "12"}}
"""


@pytest.fixture(autouse=True)
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name in list(os.environ):
        if name.startswith(("ANSIBLE_", "OFFICEFLEET_")):
            monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / "pw").write_text("word\n")
    (tmp_path / "new").write_text("other\n")
    (tmp_path / "f.yml").write_text("a: gelule\n")
    return tmp_path


def theirs(*arguments, stdin=None):
    done = subprocess.run(
        [Path(sys.executable).parent / "ansible-vault", *arguments],
        input=stdin, capture_output=True, text=True, check=False, timeout=60,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout


def ours(*arguments):
    assert run(["vault", *arguments]) == 0


def typed(monkeypatch, text):
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(text.encode())))


def test_files_both_ways(capfdbinary):
    ours("encrypt", "f.yml", "--vault-id", "prod@pw")
    assert Path("f.yml").read_text().startswith("$ANSIBLE_VAULT;1.2;AES256;prod\n")
    assert theirs("view", "--vault-id", "prod@pw", "f.yml").strip() == "a: gelule"
    theirs("rekey", "--vault-id", "prod@pw", "--new-vault-id", "dev@new", "f.yml")
    ours("view", "f.yml", "--vault-password-file", "new")
    assert capfdbinary.readouterr().out == b"a: gelule\n"
    ours("rekey", "f.yml", "--vault-id", "dev@new", "--new-vault-password-file", "pw")
    theirs("decrypt", "--vault-password-file", "pw", "f.yml")
    assert Path("f.yml").read_text() == "a: gelule\n"
    theirs("encrypt", "--vault-password-file", "pw", "f.yml")
    ours("decrypt", "f.yml", "--vault-id", "pw", "--output", "plain")
    assert Path("plain").read_text() == "a: gelule\n"
    assert Path("plain").stat().st_mode & 0o777 == 0o600


def test_strings_both_ways(monkeypatch, capfdbinary):
    typed(monkeypatch, "gélule 'x'\n")
    ours("encrypt_string", "--vault-password-file", "pw", "sirop", "-n", "a", "--stdin-name", "b")
    ours_text = capfdbinary.readouterr().out.decode()
    their_text = theirs("encrypt_string", "--vault-password-file", "pw", "--stdin-name", "a", stdin="sirop")
    assert ours_text.splitlines()[:2] == their_text.splitlines()[:2]
    assert len(ours_text.splitlines()[2]) == len(their_text.splitlines()[2])
    for text, name, plain in (
        (ours_text, "b", "gélule 'x'\n"),
        (ours_text, "a", "sirop"),
        (their_text, "a", "sirop"),
    ):
        node = yaml.compose(text)
        value = next(value.value for key, value in node.value if key.value == name)
        assert ansible_vault.decrypt(ansible_vault.parse(value.encode()), b"word").decode() == plain


def test_the_mode_of_a_file_stays():
    Path("f.yml").chmod(0o640)
    ours("encrypt", "f.yml", "--vault-password-file", "pw")
    assert Path("f.yml").stat().st_mode & 0o777 == 0o640
    assert [one for one in Path().iterdir() if one.name.startswith(".vault")] == []


def test_edit_changes_the_file_and_leaves_nothing(monkeypatch, tmp_path):
    ours("encrypt", "f.yml", "--vault-id", "prod@pw")
    before = Path("f.yml").read_bytes()
    monkeypatch.setenv("EDITOR", "true")
    ours("edit", "f.yml", "--vault-id", "prod@pw")
    assert Path("f.yml").read_bytes() == before
    monkeypatch.setenv("EDITOR", f"{sys.executable} {editor(tmp_path)}")
    ours("edit", "f.yml", "--vault-id", "prod@pw", "--vault-id", "dev@new")
    assert theirs("view", "--vault-id", "prod@pw", "f.yml").strip() == "a: gelule\nb: new"
    file, mode, folder_mode = (tmp_path / "seen").read_text().split()
    assert (mode, folder_mode) == ("0o600", "0o700")
    assert not Path(file).parent.exists()


def editor(folder, end=""):
    script = folder / "editor.py"
    script.write_text(
        "import os, signal, sys, pathlib\nfile = pathlib.Path(sys.argv[1])\n"
        "mode = lambda path: oct(path.stat().st_mode & 0o777)\n"
        f"pathlib.Path('{folder}/seen').write_text(f'{{file}} {{mode(file)}} {{mode(file.parent)}}')\n"
        "(file.parent / 'backup~').write_text(file.read_text())\n"
        "file.write_text(file.read_text() + 'b: new\\n')\n" + end
    )
    return script


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGINT])
def test_edit_that_is_ended_by_a_signal_leaves_nothing(tmp_path, number):
    ours("encrypt", "f.yml", "--vault-password-file", "pw")
    before = Path("f.yml").read_bytes()
    end = f"os.kill(os.getppid(), {int(number)})\nimport time\ntime.sleep(30)\n"
    done = subprocess.Popen(
        [Path(sys.executable).parent / "officefleet", "vault", "edit", "f.yml", "--vault-password-file", "pw"],
        env={**os.environ, "EDITOR": f"{sys.executable} {editor(tmp_path, end)}"},
        stderr=subprocess.PIPE, text=True, start_new_session=True,
    )  # fmt: skip
    try:
        error = done.communicate(timeout=60)[1]
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(done.pid, signal.SIGKILL)
    assert done.returncode == (130 if number == signal.SIGINT else 128 + number)
    assert "gelule" not in error
    assert not Path((tmp_path / "seen").read_text().split()[0]).parent.exists()
    assert Path("f.yml").read_bytes() == before


def test_edit_whose_editor_fails_changes_nothing(monkeypatch, capsys):
    ours("encrypt", "f.yml", "--vault-password-file", "pw")
    for command in ("false", "no-such-editor"):
        monkeypatch.setenv("EDITOR", command)
        before = Path("f.yml").read_bytes()
        assert run(["vault", "edit", "f.yml", "--vault-password-file", "pw"]) == ExitCode.INVALID
        assert Path("f.yml").read_bytes() == before
    assert "EDITOR" in capsys.readouterr().err


def test_age_with_the_recipient_of_a_pharmacy(monkeypatch, capfdbinary, tmp_path):
    ours("keygen", "key.txt")
    recipient = capfdbinary.readouterr().out.decode().strip()
    assert Path("key.txt").stat().st_mode & 0o777 == 0o600
    folder = tmp_path / "fleet" / "officines" / "officine_0421"
    (folder / "host_vars").mkdir(parents=True)
    (folder / "pharmacy.yml").write_text(OFFICINE.replace("RECIPIENT", recipient))
    file = folder / "host_vars" / "secrets.yml"
    file.write_text("a: gelule\n")
    ours("encrypt", str(file), "--pharmacy", "officine_0421", "-i", "fleet")
    assert not file.exists()
    sealed = file.with_name("secrets.yml.age")
    assert sealed.read_text().startswith("-----BEGIN AGE ENCRYPTED FILE-----\n")
    monkeypatch.setenv("EDITOR", f"{sys.executable} {editor(tmp_path)}")
    monkeypatch.setenv("OFFICEFLEET_AGE_IDENTITY_FILE", "key.txt")
    ours("edit", str(sealed))  # to the recipient of the pharmacy in whose folder it is
    monkeypatch.delenv("OFFICEFLEET_AGE_IDENTITY_FILE")
    monkeypatch.setenv("OFFICEFLEET_AGE_IDENTITY", Path("key.txt").read_text().splitlines()[-1])
    ours("decrypt", str(sealed))
    assert file.read_text() == "a: gelule\nb: new\n"
    assert not sealed.exists()


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["view", "f.yml", "--vault-password-file", "pw"], ExitCode.INVALID, "not encrypted"),
        (["view", "none", "--vault-password-file", "pw"], ExitCode.INVALID, "cannot read"),
        (["encrypt", "f.yml"], ExitCode.INVALID, "no vault password to encrypt with"),
        (["encrypt", "f.yml", "--vault-password-file", "none"], ExitCode.INVALID, "no vault password file"),
        (
            ["encrypt", "f.yml", "--vault-id", "a@pw", "--vault-id", "b@new"],
            ExitCode.USAGE,
            "--encrypt-vault-id",
        ),
        (
            ["encrypt", "f.yml", "--vault-id", "a@pw", "--encrypt-vault-id", "c"],
            ExitCode.USAGE,
            "vault id 'c'",
        ),
        (
            ["encrypt", "f.yml", "pw", "--output", "x", "--vault-id", "pw"],
            ExitCode.USAGE,
            "--output takes one file",
        ),
        (["encrypt", "f.yml", "--vault-id", "a;b@pw"], ExitCode.USAGE, "cannot be a vault id"),
        (["rekey", "--vault-id", "pw"], ExitCode.USAGE, "no file"),
        (["keygen", "pw"], ExitCode.USAGE, "exists"),
        (["encrypt", "f.yml", "--recipient", "age1x"], ExitCode.INVALID, "not an age recipient"),
    ],
)
def test_what_goes_wrong(arguments, code, words, capsys):
    assert run(["vault", *arguments]) == code
    error = capsys.readouterr().err
    assert words in error
    assert "gelule" not in error
    assert Path("f.yml").read_text() == "a: gelule\n"


def test_encrypting_twice_is_refused(capsys):
    ours("encrypt", "f.yml", "--vault-password-file", "pw")
    before = Path("f.yml").read_bytes()
    assert run(["vault", "encrypt", "f.yml", "--vault-password-file", "pw"]) == ExitCode.INVALID
    assert "encrypted already" in capsys.readouterr().err
    assert Path("f.yml").read_bytes() == before


def test_settings_of_the_environment_and_of_ansible_cfg(monkeypatch, capfdbinary, tmp_path):
    tmp_path.chmod(0o755)
    Path("ansible.cfg").write_text(
        "[defaults]\nvault_identity_list = dev@new, prod@pw\nvault_encrypt_identity = prod\n"
    )
    ours("encrypt", "f.yml")
    assert b";prod\n" in Path("f.yml").read_bytes()
    assert theirs("view", "f.yml").strip() == "a: gelule"
    monkeypatch.setenv("ANSIBLE_CONFIG", "/dev/null")
    monkeypatch.setenv("ANSIBLE_VAULT_IDENTITY_LIST", "x@new")
    monkeypatch.setenv("OFFICEFLEET_VAULT_PASSWORD_FILE", "pw")
    ours("view", "f.yml")
    assert capfdbinary.readouterr().out == b"a: gelule\n"
    monkeypatch.setenv("ANSIBLE_VAULT_ID_MATCH", "yes")
    assert run(["vault", "view", "f.yml"]) == ExitCode.INVALID


def test_a_configuration_that_anybody_may_write_is_not_believed(tmp_path):
    program = tmp_path / "run-me"
    program.write_text("#!/bin/sh\ntouch ran\necho word\n")
    program.chmod(0o755)
    Path("ansible.cfg").write_text("[defaults]\nvault_password_file = run-me\n")
    tmp_path.chmod(0o777)
    assert run(["vault", "encrypt", "f.yml"]) == ExitCode.INVALID
    assert not Path("ran").exists()
