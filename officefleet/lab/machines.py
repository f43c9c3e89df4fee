"""The lab's QEMU machines: their disks, restored from the lab's own golden image, and what happens to disks."""

from __future__ import annotations

import json
import os
import secrets
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

from officefleet.errors import LabError, OfficefleetError
from officefleet.i18n import _
from officefleet.lab.golden import IMAGE, ensure_golden, ensure_rescue
from officefleet.lab.privilege import is_root
from officefleet.lab.sandbox import find_program
from officefleet.lab.topology import LAN_BITS

if TYPE_CHECKING:
    from officefleet.images.index import Index
    from officefleet.lab.golden import Golden
    from officefleet.lab.state import LabState
    from officefleet.lab.topology import LabHost, Topology

DISK_BYTES = 3 << 30
_NETWORK = "[Match]\nName=e*\n\n[Network]\nDHCP=yes\n"
_USER = "officefleet"
# What ransomware goes for, and enough of the programs that the machine does not start any more.
_LOOT = ("etc/officine", "home", "srv", "opt", "root", "usr/share", "usr/bin", "usr/sbin", "usr/lib/systemd")
_NOTE = "VOS FICHIERS SONT CHIFFRES. This is a drill of officefleet: nobody has the key.\n"
_PIECE = 4 << 20


def any_in(topology: Topology) -> bool:
    """Whether a lab has machines."""
    return any(site.machines for site in topology.sites)


def check_programs() -> None:
    """Prove that machines can be run here.

    Raises:
        LabError: not root, or a program is missing.

    """
    if not is_root():
        raise LabError(_("Machines (--vm) need root: their disks are prepared by mounting them."))
    for program, package in (
        ("qemu-system-x86_64", "qemu-system-x86"),
        ("dnsmasq", "dnsmasq-base"),
        ("mount", "mount"),
    ):
        find_program(program, package)


def prepare(state: LabState, topology: Topology) -> dict[str, Any]:
    """Make the disks and rescue sticks of all machines; return what the keeper must know.

    Raises:
        LabError: an image cannot be built or restored.

    """
    from officefleet.images.boot.known import RescueKeys  # noqa: PLC0415  images are loaded by machines only
    from officefleet.images.rescue.cpio import archive  # noqa: PLC0415
    from officefleet.images.rescue.overlay import Network, make_overlay  # noqa: PLC0415
    from officefleet.images.shipping import build_zipapp  # noqa: PLC0415
    from officefleet.lab.vm import probe_accelerator  # noqa: PLC0415

    golden, rescue = ensure_golden(), ensure_rescue()
    trust = state.folder / "trust.json"
    shutil.copyfile(golden.trust, trust)
    known = RescueKeys(_rescue_keys(state))
    authorized = Path(f"{state.private_key}.pub").read_text(encoding="ascii").strip()
    program = state.folder / "restore.cpio"
    program.write_bytes(archive({"usr/local/bin/officefleet-restore": (0o755, build_zipapp())}))
    for site in topology.sites:
        for host in site.machines:
            folder = state.folder / "machines" / host.name
            folder.mkdir(parents=True)
            network = Network(host.address, LAN_BITS, gateway=site.router, mac=host.mac)
            overlay = make_overlay(host.name, authorized, network=network)
            known.add(host.name, overlay.known_host)
            (folder / "overlay.cpio").write_bytes(overlay.initrd)
            archives = [folder / "overlay.cpio", rescue.initrd, program]
            stick = {"kernel": str(rescue.kernel), "archives": [str(one) for one in archives]}
            (folder / "stick.json").write_text(json.dumps(stick), encoding="utf-8")
            _install(golden, trust, state, host, authorized)
    return {"store": str(golden.store), "accelerator": probe_accelerator()}


def environment(state: LabState) -> dict[str, str]:
    """Return the variables that point officefleet at the lab's image key and rescue keys; none without machines."""
    if not _rescue_keys(state).exists():
        return {}
    return {
        "OFFICEFLEET_TRUST": str(state.folder / "trust.json"),
        "OFFICEFLEET_RESCUE_KEYS": str(_rescue_keys(state)),
    }


def disk_of(state: LabState, host: str) -> Path:
    """Return the disk of a machine."""
    return state.folder / "machines" / host / "disk.raw"


def wipe(state: LabState, host: str) -> None:
    """Leave a disk blank; its machine must be off."""
    with disk_of(state, host).open("r+b") as disk:
        disk.truncate(0)
        disk.truncate(DISK_BYTES)


def encrypt(state: LabState, host: str, *, everything: bool) -> int:
    """Encrypt a disk with a key that is thrown away; its machine must be off. Return how many bytes."""
    disk = disk_of(state, host)
    if everything:
        return _encrypt_file(disk)
    index = _index(state)
    from officefleet.images.partition import mounted_part  # noqa: PLC0415  as above

    root = next((part for part in index.partitions if part.name == "root"), None)
    if root is None:
        raise LabError(_("The image {name} has no root partition.").format(name=index.name))
    size = 0
    with mounted_part(disk, root.start, root.size) as folder:
        for name in _LOOT:
            for path in sorted((folder / name).rglob("*")):
                if path.is_file() and not path.is_symlink():
                    size += _encrypt_file(path)
                    path.rename(path.with_name(path.name + ".locked"))
        (folder / "LISEZ-MOI.txt").write_text(_NOTE, encoding="ascii")
    return size


def _encrypt_file(path: Path) -> int:
    """Encrypt what a file holds, in place; holes of a sparse file stay holes."""
    from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes  # noqa: PLC0415  as above

    from officefleet.images.chunking import data_windows  # noqa: PLC0415

    cipher = Cipher(algorithms.AES(secrets.token_bytes(32)), modes.CTR(secrets.token_bytes(16))).encryptor()
    done = 0
    with path.open("r+b", buffering=0) as file:
        size = os.fstat(file.fileno()).st_size
        for start, end in list(data_windows(file.fileno(), 0, size)):
            for at in range(start, end, _PIECE):
                content = os.pread(file.fileno(), min(_PIECE, end - at), at)
                os.pwrite(file.fileno(), cipher.update(content), at)
                done += len(content)
        os.fsync(file.fileno())
    return done


def _install(golden: Golden, trust: Path, state: LabState, host: LabHost, authorized: str) -> None:
    """Put the golden image and the host's identity on a new disk, by the product's own restore."""
    from officefleet.images import job  # noqa: PLC0415  as above
    from officefleet.images.identity import Identity, write_identity  # noqa: PLC0415
    from officefleet.images.keys import Trust  # noqa: PLC0415
    from officefleet.images.partition import mounted_part  # noqa: PLC0415

    disk = disk_of(state, host.name)
    with disk.open("wb") as file:
        file.truncate(DISK_BYTES)
    key = state.folder / "host_keys" / host.name
    identity = Identity(
        host.name,
        secrets.token_hex(16),
        key.read_bytes(),
        Path(f"{key}.pub").read_text(encoding="ascii").strip(),
        {"20-officefleet.network": _NETWORK},
        {_USER: authorized},
    )

    def identify(index: Index) -> None:
        root = next(part for part in index.partitions if part.name == "root")
        with mounted_part(disk, root.start, root.size) as folder:
            write_identity(folder, identity)

    wish = job.Wish(store=str(golden.store), image=IMAGE, target=disk, initialise_preserved=True)
    try:
        job.run(wish, Trust.load(trust), before_boot=identify)
    except OfficefleetError as error:
        raise LabError(
            _("The disk of {name} could not be made: {reason}").format(name=host.name, reason=error.message)
        ) from error


def _index(state: LabState) -> Index:
    from officefleet.images import job  # noqa: PLC0415  as above
    from officefleet.images.keys import Trust  # noqa: PLC0415

    store = json.loads((state.folder / "lab.json").read_text(encoding="utf-8"))["store"]
    source = job.open_source(store)
    wish = job.Wish(store=store, image=IMAGE, target=Path(os.devnull), allow_older=True)
    return job.fetch_index(source, wish, Trust.load(state.folder / "trust.json"))[0]


def _rescue_keys(state: LabState) -> Path:
    return state.folder / "rescue-keys.json"
