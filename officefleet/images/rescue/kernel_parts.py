"""Which parts of Debian's kernel and firmware a rescue of office machines needs.

Folders and modules are those of Debian 12's Linux 6.1; firmware names are what the kept modules ask for
(``modinfo -F firmware``) and Debian ships in non-free-firmware.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from officefleet.images.tools import run_tool

if TYPE_CHECKING:
    from pathlib import Path

FIRMWARE_PACKAGES = ("firmware-realtek", "firmware-misc-nonfree", "firmware-bnx2")
_NET = "kernel/drivers/net"
# Disks, USB and wired network of ordinary office machines, and of virtual ones; the rest stays out: sound,
# graphics (the firmware's own picture is enough for a console), wireless, cameras.
MODULES = (
    "kernel/drivers/ata",
    "kernel/drivers/nvme/host/nvme.ko",
    "kernel/drivers/scsi",
    "kernel/drivers/message/fusion",
    "kernel/drivers/mmc",
    "kernel/drivers/memstick",
    "kernel/drivers/pci/controller/vmd.ko",  # NVMe behind Intel's RST
    "kernel/drivers/usb/host",
    "kernel/drivers/usb/storage",
    "kernel/drivers/usb/common",
    "kernel/drivers/usb/core",
    "kernel/drivers/hid/hid-generic.ko",
    "kernel/drivers/hid/usbhid",
    "kernel/drivers/virtio",
    "kernel/drivers/hv",
    "kernel/drivers/block/loop.ko",
    "kernel/drivers/block/virtio_blk.ko",
    "kernel/drivers/block/xen-blkfront.ko",
    "kernel/drivers/md/dm-mod.ko",
    "kernel/drivers/char/hw_random",
    *(
        f"{_NET}/ethernet/{maker}"
        for maker in (
            "3com", "amd", "aquantia", "atheros", "broadcom", "dec", "dlink", "intel", "marvell", "nvidia",
            "realtek", "silan", "sis", "smsc", "stmicro", "via", "jme.ko", "fealnx.ko",
        )
    ),
    f"{_NET}/phy",
    f"{_NET}/mdio",
    f"{_NET}/pcs",
    f"{_NET}/usb",
    f"{_NET}/hyperv",
    f"{_NET}/vmxnet3",
    f"{_NET}/virtio_net.ko",
    f"{_NET}/mii.ko",
    "kernel/net/core",
    "kernel/net/packet",
    "kernel/fs/ext4",
    "kernel/fs/jbd2",
    "kernel/fs/fat",
    "kernel/fs/nls",
    "kernel/fs/fuse",
    "kernel/fs/mbcache.ko",
    "kernel/lib",
    "kernel/crypto",
    "kernel/arch/x86/crypto",
)  # fmt: skip
# Drivers in those folders for storage networks, servers and developers: large, and in no office machine.
_UNWANTED = re.compile(
    r"kernel/drivers/net/ethernet/(broadcom/bnxt|intel/(ice|i40e|iavf|fm10k|ixgbe|ixgbevf))/"
    r"|kernel/drivers/scsi/(lpfc|qla2xxx|qla4xxx|bfa|qed[fi]|bnx2[fi]c?|be2iscsi|csiostor|cxgbi|fnic|fcoe|libfc|snic"
    r"|elx|esas2r|pm8001|ufs|aic7xxx|aic94xx|scsi_debug\.ko|iscsi_tcp\.ko)"
)


def trim_modules(tree: Path, version: str) -> int:
    """Keep the modules in `MODULES` and all that they depend on; return how many that are.

    Args:
        tree: of the root file system.
        version: of the kernel.

    Raises:
        ImageError: depmod fails.

    """
    root = tree / "lib/modules" / version
    depends: dict[str, list[str]] = {}
    for line in (root / "modules.dep").read_text().splitlines():
        name, _colon, needs = line.partition(":")
        depends[name] = needs.split()
    kept = {name for name in depends if _is_wanted(name)}
    kept |= {need for name in kept for need in depends[name]}
    for name in depends.keys() - kept:
        (root / name).unlink()
    _drop_empty(root)
    run_tool(["chroot", str(tree), "depmod", version])
    return len(kept)


def trim_firmware(tree: Path, version: str) -> list[str]:
    """Keep the firmware that the modules of a tree ask for; return the names kept.

    Raises:
        ImageError: modinfo fails.

    """
    folder = tree / "usr/lib/firmware"
    modules = sorted(f"/{path.relative_to(tree)}" for path in (tree / "lib/modules" / version).rglob("*.ko"))
    shown = run_tool(["chroot", str(tree), "modinfo", "-F", "firmware", *modules]) if modules else b""
    asked = set(shown.decode().split())
    kept = []
    for path in sorted(folder.rglob("*")):
        if path.is_dir() and not path.is_symlink():
            continue
        name = str(path.relative_to(folder))
        if name in asked:
            if path.is_symlink():  # what it points to may not be asked for by its own name
                content = path.read_bytes()
                path.unlink()
                path.write_bytes(content)
            kept.append(name)
    for path in folder.rglob("*"):
        if (path.is_symlink() or not path.is_dir()) and str(path.relative_to(folder)) not in kept:
            path.unlink()
    _drop_empty(folder)
    return kept


def _drop_empty(folder: Path) -> None:
    for path in sorted(folder.rglob("*"), reverse=True):
        if path.is_dir() and not path.is_symlink() and not any(path.iterdir()):
            path.rmdir()


def _is_wanted(name: str) -> bool:
    return not _UNWANTED.match(name) and any(name == one or name.startswith(f"{one}/") for one in MODULES)
