"""What makes a restored poste one poste: written where it belongs, refused when malformed, never shown."""

from __future__ import annotations

import json
import subprocess
from dataclasses import replace

import pytest

from officefleet.images import rescue_main
from officefleet.images.faults import TargetError
from officefleet.images.identity import ORIGIN, Identity, write_identity

KEY = b"-----BEGIN OPENSSH PRIVATE KEY-----\nAAAA\n-----END OPENSSH PRIVATE KEY-----\n"
POSTE = Identity(
    "POSTE-03", "0123456789abcdef0123456789abcdef", KEY, "ssh-ed25519 AAAA", {"10-lan.network": "[Match]\n"}
)


def test_an_identity_is_written(tmp_path) -> None:
    (tmp_path / "etc/ssh").mkdir(parents=True)
    (tmp_path / "etc/machine-id").write_text("")
    (tmp_path / "etc/hostname").symlink_to("/etc/hostname")
    write_identity(tmp_path, POSTE)
    assert (tmp_path / "etc/hostname").read_text() == "POSTE-03\n"
    assert not (tmp_path / "etc/hostname").is_symlink()
    assert (tmp_path / "etc/machine-id").read_text() == f"{POSTE.machine_id}\n"
    assert (tmp_path / "etc/ssh/ssh_host_ed25519_key").read_bytes() == KEY
    assert (tmp_path / "etc/ssh/ssh_host_ed25519_key").stat().st_mode & 0o777 == 0o600
    assert "127.0.1.1 POSTE-03" in (tmp_path / "etc/hosts").read_text()
    assert (tmp_path / "etc/systemd/network/10-lan.network").exists()
    assert Identity.from_json(POSTE.to_json()) == POSTE


def test_a_poste_says_which_image_it_was_restored_from(tmp_path) -> None:
    write_identity(tmp_path, POSTE, image="poste-debian", version=3)
    assert (tmp_path / ORIGIN).read_text() == "IMAGE_ID=poste-debian\nIMAGE_VERSION=3\n"


def test_a_link_in_the_image_leads_nowhere(tmp_path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    root = tmp_path / "root"
    root.mkdir()
    (root / "etc").symlink_to(outside)
    with pytest.raises(TargetError, match="is a link"):
        write_identity(root, POSTE)
    assert not list(outside.iterdir())


@pytest.mark.parametrize(
    "change",
    [
        {"hostname": "../x"}, {"hostname": "a b"}, {"hostname": ""}, {"machine_id": "0" * 32}, {"machine_id": "x"},
        {"host_key": b"other"}, {"networks": {"../../x.network": ""}}, {"networks": {"x": ""}},
    ],
)  # fmt: skip
def test_a_malformed_identity(tmp_path, change) -> None:
    with pytest.raises(TargetError):
        write_identity(tmp_path, replace(POSTE, **change))
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    "text", ["", "[]", "{}", "3", '{"hostname": 3}', POSTE.to_json().replace('"POSTE-03"', "7")]
)
def test_a_malformed_identity_file_ends_before_the_restore(world, image, tmp_path, text, capsys) -> None:
    world.publish(image)
    (tmp_path / "identity").write_text(text)
    options = [
        "--store",
        str(world.store.root),
        "--image",
        "poste",
        "--trust",
        str(world.trust_file),
        "--create",
    ]
    target = tmp_path / "disk"
    code = rescue_main.main([*options, "--target", str(target), "--identity", str(tmp_path / "identity")])
    assert code == 2
    assert json.loads(capsys.readouterr().out)["event"] == "error"
    assert not target.exists()


def test_the_key_is_never_shown() -> None:
    assert "AAAA\\n" not in repr(POSTE)
    assert "PRIVATE" not in repr(POSTE)


def test_a_real_key_is_accepted(tmp_path) -> None:
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", tmp_path / "k"], check=True)
    key = (tmp_path / "k").read_bytes()
    (tmp_path / "root").mkdir()
    write_identity(
        tmp_path / "root", replace(POSTE, host_key=key, host_key_public=(tmp_path / "k.pub").read_text())
    )
    shown = subprocess.run(
        ["ssh-keygen", "-y", "-f", tmp_path / "root/etc/ssh/ssh_host_ed25519_key"],
        capture_output=True, check=True,
    )  # fmt: skip
    assert shown.stdout.split()[1] == (tmp_path / "k.pub").read_bytes().split()[1]


def test_who_may_log_in_is_given_with_the_identity(tmp_path) -> None:
    line = "ssh-ed25519 AAAA officefleet"
    one = replace(POSTE, authorized_keys={"officefleet": line})
    write_identity(tmp_path, Identity.from_json(one.to_json()))
    assert (tmp_path / "etc/ssh/authorized_keys.d/officefleet").read_text() == line + "\n"
    assert "authorized_keys.d/%u" in (tmp_path / "etc/ssh/sshd_config.d/10-identity.conf").read_text()
    with pytest.raises(TargetError, match="account"):
        replace(POSTE, authorized_keys={"../root": line}).check()
