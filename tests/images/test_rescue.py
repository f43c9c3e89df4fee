"""The rescue environment's parts, read back by the programs that will use them; and whole, in a machine."""

from __future__ import annotations

import shutil
import subprocess

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from officefleet.images.rescue.cpio import archive
from officefleet.images.rescue.dropbear import host_key
from officefleet.images.rescue.overlay import make_overlay


def needs(program: str):
    return pytest.mark.skipif(shutil.which(program) is None, reason=f"no {program}")


@needs("cpio")
def test_an_archive_unpacks(tmp_path) -> None:
    files = {"etc/a": (0o644, b"one"), "root/.ssh/key": (0o600, b"x" * 5), "empty": (0o755, b"")}
    done = subprocess.run(
        ["cpio", "-i", "--quiet", "--no-absolute-filenames", "--make-directories"],
        input=archive(files), cwd=tmp_path, check=True, capture_output=True,
    )  # fmt: skip
    assert not done.stderr
    for name, (mode, content) in files.items():
        assert (tmp_path / name).read_bytes() == content
        assert (tmp_path / name).stat().st_mode & 0o777 == mode
    assert (tmp_path / "root").stat().st_mode & 0o777 == 0o700
    assert (tmp_path / "etc").stat().st_mode & 0o777 == 0o755


@needs("dropbearkey")
def test_dropbear_reads_the_host_key(tmp_path) -> None:
    private, public = host_key()
    (tmp_path / "key").write_bytes(private)
    shown = subprocess.run(
        ["dropbearkey", "-y", "-f", tmp_path / "key"], capture_output=True, text=True, check=True
    )
    assert public in shown.stdout


def test_an_overlay_is_one_poste_s() -> None:
    seed = bytes(range(32))
    one = make_overlay("POSTE-03", "ssh-ed25519 AAAA controller", seed)
    assert one == make_overlay("POSTE-03", "ssh-ed25519 AAAA controller", seed)
    assert make_overlay("POSTE-03", "x").known_host != make_overlay("POSTE-03", "x").known_host
    assert b"ssh-ed25519 AAAA controller\n" in one.initrd
    assert b'"POSTE-03"' in one.initrd
    public = Ed25519PrivateKey.from_private_bytes(seed).public_key().public_bytes_raw()
    assert public in one.initrd
