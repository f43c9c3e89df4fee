"""Removable disks that go home in the evening: known by label, identity and a marker, or not touched at all."""

from __future__ import annotations

import contextlib
import ctypes
import json
import os
import pwd
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Any

from officine_backup import client, nas, restic, state
from officine_backup.problem import BackupProblem

if TYPE_CHECKING:
    from collections.abc import Iterator

    from officine_backup.config import Config
    from officine_backup.restic import Repository

MARKER = ".officine-disk.json"
_CLONE_NEWNS, _MS_REC, _MS_PRIVATE = 0x20000, 1 << 14, 1 << 18  # linux/sched.h, linux/mount.h
_MOUNT = Path("/run/officine/backup-disk")


def devices() -> list[dict[str, Any]]:
    """Return the file systems that are plugged in: ``{"path", "label", "uuid", "mountpoint", "fstype"}``."""
    command = ["lsblk", "--json", "--list", "--output", "PATH,MOUNTPOINT"]
    done = subprocess.run(command, capture_output=True, check=False)
    try:
        found = json.loads(done.stdout)["blockdevices"]
    except (ValueError, KeyError):
        return []
    known = [{**one, **_probe(str(one["path"]))} for one in found]
    return [one for one in known if one["fstype"]]


def _probe(path: str) -> dict[str, Any]:
    """Read label and identity from the disk itself: what udev remembers may be of the disk before."""
    done = subprocess.run(["blkid", "-p", "-o", "export", path], capture_output=True, text=True, check=False)
    said = dict(line.split("=", 1) for line in done.stdout.splitlines() if "=" in line)
    plain = {name: value.replace("\\", "") for name, value in said.items()}
    return {"label": plain.get("LABEL"), "uuid": plain.get("UUID"), "fstype": plain.get("TYPE")}


def find(config: Config, name: str = "") -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the disk that is plugged in, as the settings and as the kernel know it.

    Args:
        config: names the pharmacy's disks.
        name: the one that is wanted; "" for whichever is there.

    Raises:
        BackupProblem: none is, or one of another pharmacy.

    """
    present = devices()
    for disk in config.disks:
        if name not in ("", disk["name"]):
            continue
        for one in present:
            if one.get("label") != disk["label"]:
                continue
            if disk.get("uuid") and one.get("uuid") != disk["uuid"]:
                raise BackupProblem("disk-not-ours", label=disk["label"], reason="uuid")
            return disk, one
    ours = {one["label"] for one in config.disks}
    alike = [str(one["label"]) for one in present if is_label(one.get("label")) and one["label"] not in ours]
    if alike:
        raise BackupProblem("disk-foreign", label=alike[0])
    raise BackupProblem("disk-absent", names=", ".join(one["name"] for one in config.disks))


def is_label(label: object) -> bool:
    """Whether a file system's label is one of our disks', of whatever pharmacy: OFF0421-A."""
    text = str(label or "")
    return text.startswith("OFF") and "-" in text and text[3:].partition("-")[0].isdigit()


@contextlib.contextmanager
def mounted(device: dict[str, Any]) -> Iterator[Path]:
    """Mount a disk for as long as it is needed and no longer: what is not mounted, nothing can encrypt.

    Raises:
        BackupProblem: it cannot be mounted.

    """
    if device.get("mountpoint"):
        yield Path(str(device["mountpoint"]))
        return
    _apart()
    _MOUNT.mkdir(parents=True, exist_ok=True, mode=0o700)
    command = ["mount", "-o", "nosuid,nodev,noexec", str(device["path"]), str(_MOUNT)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        reason = done.stderr.strip().splitlines()
        raise BackupProblem("disk-unreadable", reason=reason[0][:200] if reason else "")
    try:
        yield _MOUNT
    finally:
        os.sync()
        subprocess.run(["umount", str(_MOUNT)], capture_output=True, check=False)


def _apart() -> None:
    """Leave the system's mount namespace: no other program sees the disk, and it is let go even when we are killed.

    Raises:
        BackupProblem: the system refuses.

    """
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.unshare(_CLONE_NEWNS) or libc.mount(b"none", b"/", None, _MS_REC | _MS_PRIVATE, None):
        raise BackupProblem("disk-unreadable", reason=os.strerror(ctypes.get_errno()))


def must_be_ours(config: Config, disk: dict[str, Any], device: dict[str, Any], folder: Path) -> None:
    """Check the marker, or write it on an empty disk.

    Raises:
        BackupProblem: the disk belongs to another pharmacy, or holds something else.

    """
    marker = folder / MARKER
    identity = {"pharmacy": config.pharmacy, "disk": disk["name"], "uuid": device.get("uuid")}
    if not marker.exists():
        if any(one.name != "lost+found" for one in folder.iterdir()):
            raise BackupProblem("disk-in-use", label=disk["label"])
        state.write(marker, identity)
        return
    found = state.read(marker)
    if found.get("pharmacy") != config.pharmacy:
        raise BackupProblem("disk-foreign", label=disk["label"], pharmacy=str(found.get("pharmacy"))[:40])
    if found.get("disk") != disk["name"] or found.get("uuid") != device.get("uuid"):
        raise BackupProblem("disk-not-ours", label=disk["label"], reason="marker")


@contextlib.contextmanager
def opened(config: Config, name: str = "") -> Iterator[tuple[dict[str, Any], Path]]:
    """Find, mount and check a disk; yields it and its folder.

    Raises:
        BackupProblem: it is not there, not ours or not readable.

    """
    disk, device = find(config, name)
    with mounted(device) as folder:
        must_be_ours(config, disk, device, folder)
        yield disk, folder


def copy(config: Config, name: str = "") -> dict[str, Any]:
    """Copy what is new from each client's repository to the disk that is plugged in, check it, let it go.

    `restic copy` reads every blob and checks it: damage on the NAS does not travel.

    Raises:
        BackupProblem: the disk cannot be used, is full, or a repository is damaged.

    """
    with state.alone(config.state), opened(config, name) as (disk, folder):
        hosts: dict[str, Any] = {}
        for host in config.clients:
            source = nas.repository(config, host)
            if not (Path(str(source.location)) / "config").exists():
                continue
            target = nas.repository(config, host, folder)
            _make(config, source, target)
            restic.run(target, ["unlock"])
            _copy(source, target)
            nas.prune_one(config, target, host, config.disk_retention)
            found = nas.check(config, host, folder)
            snapshots = client.listing(target, host)
            hosts[host] = {
                "check": found,
                "count": len(snapshots),
                "newest": snapshots[-1] if snapshots else None,
            }
            note = {"at": state.now(), "holder": disk.get("holder"), "hosts": hosts}
            state.note(config.state / "disks.json", disk["name"], note)
    return {"disk": disk["name"], "holder": disk.get("holder"), "hosts": hosts}


def _make(config: Config, source: Repository, target: Repository) -> None:
    place = Path(str(target.location))
    if (place / "config").exists():
        return
    try:
        place.mkdir(exist_ok=True, mode=0o700)
        if config.user and os.geteuid() == 0:
            entry = pwd.getpwnam(config.user)
            os.chown(place, entry.pw_uid, entry.pw_gid)
            place.parent.chmod(0o711)
    except OSError as error:
        code = {28: "disk-full", 30: "disk-read-only"}.get(error.errno or 0, "disk-gone")
        raise BackupProblem(code) from None
    same = ["--from-repo", str(source.location), "--from-password-file", str(source.key_file)]
    restic.run(target, ["init", "--repository-version", "2", *same, "--copy-chunker-params"])


def _copy(source: Repository, target: Repository) -> None:
    origin = ["--from-repo", str(source.location), "--from-password-file", str(source.key_file)]
    restic.run(target, ["copy", *origin])


def present(config: Config) -> list[str]:
    """Return the names of the pharmacy's disks that are plugged in now."""
    labels = {one.get("label") for one in devices()}
    return [one["name"] for one in config.disks if one["label"] in labels]
