"""A poste's identity in an offline Windows, read back by other programs than those that wrote it."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import xml.etree.ElementTree as ET
from dataclasses import replace
from importlib import resources
from typing import TYPE_CHECKING

import pytest
import tree_sitter_pwsh
from tree_sitter import Language, Parser

from officefleet.images.faults import TargetError
from officefleet.images.identify import identify, read_identity, system_partition
from officefleet.images.windows import hive
from officefleet.images.windows.inject import write_windows_identity
from officefleet.images.windows.tree import find
from officefleet.images.windows.volume import ntfs_volume

if TYPE_CHECKING:
    from pathlib import Path

UNATTEND = "{urn:schemas-microsoft-com:unattend}"


def other_parser(file: Path, key: str) -> str:
    """What `reged` (chntpw), which shares no code with hivex, says of a key."""
    if shutil.which("reged") is None:
        pytest.skip("needs chntpw")
    out = file.with_suffix(".reg")
    command = ["reged", "-x", file, "HKEY_LOCAL_MACHINE\\X", key, out]
    subprocess.run(command, capture_output=True, check=False)
    return out.read_text("latin-1")


def third_parser(file: Path) -> str:
    """What `regfexport` (libregf), which shares code with neither, says of all."""
    if shutil.which("regfexport") is None:
        pytest.skip("needs libregf-utils")
    return subprocess.run(["regfexport", file], capture_output=True, check=True, text=True).stdout


@pytest.fixture
def done(disk, windows, tmp_path):
    """A disk with an identity, and its hives taken out with ntfscat."""
    with disk.mounted() as root:
        write_windows_identity(root, windows.identity(authorized_keys=[windows.PUBLIC]))
    for name in ("SYSTEM", "SOFTWARE"):
        (tmp_path / name).write_bytes(disk.cat(f"/Windows/System32/config/{name}"))
    return disk


@pytest.mark.usefixtures("done")
def test_the_name_and_network_are_in_the_control_set_in_use(tmp_path) -> None:
    said = other_parser(tmp_path / "SYSTEM", "ControlSet002")
    assert '"ComputerName"="O0421-COMPT-1"' in said
    assert '"Hostname"="o0421-compt-1"' in said
    assert '"NV Hostname"="o0421-compt-1"' in said
    assert '"HiberbootEnabled"=dword:00000000' in said
    assert '"EnableDHCP"=dword:00000000' in said
    assert '"NameServer"="192.0.2.1,192.0.2.2"' in said
    assert "ActiveComputerName" not in said
    untouched = other_parser(tmp_path / "SYSTEM", "ControlSet001")
    assert '"ComputerName"="WIN-GOLDEN"' in untouched
    assert "o0421" not in untouched.lower()


@pytest.mark.usefixtures("done")
def test_a_third_parser_reads_the_addresses_and_the_run_once(tmp_path) -> None:
    system = third_parser(tmp_path / "SYSTEM")
    assert re.search(
        r"Value: \d+ IPAddress\nType: multi-value string \(REG_MULTI_SZ\)\nData size: 24\n", system
    )
    for text in ("192.0.2.1,192.0.2.2", "O0421-COMPT-1"):
        assert text in system
    assert "firstboot.ps1" in third_parser(tmp_path / "SOFTWARE")


def test_the_answer_file_is_where_windows_looks(done, tmp_path) -> None:
    content = done.cat("/Windows/Panther/unattend.xml")
    root = ET.fromstring(content)  # noqa: S314  our own
    assert [one.get("pass") for one in root] == ["specialize", "oobeSystem"]
    assert [one.text for one in root.iter(f"{UNATTEND}ComputerName")] == ["o0421-compt-1"]
    assert [one.text for one in root.iter(f"{UNATTEND}IpAddress")][-1] == "192.0.2.13/24"
    assert b"assword" not in content
    assert b"ProductKey" not in content
    (tmp_path / "unattend.xml").write_bytes(content)
    if shutil.which("xmllint"):
        subprocess.run(["xmllint", "--noout", "--nonet", tmp_path / "unattend.xml"], check=True)


def test_the_host_key_is_readable_by_system_and_administrators_only(done) -> None:
    assert done.cat("/ProgramData/ssh/ssh_host_ed25519_key").startswith(b"-----BEGIN OPENSSH")
    if shutil.which("ntfssecaudit") is None:
        pytest.skip("needs ntfs-3g's ntfssecaudit")
    for place in ("ProgramData/ssh/ssh_host_ed25519_key", "ProgramData/officefleet/firstboot.ps1"):
        said = subprocess.run(
            ["ntfssecaudit", "-vv", done.partition(), place], capture_output=True, check=False, text=True
        ).stdout
        assert "S-1-5-32-544" in said, said
        assert "S-1-5-18" in said
        assert "S-1-1-0" not in said  # everyone
        assert "S-1-5-32-545" not in said  # users


def test_the_file_system_is_whole_afterwards(done) -> None:
    done_tool = subprocess.run(
        ["ntfsfix", "-n", done.partition()], capture_output=True, check=False, text=True
    )
    assert done_tool.returncode == 0, done_tool.stdout
    with done.mounted() as root:
        assert find(root, "windows/setup/scripts/setupcomplete.cmd") is not None


def test_again_is_the_same(done, windows) -> None:
    before = done.cat("/Windows/Panther/unattend.xml")
    with done.mounted() as root:
        write_windows_identity(root, windows.identity(authorized_keys=[windows.PUBLIC]))
    assert done.cat("/Windows/Panther/unattend.xml") == before


def test_one_function_for_both_systems(disk, windows, world, image) -> None:
    """`identify` finds the partition and the way by the index; an identity of the other system is refused."""
    index = world.publish(disk.path.read_bytes(), preserved=(), system="windows")
    said = identify(disk.path, index, read_identity(windows.identity().to_json()))
    assert said == "Professional 19045.6456 IMAGE_STATE_GENERALIZE_RESEAL_TO_OOBE"
    assert b"o0421-compt-1" in disk.cat("/Windows/Panther/unattend.xml")
    linux = world.publish(image, version=2)
    with pytest.raises(TargetError, match="is of linux"):
        identify(disk.path, linux, windows.identity())
    assert system_partition(linux).name == "root"
    with pytest.raises(TargetError, match="no partition 9"):
        system_partition(index, 9)


def test_a_connection_that_windows_does_not_know_is_left_to_the_answer_file(disk, windows) -> None:
    by_card = replace(windows.LAN, interface="00-11-22-AA-BB-CC")
    with disk.mounted() as root:
        assert write_windows_identity(root, windows.identity(networks=[by_card])).networks == ()
    assert b"<Identifier>00-11-22-AA-BB-CC</Identifier>" in disk.cat("/Windows/Panther/unattend.xml")


# -- what is refused, before anything is written


def unchanged(disk, action) -> None:
    before = disk.cat("/Windows/System32/config/SYSTEM")
    action()
    assert disk.cat("/Windows/System32/config/SYSTEM") == before


def test_a_dirty_hive(disk, windows) -> None:
    with disk.mounted() as root:
        windows.write_hive(root / "Windows/System32/config/SOFTWARE", sequences=(5, 4))

    def refused() -> None:
        with disk.mounted() as root, pytest.raises(TargetError, match="not closed by Windows") as caught:
            write_windows_identity(root, windows.identity())
        assert "shutdown /s" in caught.value.hint

    unchanged(disk, refused)


@pytest.mark.parametrize("offset", [0, 8, 21, 300, 508])
def test_a_damaged_hive(disk, windows, offset) -> None:
    with disk.mounted() as root:
        file = root / "Windows/System32/config/SYSTEM"
        content = bytearray(file.read_bytes())
        content[offset] ^= 0x40
        file.write_bytes(content)
        with pytest.raises(TargetError):
            write_windows_identity(root, windows.identity())


def test_a_hive_that_is_cut_off(disk, windows) -> None:
    with disk.mounted() as root:
        file = root / "Windows/System32/config/SYSTEM"
        file.write_bytes(file.read_bytes()[:-4096])
        with pytest.raises(TargetError, match="no whole registry file"):
            write_windows_identity(root, windows.identity())


@pytest.mark.parametrize("current", [0, 7, 1000])
def test_a_registry_without_the_control_set_it_names(disk, windows, current) -> None:
    with disk.mounted() as root:
        windows.fill_system(root / "Windows/System32/config/SYSTEM", current=current)
        with pytest.raises(TargetError, match="control set"):
            write_windows_identity(root, windows.identity())


def test_a_hibernated_windows(disk) -> None:
    with disk.mounted() as root:
        (root / "hiberfil.sys").write_bytes(b"hibr" + bytes(8192))
    with pytest.raises(TargetError, match="hibernated") as caught, disk.mounted():
        pass
    assert "powercfg" in caught.value.hint


def test_a_partition_under_bitlocker(disk) -> None:
    disk.patch(3, b"-FVE-FS-")
    with pytest.raises(TargetError, match="BitLocker"), disk.mounted():
        pass


def test_no_ntfs_or_a_damaged_one(disk, tmp_path) -> None:
    (tmp_path / "empty").write_bytes(bytes(8 << 20))
    with pytest.raises(TargetError, match="no NTFS"), ntfs_volume(tmp_path / "empty", 0, 8 << 20):
        pass
    boot = disk.path.read_bytes()[disk.START : disk.START + 512]
    sectors_per_cluster = boot[13] * 512
    table = int.from_bytes(boot[48:56], "little") * sectors_per_cluster
    disk.patch(table, bytes(4096))
    with pytest.raises(TargetError, match="damaged"), disk.mounted():
        pass


def test_a_partition_that_is_no_windows(disk, windows) -> None:
    with disk.mounted() as root:
        shutil.rmtree(root / "Windows/System32/config")
        with pytest.raises(TargetError, match=r"lacks Windows\\System32\\config\\SYSTEM"):
            write_windows_identity(root, windows.identity())


def test_a_link_leads_nowhere(disk, windows, tmp_path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    with disk.mounted() as root:
        (root / "ProgramData").rmdir()
        (root / "ProgramData").symlink_to(outside)
        with pytest.raises(TargetError, match="is a link"):
            write_windows_identity(root, windows.identity())
    assert not list(outside.iterdir())


def test_no_loop_device_stays(disk, windows) -> None:
    with disk.mounted() as root, pytest.raises(TargetError):
        write_windows_identity(root, replace(windows.identity(), hostname="another"))
    used = subprocess.run(["losetup", "--associated", disk.path], capture_output=True, check=True)
    assert used.stdout == b""


# -- the hive itself


def test_values_come_back_as_they_were(windows, tmp_path) -> None:
    file = tmp_path / "H"
    windows.write_hive(file)
    wanted = {
        "text": hive.text("Préparatoire"), "number": hive.number(0xFFFFFFFF), "texts": hive.texts(["a", "b"]),
        "none": hive.texts([]), "bytes": hive.Value(hive.BINARY, bytes(range(256)) * 40),
    }  # fmt: skip
    with hive.opened(file, write=True) as opened:
        for name, value in wanted.items():
            opened.set(r"A\B", name, value)
        opened.make(r"A\Empty")
        opened.commit()
    with hive.opened(file) as opened:
        assert {name: opened.get(r"a\b", name) for name in wanted} == wanted
        assert sorted(opened.values("A\\B")) == sorted(wanted)
        assert sorted(opened.children("A")) == ["B", "Empty"]
        assert opened.get("A", "nothing") is None
        assert opened.get(r"A\Nothing", "x") is None
        with pytest.raises(TargetError, match="cannot be edited"):
            opened.set("A", "x", hive.number(1))


def test_many_keys(windows, tmp_path) -> None:
    file = tmp_path / "H"
    windows.write_hive(file)
    names = [f"key{number:04d}" for number in range(400)]
    with hive.opened(file, write=True) as opened:
        for name in names:
            opened.set(rf"Root\{name}", "n", hive.text(name))
        opened.commit()
    said = third_parser(file)
    assert all(name in said for name in names)


# -- the form that goes to the rescue environment


def test_the_json_form(windows) -> None:
    one = windows.identity(authorized_keys=[windows.PUBLIC], counter_account="comptoir")
    assert read_identity(one.to_json()) == one
    assert "PRIVATE" not in repr(one)


@pytest.mark.parametrize(
    "change",
    [
        {"hostname": "o0421-comptoir-1"}, {"hostname": "12345"}, {"hostname": "a_b"}, {"hostname": 7},
        {"host_key": "x"}, {"host_key": 3}, {"host_key_public": "ssh-ed25519"}, {"authorized_keys": "x"},
        {"authorized_keys": ["a\nb"]}, {"account": "a b"}, {"account": "../x"}, {"recovery_certificate": "x"},
        {"networks": [{"interface": "a/b"}]}, {"networks": [{"interface": "E", "address": "192.0.2.1"}]},
        {"networks": [{"interface": "E", "address": "192.0.2.1/99"}]}, {"networks": [{"interface": "E", "dns": ["x"]}]},
        {"networks": [{"interface": "E"}, {"interface": "e"}]}, {"networks": [{"mac": "x"}]}, {"networks": 3},
        {"networks": [{"interface": "E", "gateway": "192.0.2.1"}]}, {"more": 1}, {"answer_file": "<x/>"},
    ],
)  # fmt: skip
def test_a_malformed_identity(windows, change) -> None:
    fields = {**json.loads(windows.identity(networks=[]).to_json()), **change}
    with pytest.raises(TargetError):
        read_identity(json.dumps(fields))


def test_the_first_boots_script_is_powershell() -> None:
    """Syntax only: no Windows was at hand. Nothing in it is named in a language, and it never shows a password."""
    file = resources.files("officefleet.images.windows").joinpath("firstboot.ps1")
    content = file.read_bytes()
    root = Parser(Language(tree_sitter_pwsh.language())).parse(content).root_node
    assert not root.has_error
    text = content.decode("ascii")
    assert "Administrators'" not in text
    assert not re.search(r"Write-(Host|Output|Verbose)", text)
    written = re.findall(r"\$password(?!\w)[^\n]*", text)
    assert [line.split("|")[-1].strip() for line in written if "|" in line] == [
        "Protect-CmsMessage -To $certificate -OutFile (Join-Path $folder 'account.cms')"
    ]
