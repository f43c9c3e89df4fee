import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from types import ModuleType

import pytest

from officefleet.errors import Mark, SecretError
from officefleet.source.secrets import Secret, Vaults, age, ansible_vault, is_sealed
from officefleet.source.secrets.passwords import secret

MARK = Mark("vars.yml", 3, 7)
PLAIN = "gelule-4711"


def known(*passwords):
    return Vaults([Secret(label, lambda word=word: word) for label, word in passwords])


def test_the_matching_label_is_tried_first_then_all():
    asked = []

    def fetch(label, word):
        return Secret(label, lambda: asked.append(label) or word)

    vaults = Vaults([fetch("dev", b"1"), fetch("prod", b"2"), fetch("old", b"3")])
    assert vaults.open(ansible_vault.encrypt(b"x", b"2", "prod"), MARK) == b"x"
    assert asked == ["prod"]
    assert vaults.open(ansible_vault.encrypt(b"x", b"3", "prod"), MARK) == b"x"
    assert asked == ["prod", "dev", "old"]


def test_with_match_only_the_same_label_is_tried():
    vaults = Vaults([Secret("dev", lambda: b"1"), Secret("prod", lambda: b"2")], match=True)
    with pytest.raises(SecretError, match=r"tried: prod"):
        vaults.open(ansible_vault.encrypt(b"x", b"1", "prod"), MARK)


@pytest.mark.parametrize("vaults", [Vaults(), known(("default", b"wrong"))])
def test_what_cannot_be_opened_says_where_and_what_to_do_and_shows_nothing(vaults):
    sealed = ansible_vault.encrypt(PLAIN.encode(), b"right", "prod").decode()
    with pytest.raises(SecretError) as caught:
        vaults.reveal(sealed, MARK)
    assert caught.value.mark == MARK
    assert "--vault" in caught.value.hint
    text = str(caught.value)
    assert PLAIN not in text
    assert not any(line in text for line in sealed.splitlines())
    assert "wrong" not in text


def test_listeners_hear_what_was_opened_before_and_after():
    vaults = known(("default", b"pw"))
    first, second = (ansible_vault.encrypt(one, b"pw").decode() for one in (b"first", b"second"))
    vaults.reveal(first, MARK)
    heard = []
    vaults.tell(heard.append)
    vaults.reveal(second, MARK)
    assert heard == ["first", "second"]


def test_a_password_is_asked_for_once_by_many_threads():
    count = []
    start = threading.Barrier(8)
    vaults = Vaults([Secret("default", lambda: count.append(1) or b"pw")])
    sealed = ansible_vault.encrypt(b"x", b"pw").decode()

    def one(_number):
        start.wait(10)
        return vaults.reveal(sealed, MARK)

    with ThreadPoolExecutor(8) as pool:
        assert set(pool.map(one, range(8))) == {"x"}
    assert len(count) == 1


def test_age_is_opened_by_any_identity_of_a_recipient():
    (one, to_one), (two, to_two), (other, _to) = (age.keygen() for _ in range(3))
    sealed = age.encrypt(b"x", [to_one, to_two])
    assert is_sealed(sealed)
    for key in (one, two):
        vaults = Vaults(identities=lambda key=key: age.identities(f"# remark\n{other}\n{key}\n", "key"))
        assert vaults.open(sealed, MARK) == b"x"
        assert vaults.reveal("  " + sealed.decode() + "\n", MARK) == "x"
    with pytest.raises(SecretError, match="no age identity opens it"):
        Vaults(identities=lambda: age.identities(other, "key")).open(sealed, MARK)
    with pytest.raises(SecretError, match="no password or key"):
        Vaults().open(sealed, MARK)
    with pytest.raises(SecretError, match="no age identity opens it"):
        Vaults(identities=lambda: age.identities(one, "key")).open(
            sealed[:-60] + b"AAAA" + sealed[-56:], MARK
        )


@pytest.mark.parametrize(
    "text", ["", "# only a remark\n", "AGE-SECRET-KEY-1WRONG", "-----BEGIN OPENSSH PRIVATE KEY-----\nx"]
)
def test_a_wrong_identity_shows_nothing_of_itself(text):
    with pytest.raises(SecretError) as caught:
        age.identities(text, "key.txt")
    assert "WRONG" not in str(caught.value)
    assert "key.txt" in caught.value.message


def test_recipients_are_checked():
    with pytest.raises(SecretError, match="not an age recipient"):
        age.encrypt(b"x", ["age1nonsense"])
    with pytest.raises(SecretError, match="no recipient"):
        age.encrypt(b"x", [])


# --- where passwords come from -----------------------------------------------------------------------------


def never(_question):
    raise AssertionError


def test_a_file(tmp_path):
    (tmp_path / "pw").write_text(" word\n")
    found = secret(f"prod@{tmp_path}/pw", never)
    assert (found.label, found.value()) == ("prod", b"word")
    assert secret(str(tmp_path / "pw"), never).label == "default"
    assert secret("pw", never, tmp_path).value() == b"word"


def test_a_program_and_a_client(tmp_path):
    for name in ("plain.sh", "ring-client"):
        path = tmp_path / name
        path.write_text('#!/bin/sh\nprintf "word %s\\r\\n" "$*"\n')
        path.chmod(0o700)
    assert secret(f"a@{tmp_path}/plain.sh", never).value() == b"word "
    assert secret(f"a@{tmp_path}/ring-client", never).value() == b"word --vault-id a"


@pytest.mark.parametrize(
    ("content", "mode", "message"),
    [("#!/bin/sh\necho leaked\nexit 3\n", 0o700, "ended with 3"), ("word\n", 0o755, "cannot run"), ("\n", 0o600, "empty"),
     ("$ANSIBLE_VAULT;1.1;AES256\n00\n", 0o600, "itself encrypted")],
)  # fmt: skip
def test_a_password_that_cannot_be_had(tmp_path, content, mode, message):
    (tmp_path / "pw").write_text(content)
    (tmp_path / "pw").chmod(mode)
    with pytest.raises(SecretError, match=message) as caught:
        secret(f"{tmp_path}/pw", never).value()
    assert "leaked" not in str(caught.value)


def test_a_missing_file_is_told_at_once(tmp_path):
    with pytest.raises(SecretError, match="no vault password file"):
        secret(f"{tmp_path}/none", never)


def test_a_prompt_is_put_when_it_is_needed():
    questions = []
    found = secret("prod@prompt", lambda text: questions.append(text) or "word")
    assert found.asks
    assert not questions
    assert found.value() == found.value() == b"word"
    assert questions == ["Vault password (prod): "]


def test_the_keyring(monkeypatch):
    fake = ModuleType("keyring")
    fake.errors = ModuleType("keyring.errors")
    fake.errors.KeyringError = RuntimeError
    fake.get_password = lambda service, label: {("officefleet-vault", "prod"): "word"}.get((service, label))
    monkeypatch.setitem(sys.modules, "keyring", fake)
    assert secret("prod@keyring", never).value() == b"word"
    with pytest.raises(SecretError, match="has no password"):
        secret("dev@keyring", never).value()
    monkeypatch.setitem(sys.modules, "keyring", None)
    with pytest.raises(SecretError, match="package keyring"):
        secret("prod@keyring", never).value()


def test_nothing_shows_in_a_repr():
    found = Secret("default", lambda: b"word")
    found.value()
    assert "word" not in repr(found)
