import stat
import subprocess

import pytest

from officefleet.lab.keys import fingerprint, make_key


def test_openssh_reads_the_key_and_agrees_on_the_fingerprint(tmp_path):
    public = make_key(tmp_path / "id", comment="a key")

    derived = subprocess.run(
        ["ssh-keygen", "-y", "-f", tmp_path / "id"], capture_output=True, text=True, check=True
    )
    listed = subprocess.run(
        ["ssh-keygen", "-lf", tmp_path / "id.pub"], capture_output=True, text=True, check=True
    )

    assert derived.stdout.split()[:2] == public.split()[:2]
    assert listed.stdout.split()[1] == fingerprint(public)
    assert stat.S_IMODE((tmp_path / "id").stat().st_mode) == 0o600


def test_never_overwrites_a_key(tmp_path):
    make_key(tmp_path / "id", comment="first")

    with pytest.raises(FileExistsError):
        make_key(tmp_path / "id", comment="second")
