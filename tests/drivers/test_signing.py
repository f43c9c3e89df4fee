from __future__ import annotations

import json
import stat

import pytest

from officefleet.drivers.signing import MANIFEST, CatalogSignatureError, create_key, sign, verify
from officefleet.errors import OfficefleetError


@pytest.fixture
def keys(tmp_path):
    private = tmp_path / "key"
    return private, create_key(private)


@pytest.fixture
def signed(catalog_folder, keys):
    sign(catalog_folder, keys[0])
    return catalog_folder


def refused(folder, public, **options):
    with pytest.raises(OfficefleetError) as caught:
        verify(folder, public, **options)
    return caught.value


def test_what_is_signed_verifies(signed, keys):
    manifest = verify(signed, keys[1], minimum_serial=1)
    assert manifest.serial == 1
    assert "rules/mode-differs.yml" in manifest.files
    assert MANIFEST not in manifest.files


def test_the_secret_key_is_for_its_owner_only(keys):
    assert stat.S_IMODE(keys[0].stat().st_mode) == 0o600
    assert b"PRIVATE" not in keys[1].read_bytes()


def test_a_key_is_never_overwritten(keys):
    before = keys[0].read_bytes()
    with pytest.raises(CatalogSignatureError, match="cannot write"):
        create_key(keys[0])
    assert keys[0].read_bytes() == before


@pytest.mark.parametrize(
    ("spoil", "message", "file"),
    [
        (
            lambda f: (f / "rules/mode-differs.yml").write_text("x"),
            "not the one that was signed",
            "mode-differs",
        ),
        (lambda f: (f / "rules/mode-differs.yml").unlink(), "missing", "mode-differs"),
        (lambda f: (f / "rules/new.yml").write_text("x"), "not signed", "new.yml"),
        (lambda f: (f / "rules/link.yml").symlink_to("mode-differs.yml"), "a link", "link.yml"),
        (lambda f: (f / MANIFEST).unlink(), "not signed", MANIFEST),
        (lambda f: (f / MANIFEST).write_text("{"), "not JSON", MANIFEST),
        (lambda f: (f / MANIFEST).write_text("[]"), "malformed", MANIFEST),
        (lambda f: (f / MANIFEST).write_text("{}"), "malformed", MANIFEST),
    ],
)
def test_what_was_changed_is_refused_with_its_file(signed, keys, spoil, message, file):
    spoil(signed)
    error = refused(signed, keys[1])
    assert message in error.message
    assert file in error.mark.file


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        ("serial", 2, "does not fit"),
        ("files", {}, "does not fit"),
        ("signature", "AAAA", "does not fit"),
        ("signature", "not base64!", "malformed"),
        ("signature", "é", "malformed"),
        ("format", 2, "malformed"),
        ("signer", "00", "another key"),
    ],
)
def test_a_forged_manifest(signed, keys, field, value, message):
    data = json.loads((signed / MANIFEST).read_text())
    (signed / MANIFEST).write_text(json.dumps({**data, field: value}))
    assert message in refused(signed, keys[1]).message


def test_another_key(signed, tmp_path):
    other = create_key(tmp_path / "other")
    assert "another key" in refused(signed, other).message


def test_an_older_catalogue_put_back(signed, keys):
    old = (signed / MANIFEST).read_text()
    assert sign(signed, keys[0]).serial == 2
    (signed / MANIFEST).write_text(old)
    verify(signed, keys[1], minimum_serial=1)
    assert "number 2 was already in use" in refused(signed, keys[1], minimum_serial=2).message


def test_what_is_no_key(signed, keys, tmp_path):
    with pytest.raises(CatalogSignatureError, match="private key"):
        sign(signed, keys[1])
    assert "public key" in refused(signed, keys[0]).message
    assert "public key" in refused(signed, tmp_path / "none").message
