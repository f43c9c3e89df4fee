"""Nothing is believed that the groupement did not sign, has revoked, or has replaced."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from officefleet.errors import SignatureError
from officefleet.images import canonical
from officefleet.images.ed25519 import Signer, _nacl_verifies, is_signed_by
from officefleet.images.index import read_index
from officefleet.images.keys import KeySet, Trust
from officefleet.images.signed import seal


@pytest.fixture
def data(world, image) -> bytes:
    world.publish(image)
    return world.store.read_index("poste")


def test_an_index_survives_writing_and_reading(world, image) -> None:
    index = world.publish(image)
    assert world.read(world.store.read_index("poste")) == index


def test_every_flipped_bit_of_a_header_and_some_of_the_rest(world, data) -> None:
    step = max(1, len(data) // 400)
    for at in [*range(300), *range(300, len(data), step), len(data) - 1]:
        for bit in (0, 5):
            damaged = bytearray(data)
            damaged[at] ^= 1 << bit
            with pytest.raises(SignatureError):
                world.read(bytes(damaged))


@pytest.mark.parametrize("cut", [0, 1, 50, 200, -1, -2, -100])
def test_a_truncated_index(world, data, cut) -> None:
    with pytest.raises(SignatureError):
        world.read(data[:cut])


def test_bytes_after_an_index(world, data) -> None:
    for more in (b"\n", b"x", b"\n{}\n"):
        with pytest.raises(SignatureError):
            world.read(data + more)


def test_an_index_of_a_stranger(world, image) -> None:
    index = world.publish(image)
    with pytest.raises(SignatureError, match="not signed by a key"):
        world.read(index.encode(Signer.generate()))


def test_a_revoked_key_counts_no_more_whatever_it_signed(world, data) -> None:
    newer = Signer.generate()
    keys = world.keys.rotated(
        add=[newer.public], revoke=[world.signer.id], created=world.now, expires=world.now + 1000
    )
    accepted, trust = world.trust.accept_keys(keys.encode([world.root]), now=world.now)
    with pytest.raises(SignatureError, match="revoked"):
        read_index(data, accepted, trust, now=world.now)
    with pytest.raises(SignatureError, match="was revoked"):
        accepted.rotated(add=[world.signer.public], created=world.now, expires=world.now + 1)
    index = replace(world.read(data), version=2)
    assert read_index(index.encode(newer), accepted, trust, now=world.now).version == 2


def test_an_expired_image_is_refused_unless_asked(world, data) -> None:
    later = world.now + 40 * 86400
    with pytest.raises(SignatureError, match="has expired"):
        read_index(data, world.keys, world.trust, now=later)
    assert read_index(data, world.keys, world.trust, now=later, allow_expired=True)


def test_an_older_image_is_refused_unless_asked(world, data) -> None:
    trust = world.trust.seen("poste", 2)
    with pytest.raises(SignatureError, match="older than version 2"):
        read_index(data, world.keys, trust, now=world.now)
    assert read_index(data, world.keys, trust, now=world.now, allow_older=True)
    assert trust.seen("poste", 1) == trust


def test_key_sets(world) -> None:
    """Wrong root, expired, rolled back; a new root must be named by the old one and sign too."""
    now, keys = world.now, world.keys
    stranger = Signer.generate()
    for bad, message in [
        (replace(keys, root=stranger.public).encode([stranger]), "not signed by the pinned root"),
        (keys.encode([stranger]), "not signed by the pinned root"),
        (replace(keys, root=stranger.public).encode([world.root]), "did not sign it"),
        (replace(keys, expires=now).encode([world.root]), "expired"),
        (replace(keys, keys={"0" * 16: stranger.public}).encode([world.root]), "malformed"),
        (replace(keys, revoked=frozenset([world.signer.id])).encode([world.root]), "malformed"),
    ]:
        with pytest.raises(SignatureError, match=message):
            world.trust.accept_keys(bad, now=now)
    moved = replace(keys, root=stranger.public, version=2)
    _keys, trust = world.trust.accept_keys(moved.encode([world.root, stranger]), now=now)
    assert trust == Trust(stranger.public, 2)
    with pytest.raises(SignatureError):
        trust.accept_keys(keys.encode([world.root]), now=now)
    with pytest.raises(SignatureError, match="version 1, but version 2"):
        replace(world.trust, keys_version=2).accept_keys(keys.encode([world.root]), now=now)


def test_one_kind_of_signed_file_is_not_another(world) -> None:
    with pytest.raises(SignatureError):
        world.read(world.keys.encode([world.signer]))


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", "../x"), ("version", 0), ("version", True), ("version", "1"), ("sector", 520), ("size", -1),
        ("expires", 0), ("system", "dos"), ("minimum_disk", 1), ("chunks", "AAAA"), ("chunks", "?"),
        ("partitions", [{}]), ("table", []), ("bill", [["a"]]), ("extra", 1),
    ],
)  # fmt: skip
def test_a_signed_index_is_still_checked(world, data, field, value) -> None:
    fields = canonical.decode(data.split(b"\n")[1])
    fields[field] = value
    with pytest.raises(SignatureError, match="malformed"):
        world.read(seal("officefleet-image/1", fields, [world.signer]))


def test_keys_on_disk_are_private(world, tmp_path) -> None:
    path = tmp_path / "root.pem"
    world.root.save(path)
    assert path.stat().st_mode & 0o777 == 0o600
    assert Signer.load(path).id == world.root.id
    with pytest.raises(SignatureError, match="Cannot write"):
        world.root.save(path)
    path.chmod(0o640)
    with pytest.raises(SignatureError, match="read by others"):
        Signer.load(path)
    assert path.read_text() not in repr(world.root)


@pytest.mark.parametrize("text", ["", "{}", '{"images":{},"keys_version":0,"root":""}', "[]", "\xff"])
def test_a_damaged_trust_file_trusts_nothing(tmp_path, text) -> None:
    path = tmp_path / "trust.json"
    path.write_text(text)
    with pytest.raises(SignatureError):
        Trust.load(path)
    with pytest.raises(SignatureError):
        Trust.load(tmp_path / "none")


def test_trust_survives_writing_and_reading(world, tmp_path) -> None:
    trust = world.trust.seen("poste", 7)
    trust.save(tmp_path / "t")
    assert Trust.load(tmp_path / "t") == trust


def test_both_libraries_agree(world) -> None:
    signature = world.signer.sign(b"text")
    for message, expected in ((b"text", True), (b"texts", False)):
        assert is_signed_by(world.signer.public, signature, message) is expected
        assert _nacl_verifies(world.signer.public, signature, message) is expected
    assert not is_signed_by(b"short", signature, b"text")


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


@given(values)
@settings(suppress_health_check=[HealthCheck.too_slow])
def test_canonical_json_has_one_form(value) -> None:
    data = canonical.encode(value)
    assert canonical.decode(data) == value
    with pytest.raises(ValueError):  # noqa: PT011  any ValueError means refused
        canonical.decode(b" " + data)


@pytest.mark.parametrize(
    "text", [b"1.0", b"NaN", b'{"b":1,"a":2}', b'{"a":1,"a":1}', b"\xff", b'"\xc3\xa9"', b""]
)
def test_other_forms_are_refused(text) -> None:
    with pytest.raises(ValueError):  # noqa: PT011  any ValueError means refused
        canonical.decode(text)


def test_a_key_set_reads_back(world) -> None:
    keys = KeySet(3, 1, world.now + 5, world.root.public, {}, frozenset(["0" * 16]))
    assert world.trust.accept_keys(keys.encode([world.root]), now=world.now)[0] == keys
