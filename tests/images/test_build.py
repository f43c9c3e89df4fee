"""From a recipe to an image: what is refused, what a disk holds, and how little an update changes."""

from __future__ import annotations

import json
import os
import subprocess
import time
from pathlib import Path

import pytest
import yaml

from officefleet.errors import ImageError, ProblemsError, SignatureError
from officefleet.images import builder, diff, diskmaker, pack, tools, update
from officefleet.images.bill import debian_bill
from officefleet.images.debian import neutralise
from officefleet.images.ed25519 import Signer
from officefleet.images.faults import RecipeError, RefusedContentError
from officefleet.images.index_fields import Package
from officefleet.images.lease import held
from officefleet.images.recipe import Layout, load_recipe
from officefleet.images.refusals import Allowance, Rule, check_tree, find_refused, shipped_rules
from officefleet.images.tools import run_tool

HERE = Path(__file__).parent
needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="mounts file systems")
LAYOUT = Layout.model_validate(
    {
        "size": "48M",
        "partitions": [
            {"name": "root", "kind": "root", "size": "32M"},
            {"name": "data", "kind": "data"},
        ],
    }
)


def put(root: Path, path: str, content: str | bytes) -> None:
    file = root / path
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(content if isinstance(content, bytes) else content.encode())


@pytest.mark.parametrize(("path", "content", "rule"), yaml.safe_load((HERE / "refusals.yaml").read_text()))
def test_what_may_not_be_in_an_image(tmp_path, path, content, rule) -> None:
    put(tmp_path, path, content)
    found = list(find_refused(tmp_path, shipped_rules()))
    assert [one.rule for one in found] == ([rule] if rule else [])


def test_every_rule_has_a_case() -> None:
    cases = {rule for _path, _content, rule in yaml.safe_load((HERE / "refusals.yaml").read_text())}
    rare = {"dhcp-lease", "snakeoil", "keytab", "mail"}
    assert {rule.id for rule in shipped_rules()} - cases == rare


def test_all_that_is_refused_is_named_at_once_and_exceptions_hold(tmp_path) -> None:
    put(tmp_path, "etc/machine-id", "abc\n")
    put(tmp_path, "opt/demo.fdb", "x")
    put(tmp_path, "opt/link", "x")
    (tmp_path / "etc/loop").symlink_to("/")
    with pytest.raises(RefusedContentError, match=r"machine-id.*demo\.fdb"):
        check_tree(tmp_path, shipped_rules())
    allowed = [
        Allowance("database", "opt/demo.fdb", "an empty demonstration"),
        Allowance("machine-id", "etc/machine-id", "x"),
    ]
    check_tree(tmp_path, shipped_rules(), allowed)
    own = Rule.of({"id": "own", "paths": ["opt/l*"], "reason": "ours"})
    with pytest.raises(RefusedContentError, match="ours"):
        check_tree(tmp_path, [own], allowed)


def test_what_belongs_to_one_machine_is_taken_out(tmp_path) -> None:
    for path in ("etc/machine-id", "etc/ssh/ssh_host_rsa_key", "var/lib/systemd/random-seed", "tmp/x/y"):
        put(tmp_path, path, "one machine's")
    put(tmp_path, "etc/ssh/sshd_config", "stays")
    neutralise(tmp_path)
    assert (tmp_path / "etc/machine-id").read_bytes() == b""
    left = {str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*") if path.is_file()}
    assert left == {"etc/machine-id", "etc/ssh/sshd_config"}


def test_the_software_bill(tmp_path) -> None:
    put(
        tmp_path,
        "var/lib/dpkg/status",
        "Package: b\nStatus: install ok installed\nVersion: 1:2\nArchitecture: all\nDescription: x\n Version: 9\n\n"
        "Package: gone\nStatus: deinstall ok config-files\nVersion: 1\n\n"
        "Package: a\nStatus: hold ok installed\nArchitecture: amd64\nVersion: 3\n",
    )
    assert debian_bill(tmp_path) == (Package("a", "3", "amd64"), Package("b", "1:2", "all"))
    assert debian_bill(tmp_path / "none") == ()


@pytest.mark.parametrize(
    "case", yaml.safe_load((HERE / "recipes.yaml").read_text()), ids=lambda case: case["id"]
)
def test_wrong_recipes(tmp_path, case) -> None:
    path = tmp_path / "recipe.yaml"
    path.write_text(case["recipe"])
    with pytest.raises((ProblemsError, RecipeError)) as caught:
        load_recipe(path)
    problems = getattr(caught.value, "problems", (caught.value,))
    assert case["message"] in " ".join(problem.message for problem in problems)
    assert (problems[0].mark.line, problems[0].mark.column) == tuple(case["place"])


def test_partitions_that_do_not_fit() -> None:
    with pytest.raises(RecipeError, match="do not fit"):
        diskmaker.places(LAYOUT.model_copy(update={"size": "33M"}))


@pytest.fixture
def tree(tmp_path, world) -> Path:
    root = tmp_path / "tree"
    put(root, "etc/hostname", "poste\n")
    for number in range(12):
        put(root, f"usr/lib/part{number}", world.random(number, 700_000))
    put(root, "var/lib/dpkg/status", "Package: a\nStatus: install ok installed\nVersion: 1\n")
    return root


def test_a_disk_from_a_tree(tree, tmp_path) -> None:
    """Read back by programs that share no code with ours; and two builds are the same to the byte."""
    for path in [
        tree,
        *tree.rglob("*"),
    ]:  # else the first build's reading may change times that the second copies
        os.utime(path, (time.time() + 3600, path.lstat().st_mtime), follow_symlinks=False)
    disks = [tmp_path / "one", tmp_path / "two"]
    for disk in disks:
        diskmaker.make_disk(tree, LAYOUT, disk, name="poste", epoch=1_700_000_000)
    assert disks[0].read_bytes() == disks[1].read_bytes()
    shown = subprocess.run(["sfdisk", "--json", str(disks[0])], capture_output=True, check=True)
    parts = json.loads(shown.stdout)["partitiontable"]["partitions"]
    assert [(part["name"], part["start"], part["size"]) for part in parts] == [
        ("root", 2048, 65536), ("data", 67584, 14 * 2048),
    ]  # fmt: skip
    for part in parts:
        place = f"{disks[0]}?offset={part['start'] * 512}"
        subprocess.run(["e2fsck", "-f", "-n", place], check=True, capture_output=True)
    place = f"{disks[0]}?offset={2048 * 512}"
    read = subprocess.run(["debugfs", "-R", "cat /usr/lib/part3", place], capture_output=True, check=True)
    assert read.stdout == (tree / "usr/lib/part3").read_bytes()
    read = subprocess.run(["debugfs", "-R", "cat /etc/fstab", place], capture_output=True, check=True)
    assert read.stdout.decode() == (
        "LABEL=root / ext4 defaults,errors=remount-ro 0 1\nLABEL=data /srv/data ext4 defaults,nofail 0 2\n"
    )


@pytest.mark.parametrize(
    ("size", "sector"), [("64M", 512), ("300M", 512), ("33M", 512), ("64M", 4096), ("20M", 512)]
)
@pytest.mark.parametrize("loader", ["shim", "systemd-boot"])
def test_an_efi_partition(tmp_path, size, sector, loader) -> None:
    """mtools refuses a FAT whose kind does not fit its number of clusters."""
    tree = tmp_path / "tree"
    put(tree, "etc/x", "")
    for version in ("6.1.9-1", "6.1.10-1"):
        put(tree, f"boot/vmlinuz-{version}", f"kernel {version}")
        put(tree, f"boot/initrd.img-{version}", "initrd")
    if loader == "shim":
        put(tree, "usr/lib/shim/shimx64.efi.signed", "shim")
        put(tree, "usr/lib/grub/x86_64-efi-signed/grubx64.efi.signed", "grub")
    put(tree, "usr/lib/systemd/boot/efi/systemd-bootx64.efi", "systemd-boot")
    parts = [{"name": "esp", "kind": "esp", "size": size}, {"name": "root", "kind": "root"}]
    layout = Layout.model_validate({"size": "400M", "sector": sector, "partitions": parts})
    disk = tmp_path / "disk"
    diskmaker.make_disk(tree, layout, disk, name="poste", epoch=1_700_000_000)

    def content(name: str) -> str:
        return run_tool(["mtype", "-i", f"{disk}@@{1 << 20}", f"::{name}"]).decode()

    if loader == "shim":
        assert (content("EFI/BOOT/BOOTX64.EFI"), content("EFI/BOOT/grubx64.efi")) == ("shim", "grub")
        assert "linux /boot/vmlinuz-6.1.10-1 root=LABEL=root" in content("EFI/debian/grub.cfg")
    else:
        assert content("EFI/BOOT/BOOTX64.EFI") == "systemd-boot"
        assert content("vmlinuz") == "kernel 6.1.10-1"


def workshop(world, tmp_path, **changes) -> builder.Workshop:
    fields = {"store": world.store, "signer": world.signer, "keys": world.keys, "read": world.read}
    return builder.Workshop(**{**fields, "work": tmp_path, "now": world.now, **changes})


def raw_recipe(tmp_path: Path, file: str, **more) -> Path:
    path = tmp_path / "recipe.yaml"
    fields = {"name": "poste", "system": "linux", "disk": {"file": file}, "minimum_disk": "64M", **more}
    path.write_text(yaml.safe_dump(fields))
    return path


@needs_root
def test_an_image_from_a_qcow2_disk(tree, tmp_path, world) -> None:
    raw = tmp_path / "disk.raw"
    diskmaker.make_disk(tree, LAYOUT, raw, name="poste", epoch=1_700_000_000)
    subprocess.run(["qemu-img", "convert", "-O", "qcow2", raw, tmp_path / "disk.qcow2"], check=True)
    recipe = raw_recipe(
        tmp_path, "disk.qcow2", disk={"file": "disk.qcow2", "format": "qcow2"}, preserved=["data"]
    )
    built = builder.build(recipe, workshop(world, tmp_path))
    assert built.index.version == 1
    assert built.index.bill == (Package("a", "1", ""),)
    assert built.index.minimum_disk == 64 << 20
    assert [part.preserved for part in built.index.partitions] == [False, True]
    target = tmp_path / "target"
    world.restore(target, create_bytes=64 << 20, initialise_preserved=True)
    assert target.read_bytes()[65536 : 47 << 20] == raw.read_bytes()[65536 : 47 << 20]
    again = builder.build(recipe, workshop(world, tmp_path))
    assert (again.index.version, again.index.predecessor, again.stored_bytes) == (2, 1, 0)


@needs_root
@pytest.mark.parametrize("damage", ["identity", "unknown", "swap"])
def test_a_disk_that_is_refused(tree, tmp_path, world, damage) -> None:
    if damage == "identity":
        put(tree, "etc/ssh/ssh_host_rsa_key", "secret")
    raw = tmp_path / "disk.raw"
    diskmaker.make_disk(tree, LAYOUT, raw, name="poste", epoch=1_700_000_000)
    with raw.open("r+b") as disk:
        disk.seek(33 << 20)
        if damage != "identity":
            disk.write(bytes(8192))
            disk.seek((33 << 20) + (4086 if damage == "swap" else 0))
            disk.write(b"SWAPSPACE2" if damage == "swap" else b"LUKS\xba\xbe")
    with pytest.raises(RefusedContentError):
        builder.build(raw_recipe(tmp_path, "disk.raw"), workshop(world, tmp_path))
    assert world.store.names() == []


def test_a_disk_that_cannot_be_inspected_needs_a_reason(tmp_path, world) -> None:
    (tmp_path / "disk.raw").write_bytes(world.random(1, 2 << 20))
    recipe = raw_recipe(
        tmp_path,
        "disk.raw",
        disk={"file": "disk.raw", "inspect": False, "why_not_inspected": "encrypted by design"},
    )
    assert builder.build(recipe, workshop(world, tmp_path)).index.version == 1


def test_a_key_outside_the_key_set_cannot_build(tmp_path, world) -> None:
    with pytest.raises(SignatureError, match="not in the store's key set"):
        builder.build(raw_recipe(tmp_path, "disk.raw"), workshop(world, tmp_path, signer=Signer.generate()))


def test_a_missing_disk(tmp_path, world) -> None:
    with pytest.raises(RecipeError, match="no disk image"):
        builder.build(raw_recipe(tmp_path, "none.raw"), workshop(world, tmp_path))


@needs_root
def test_an_update_in_place_changes_little(tree, tmp_path, world) -> None:
    """A new file, a changed one and a removed one; the same tree rebuilt from nothing moves everything."""
    disk = tmp_path / "disk"
    diskmaker.make_disk(tree, LAYOUT, disk, name="poste", epoch=1_700_000_000)

    def index(version: int):
        layout = pack.read_layout(disk)
        assert update.can_update(LAYOUT, layout.partitions)
        with held(world.store):
            return world.publish(disk.read_bytes(), version, preserved=())

    first = index(1)
    put(tree, "usr/lib/part0", world.random(100, 710_000))
    put(tree, "usr/lib/new", world.random(101, 300_000))
    (tree / "usr/lib/part5").unlink()
    update.update_disk(tree, LAYOUT, disk)
    place = f"{disk}?offset={1 << 20}"
    subprocess.run(["e2fsck", "-f", "-n", place], check=True, capture_output=True)
    read = subprocess.run(["debugfs", "-R", "cat /usr/lib/new", place], capture_output=True, check=True)
    assert read.stdout == (tree / "usr/lib/new").read_bytes()
    second = index(2)
    changed = diff.compare(first, second)
    assert 1_000_000 <= changed.rewritten <= 4_000_000 < first.content_bytes / 2
    held_old = world.random(5, 700_000)[:4096]
    assert held_old not in disk.read_bytes(), "what was deleted is gone from the image"


def test_a_difference_names_what_changed(world, image) -> None:
    first = world.publish(image, bill=(Package("a", "1"), Package("gone", "1")))
    image[8 * world.MIB] ^= 1
    second = world.publish(image, 2, bill=(Package("a", "2"), Package("new", "1")), preserved=())
    found = diff.compare(first, second)
    shown = [(one.kind, one.name, one.before, one.after) for one in found.changes]
    assert shown[:3] == [
        ("package", "a", "1", "2"), ("package", "gone", "1", ""), ("package", "new", "", "1"),
    ]  # fmt: skip
    assert shown[3][:2] == ("partition", "3 data")
    assert 0 < found.new <= found.rewritten <= world.MIB
    assert diff.compare(first, first).rewritten == 0


@pytest.mark.lab
@needs_root
def test_a_debian_poste(tmp_path, world) -> None:
    recipe = tmp_path / "recipe.yaml"
    recipe.write_text(
        "name: poste\nsystem: linux\n"
        "debian: {packages: [openssh-server], overlay: files, run: ['echo done > /etc/ran']}\n"
        "layout: {size: 1G, partitions: [{name: root, kind: root}]}\n"
    )
    put(tmp_path, "files/etc/motd", "Pharmacie\n")
    built = builder.build(recipe, workshop(world, tmp_path))
    assert "openssh-server" in {package.name for package in built.index.bill}
    target = tmp_path / "target"
    world.restore(target, create_bytes=1 << 30)
    place = f"{target}?offset={1 << 20}"
    for path, content in (("/etc/motd", b"Pharmacie\n"), ("/etc/ran", b"done\n"), ("/etc/machine-id", b"")):
        read = subprocess.run(["debugfs", "-R", f"cat {path}", place], capture_output=True, check=True)
        assert read.stdout == content
    listed = subprocess.run(["debugfs", "-R", "ls /etc/ssh", place], capture_output=True, check=True)
    assert b"ssh_host" not in listed.stdout


def test_a_missing_program_is_named(monkeypatch) -> None:
    monkeypatch.setitem(tools._PACKAGES, "no-such-program", "some-package")
    with pytest.raises(ImageError, match="apt-get install some-package"):
        tools.run_tool(["no-such-program"])
