"""Windows disks of any size from a WIM, and what may not be in one; real wimlib, real NTFS, other readers."""

from __future__ import annotations

import json
import shutil
import subprocess
import uuid

import pytest
from yaml import safe_dump

from officefleet.errors import ImageError
from officefleet.images import builder, pack
from officefleet.images.faults import RecipeError, RefusedContentError, TargetError
from officefleet.images.identify import identify, system_partition
from officefleet.images.index_fields import Partition
from officefleet.images.recipe import WindowsLayout
from officefleet.images.restore import restore
from officefleet.images.source import FolderSource
from officefleet.images.target import Target
from officefleet.images.windows import hive, wim
from officefleet.images.windows.bcd import partition_device
from officefleet.images.windows.disk import make_windows_disk, places
from officefleet.images.windows.volume import ntfs_volume

MIB = 1 << 20
SMALL = WindowsLayout(size="120M", esp="34M", recovery="16M")

if shutil.which("wimlib-imagex") is None:
    pytest.skip("needs wimtools", allow_module_level=True)


def starting_files(root, windows) -> None:
    """What a Windows needs so that a boot configuration can be made for it."""
    boot = root / "Windows/Boot/EFI"
    boot.mkdir(parents=True)
    (root / "Windows/Boot/Fonts").mkdir()
    (boot / "bootmgfw.efi").write_bytes(b"MZ boot manager")
    (root / "Windows/Boot/Fonts/segoe_slboot.ttf").write_bytes(b"font")
    (root / "Windows/System32/winload.efi").write_bytes(b"MZ loader")
    (root / "Windows/System32/Recovery").mkdir()
    (root / "Windows/System32/Recovery/Winre.wim").write_bytes(b"recovery")
    (root / "Program Files").mkdir()
    (root / "Program Files/lgo.exe").write_bytes(bytes(range(256)) * 4096)
    windows.write_hive(root / "Windows/System32/config/BCD-Template")


@pytest.fixture
def captured(disk, windows, tmp_path):
    """A WIM taken from the disk with `image capture`'s own function."""
    with disk.mounted() as root:
        starting_files(root, windows)
        (root / "pagefile.sys").write_bytes(b"somebody's memory" * 1000)
    file = tmp_path / "poste.wim"
    wim.capture(disk.path, Partition(1, "Windows", "", "", disk.START, windows.LENGTH), file, "poste")
    return file


def test_a_capture_leaves_memory_behind(captured) -> None:
    listed = subprocess.run(
        ["wimlib-imagex", "dir", captured], capture_output=True, check=True, text=True
    ).stdout
    assert "/Program Files/lgo.exe" in listed
    assert "pagefile" not in listed
    found = wim.images(captured)
    assert [(one.number, one.name) for one in found] == [(1, "poste")]
    assert found[0].bytes > 1_000_000
    with pytest.raises(ImageError, match="exists already"):
        wim.capture(captured, Partition(1, "", "", "", 0, MIB), captured, "x")


@pytest.mark.parametrize("sector", [512, 4096])
def test_a_disk_of_another_size(captured, tmp_path, sector) -> None:
    raw = tmp_path / "new.raw"
    layout = WindowsLayout(size="400M", esp="300M", recovery=None) if sector == 4096 else SMALL
    make_windows_disk(captured, 1, layout, raw, sector=sector, name="poste-windows")
    parts = {part.name: part for part in pack.read_layout(raw, sector=sector).partitions}
    assert list(parts) == [place.name for place in places(layout, sector, "poste-windows")]
    assert parts["EFI"].type == "c12a7328-f81f-11d2-ba4b-00a0c93ec93b"
    assert parts["Reserved"].type == "e3c9e316-0b5c-4db8-817d-f92df00215ae"
    assert parts["Windows"].type == "ebd0a0a2-b9e5-4433-87c0-68b6b72699c7"
    esp = f"{raw}@@{parts['EFI'].start}"
    for name in ("EFI/Boot/bootx64.efi", "EFI/Microsoft/Boot/bootmgfw.efi"):
        assert subprocess.run(
            ["mtype", "-i", esp, f"::{name}"], capture_output=True, check=True
        ).stdout.startswith(b"MZ")
    subprocess.run(["mcopy", "-i", esp, "::EFI/Microsoft/Boot/BCD", tmp_path / "BCD"], check=True)
    check_bcd(tmp_path / "BCD", parts)
    if sector == 512:
        table = json.loads(subprocess.run(["sfdisk", "--json", raw], capture_output=True, check=True).stdout)
        recovery = next(one for one in table["partitiontable"]["partitions"] if one["name"] == "Recovery")
        assert recovery["type"] == "DE94BBA4-06D1-4D40-A16A-BFD50179D6AC"
        assert recovery["attrs"] == "RequiredPartition GUID:63"
        with ntfs_volume(raw, parts["Recovery"].start, parts["Recovery"].size) as root:
            assert (root / "Recovery/WindowsRE/Winre.wim").read_bytes() == b"recovery"
        with ntfs_volume(raw, parts["Windows"].start, parts["Windows"].size) as root:
            assert (root / "Program Files/lgo.exe").read_bytes() == bytes(range(256)) * 4096
    assert uuid.UUID(parts["Windows"].uuid) != uuid.UUID(parts["EFI"].uuid)


def check_bcd(file, parts) -> None:
    """The store, read back by libregf."""
    if shutil.which("regfexport") is None:
        pytest.skip("needs libregf-utils")
    said = subprocess.run(["regfexport", file], capture_output=True, check=True, text=True).stdout
    for text in ("bootmgfw.efi", "winload.efi", "Windows Boot Manager", "TreatAsSystem", "BCD00000000"):
        assert text in said
    with hive.opened(file) as store:
        loader = store.get(
            r"Objects\{9dea862c-5cdd-4e70-acc1-f32b344d4795}\Elements\23000003", "Element"
        ).text
        device = store.get(rf"Objects\{loader}\Elements\21000001", "Element").data
    assert device[32:48] == uuid.UUID(parts["Windows"].uuid).bytes_le


def test_a_partition_as_a_device() -> None:
    """Against the public example of a GPT device's size and places (mistyprojects.co.uk)."""
    disk, part = uuid.UUID(int=1), uuid.UUID(int=2)
    data = partition_device(disk, part).data
    assert len(data) == 88
    assert data[16:32].hex() == "06000000000000004800000000000000"
    assert data[32:48] == part.bytes_le
    assert data[56:72] == disk.bytes_le


def recipe_file(folder, **changes):
    fields = {
        "name": "poste-windows", "system": "windows", "wim": {"file": "poste.wim"},
        "windows": {"size": "120M", "esp": "34M", "recovery": "16M"}, **changes,
    }  # fmt: skip
    file = folder / "recipe.yaml"
    file.write_text(safe_dump(fields))
    return file


def shop(world, tmp_path):
    return builder.Workshop(
        store=world.store, signer=world.signer, keys=world.keys, read=world.read, work=tmp_path, now=world.now
    )


@pytest.mark.usefixtures("captured")
def test_from_wim_to_a_restored_poste(windows, world, tmp_path) -> None:
    """Build, sign, restore to a larger disk with an identity before it boots; read back from the disk."""
    built = builder.build(recipe_file(tmp_path), shop(world, tmp_path))
    assert built.index.system == "windows"
    part = system_partition(built.index)
    assert part.name == "Windows"
    target = tmp_path / "poste.raw"
    index = world.read(world.store.read_index("poste-windows"))
    seen = []

    def before_boot() -> None:
        with target.open("rb") as file:
            assert file.read(512) == bytes(512)  # nothing boots yet
        seen.append(identify(target, index, windows.identity()))

    with Target(target, create_bytes=160 * MIB) as opened:
        restore(index, FolderSource(world.store.root), opened, before_boot=before_boot)
    assert seen == ["Professional 19045.6456 IMAGE_STATE_GENERALIZE_RESEAL_TO_OOBE"]
    with ntfs_volume(target, part.start, part.size) as root:
        assert "o0421-compt-1" in (root / "Windows/Panther/unattend.xml").read_text()
        assert (root / "Program Files/lgo.exe").read_bytes() == bytes(range(256)) * 4096
    moved = subprocess.run(["sfdisk", "--verify", target], capture_output=True, check=True, text=True).stdout
    assert "No errors detected" in moved
    again = builder.build(recipe_file(tmp_path), shop(world, tmp_path))
    assert again.index.version == 2


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"wim": {"file": "poste.wim", "image": 2}}, "has no image 2"),
        ({"wim": {"file": "other.wim"}}, "There is no file"),
        ({"windows": {"size": "60M", "esp": "34M", "recovery": "16M"}}, "do not fit|needs"),
    ],
)
@pytest.mark.usefixtures("captured")
def test_what_cannot_be_built(world, tmp_path, changes, says) -> None:
    with pytest.raises(RecipeError, match=says):
        builder.build(recipe_file(tmp_path, **changes), shop(world, tmp_path))
    assert world.store.versions("poste-windows") == []


def test_a_damaged_wim(captured, world, tmp_path) -> None:
    content = bytearray(captured.read_bytes())
    content[len(content) // 2] ^= 1
    captured.write_bytes(content)
    with pytest.raises(ImageError):
        wim.verify(captured)
    captured.write_bytes(content[: len(content) // 2])
    with pytest.raises(ImageError):
        builder.build(recipe_file(tmp_path), shop(world, tmp_path))


def test_a_windows_that_cannot_start_from_efi(disk, windows, world, tmp_path) -> None:
    wim.capture(
        disk.path, Partition(1, "", "", "", disk.START, windows.LENGTH), tmp_path / "poste.wim", "poste"
    )
    with pytest.raises(TargetError, match=r"bootmgfw\.efi"):
        builder.build(recipe_file(tmp_path), shop(world, tmp_path))


# -- what no image may hold


@pytest.fixture
def refused(disk, world, tmp_path):
    """Build the image of a disk after a change to it; return the error's message."""

    def build(change) -> str:
        with disk.mounted() as root:
            change(root)
        fields = {"name": "poste-windows", "system": "windows", "disk": {"file": "disk.raw"}}
        file = tmp_path / "recipe.yaml"
        file.write_text(safe_dump(fields))
        with pytest.raises((RefusedContentError, TargetError)) as caught:
            builder.build(file, shop(world, tmp_path))
        assert world.store.versions("poste-windows") == []
        return caught.value.message

    return build


def test_patient_data_on_ntfs(refused) -> None:
    def change(root) -> None:
        (root / "LGO/Patients").mkdir(parents=True)
        (root / "LGO/Patients/dupont.dat").write_text("x")

    assert "LGO/Patients/dupont.dat: patient data [patients]" in refused(change)


def test_a_windows_that_was_not_generalised(refused, windows) -> None:
    said = refused(
        lambda root: windows.fill_software(
            root / "Windows/System32/config/SOFTWARE", state="IMAGE_STATE_COMPLETE"
        )
    )
    assert "[not-generalised]" in said


def test_passwords_in_the_registry(refused, windows) -> None:
    def change(root) -> None:
        config = root / "Windows/System32/config"
        with hive.opened(config / "SOFTWARE", write=True) as software:
            software.set(
                r"Microsoft\Windows NT\CurrentVersion\Winlogon", "DefaultPassword", hive.text("hunter2")
            )
            software.commit()
        windows.write_hive(config / "SECURITY")
        with hive.opened(config / "SECURITY", write=True) as security:
            security.make(r"Policy\Secrets\DefaultPassword\CurrVal")
            security.make(r"Policy\Secrets\$MACHINE.ACC\CurrVal")
            security.make(r"Policy\Secrets\_SC_backup\CurrVal")
            security.make(r"Policy\Secrets\NL$KM\CurrVal")
            security.commit()

    said = refused(change)
    for rule in ("registry-password", "domain-member", "DefaultPassword [registry-secret]", "_SC_backup"):
        assert rule in said
    assert "hunter2" not in said
    assert "NL$KM" not in said


def test_a_registry_that_windows_did_not_close(refused, windows) -> None:
    said = refused(
        lambda root: windows.write_hive(root / "Windows/System32/config/SOFTWARE", sequences=(3, 2))
    )
    assert "not closed by Windows" in said


def test_what_a_wim_carries_is_looked_into_too(captured, world, tmp_path) -> None:
    """The rules see a WIM's content once it is on its disk."""
    bad = tmp_path / "bad"
    (bad / "ordonnances").mkdir(parents=True)
    (bad / "ordonnances/2025.pdf").write_text("x")
    command = f"add '{bad}/ordonnances' /ordonnances\n"
    subprocess.run(
        ["wimlib-imagex", "update", captured, "1"], input=command.encode(), capture_output=True, check=True
    )
    with pytest.raises(RefusedContentError, match=r"ordonnances/2025\.pdf"):
        builder.build(recipe_file(tmp_path), shop(world, tmp_path))
