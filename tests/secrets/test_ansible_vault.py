"""ansible-vault's format against ansible-core's own VaultLib, both ways."""

import contextlib

import pytest
from ansible.errors import AnsibleError
from ansible.parsing.vault import VaultLib, VaultSecret
from hypothesis import given, settings
from hypothesis import strategies as st

from officefleet.source.secrets import ansible_vault

PASSWORDS = st.binary(min_size=1, max_size=40)
LABELS = st.text(
    st.characters(codec="ascii", exclude_characters=";", exclude_categories=["C", "Z"]), max_size=12
)


def is_plain(text):
    return not text.startswith(b"$ANSIBLE_VAULT")  # Ansible encrypts nothing twice


def theirs(password, label="default"):
    return VaultLib([(label, VaultSecret(password))])


@settings(max_examples=25, deadline=None)
@given(plain=st.binary(max_size=200), password=PASSWORDS, label=LABELS)
def test_ansible_reads_what_we_write(plain, password, label):
    sealed = ansible_vault.encrypt(plain, password, label)
    assert theirs(password, label or "default").decrypt(sealed) == plain


@settings(max_examples=25, deadline=None)
@given(plain=st.binary(max_size=200).filter(is_plain), password=PASSWORDS, label=LABELS)
def test_we_read_what_ansible_writes(plain, password, label):
    sealed = theirs(password).encrypt(plain, VaultSecret(password), vault_id=label or None)
    envelope = ansible_vault.parse(sealed)
    assert envelope.label == (label if label != "default" else "")
    assert ansible_vault.decrypt(envelope, password) == plain


def test_the_same_salt_gives_the_same_bytes_as_ansible():
    salt = bytes(range(32))
    ours = ansible_vault.encrypt(b"gel\n", b"pw", "prod", salt)
    lib = theirs(b"pw")
    assert ours == lib.encrypt(b"gel\n", VaultSecret(b"pw"), vault_id="prod", salt=salt.decode("latin-1"))


@settings(max_examples=15, deadline=None)
@given(plain=st.binary(max_size=100), password=PASSWORDS, other=PASSWORDS, flip=st.integers(0, 10_000))
def test_another_password_or_a_damaged_text_gives_nothing(plain, password, other, flip):
    envelope = ansible_vault.parse(ansible_vault.encrypt(plain, password))
    if other != password and other.strip(b"\0") != password.strip(b"\0"):  # HMAC pads short keys with zeros
        assert ansible_vault.decrypt(envelope, other) is None
    content = bytearray(envelope.content)
    content[flip % len(content)] ^= 1
    damaged = ansible_vault.Envelope("", envelope.salt, envelope.digest, bytes(content))
    assert ansible_vault.decrypt(damaged, password) is None


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (b"", "no header"),
        (b"plain text", "no header"),
        (b"$ANSIBLE_VAULT", "no header"),
        (b"$ANSIBLE_VAULT;1.1", "no header"),
        (b"$ANSIBLE_VAULT;1.0;AES\n00", "version"),
        (b"$ANSIBLE_VAULT;9.9;AES256\n00", "version"),
        (b"$ANSIBLE_VAULT;1.1;ROT13\n00", "cipher"),
        (b"$ANSIBLE_VAULT;1.1;AES256", "body"),
        (b"$ANSIBLE_VAULT;1.1;AES256\nxyz", "body"),
        (b"$ANSIBLE_VAULT;1.1;AES256\n3030", "body"),
    ],
)
def test_what_is_no_vault(text, reason):
    with pytest.raises(ansible_vault.NotAVaultError, match=reason):
        ansible_vault.parse(text)
    with pytest.raises(AnsibleError):
        theirs(b"pw").decrypt(text)


@given(st.binary())
def test_any_bytes_are_parsed_or_refused(data):
    for text in (data, ansible_vault.HEADER + data, b"$ANSIBLE_VAULT;1.1;AES256\n" + data):
        with contextlib.suppress(ansible_vault.NotAVaultError):
            ansible_vault.parse(text)


@pytest.mark.parametrize("label", ["a;b", "a\nb", "é"])
def test_a_label_that_would_break_the_header_is_refused(label):
    with pytest.raises(ValueError, match="label"):
        ansible_vault.encrypt(b"x", b"pw", label)


def test_an_empty_password_is_refused():
    with pytest.raises(ValueError, match="empty"):
        ansible_vault.encrypt(b"x", b"")
