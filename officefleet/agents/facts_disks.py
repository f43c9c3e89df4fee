"""Facts about mounts, block devices and LVM, from /proc and /sys. Standard library only."""

from __future__ import annotations

import json
import os
import re

from officefleet.agents.kit import Context, which
from officefleet.agents.reading import read_text

TYPE_CHECKING = False  # typing costs an agent several milliseconds at its start
if TYPE_CHECKING:
    from typing import Any

_NETWORK = ("nfs", "nfs4", "cifs", "smb3", "smbfs", "9p", "afs", "ceph", "glusterfs", "fuse.sshfs", "davfs")
_LINKS = {"ids": "/dev/disk/by-id", "uuids": "/dev/disk/by-uuid", "labels": "/dev/disk/by-label"}
_UNITS = ("Bytes", "KB", "MB", "GB", "TB", "PB", "EB")
_FIELDS = 6  # of a line in /proc/mounts
_KILO = 1024
_SECTOR = 512  # bytes; what /sys counts in, whatever the disk's own sectors are
_OCTAL = re.compile(r"\\([0-7]{3})")


def mounts(seconds: float) -> dict[str, Any]:
    """Return {"mounts": [...]}; a server that does not answer within `seconds` costs its mount the sizes."""
    uuids = {name: link for link, name in links_in(_LINKS["uuids"])}
    found = []
    remote = []
    for mount in parse_mounts(read_text("/proc/self/mounts")):
        device = os.path.realpath(mount["device"]) if mount["device"].startswith("/") else mount["device"]
        mount["uuid"] = uuids.get(os.path.basename(device), "N/A")
        found.append(mount)
        if mount["fstype"] in _NETWORK:
            remote.append(mount)
        else:
            mount.update(sizes(mount["mount"]))
    if remote:
        _ask_servers(remote, seconds)
    return {"mounts": found}


def parse_mounts(text: str) -> list[dict[str, Any]]:
    """Return the mounts of real devices that /proc/mounts holds."""
    found = []
    for line in text.splitlines():
        fields = [_OCTAL.sub(lambda match: chr(int(match.group(1), 8)), field) for field in line.split(" ")]
        if len(fields) < _FIELDS:
            continue
        device, place, kind, options = fields[:4]
        if kind == "none" or not (device.startswith("/") or ":/" in device):
            continue
        found.append(
            {
                "mount": place,
                "device": device,
                "fstype": kind,
                "options": options,
                "dump": int(fields[4]),
                "passno": int(fields[5]),
            }
        )
    return found


def sizes(place: str) -> dict[str, int]:
    """Return the sizes of the file system at a mount point, {} when it does not answer."""
    try:
        found = os.statvfs(place)
    except OSError:
        return {}
    return {
        "size_total": found.f_frsize * found.f_blocks,
        "size_available": found.f_frsize * found.f_bavail,
        "block_size": found.f_bsize,
        "block_total": found.f_blocks,
        "block_available": found.f_bavail,
        "block_used": found.f_blocks - found.f_bavail,
        "inode_total": found.f_files,
        "inode_available": found.f_favail,
        "inode_used": found.f_files - found.f_favail,
    }


def _ask_servers(remote: list[dict[str, Any]], seconds: float) -> None:
    """Fill in the sizes of network mounts, each in a thread: statvfs on a dead server never returns."""
    import threading
    import time

    answers: dict[str, dict[str, int]] = {}
    threads = []
    for mount in remote:
        place = mount["mount"]
        thread = threading.Thread(target=lambda at=place: answers.update({at: sizes(at)}), daemon=True)
        thread.start()
        threads.append(thread)
    end = time.monotonic() + seconds
    for thread in threads:
        thread.join(max(0.0, end - time.monotonic()))
    for mount in remote:
        mount.update(answers.get(mount["mount"], {"note": "could not get sizes in time"}))


def devices() -> dict[str, Any]:
    """Return {"devices", "device_links"}."""
    links: dict[str, dict[str, list[str]]] = {}
    for kind, folder in _LINKS.items():
        found: dict[str, list[str]] = {}
        for link, name in links_in(folder):
            found.setdefault(name, []).append(link)
        links[kind] = {name: sorted(found[name]) for name in found}
    masters: dict[str, list[str]] = {}
    names = _listing("/sys/block")
    for name in names:
        for slave in _listing("/sys/block/%s/slaves" % name):
            masters.setdefault(slave, []).append(name)
    links["masters"] = masters
    known = {name: _device(name, links) for name in names if not re.match(r"ram\d+$", name)}
    return {"devices": known, "device_links": links}


def _device(name: str, links: dict[str, dict[str, list[str]]]) -> dict[str, Any]:
    folder = "/sys/block/" + name
    sectors = int(read_text(folder + "/size") or 0)
    scheduler = read_text(folder + "/queue/scheduler")
    chosen = re.search(r"\[(.*?)\]", scheduler)
    found: dict[str, Any] = {
        "virtual": 1,  # as Ansible has it, for real disks too
        "links": {kind: links[kind].get(name, []) for kind in links},
        "vendor": read_text(folder + "/device/vendor") or None,
        "model": read_text(folder + "/device/model") or None,
        "sas_address": read_text(folder + "/device/sas_address") or None,
        "sas_device_handle": read_text(folder + "/device/sas_device_handle") or None,
        "removable": read_text(folder + "/removable"),
        "support_discard": read_text(folder + "/queue/discard_granularity"),
        "rotational": read_text(folder + "/queue/rotational"),
        "scheduler_mode": chosen.group(1) if chosen else scheduler,
        "sectors": sectors,
        "sectorsize": read_text(folder + "/queue/logical_block_size") or "512",
        "size": human_size(sectors * _SECTOR),
        "host": "",
        "holders": [_mapped(holder) for holder in _listing(folder + "/holders")],
        "partitions": {},
    }
    for key, file in (("serial", "/device/serial"), ("wwn", "/wwid")):
        value = read_text(folder + file) or read_text(folder + "/device" + file)
        if value:
            found[key] = value
    for entry in _listing(folder):
        if os.path.exists("%s/%s/partition" % (folder, entry)):
            found["partitions"][entry] = _partition(folder, entry, found["sectorsize"], links)
    return found


def _partition(folder: str, name: str, sector: str, links: dict[str, dict[str, list[str]]]) -> dict[str, Any]:
    place = "%s/%s" % (folder, name)
    sectors = int(read_text(place + "/size") or 0)
    uuids = links["uuids"].get(name, [])
    return {
        "links": {kind: links[kind].get(name, []) for kind in links},
        "start": read_text(place + "/start"),
        "sectors": sectors,
        "sectorsize": int(sector),
        "size": human_size(sectors * _SECTOR),
        "uuid": uuids[0] if uuids else None,
        "holders": [_mapped(holder) for holder in _listing(place + "/holders")],
    }


def _mapped(name: str) -> str:
    """Return the device mapper's name of dm-N, or the name itself."""
    return read_text("/sys/block/%s/dm/name" % name) or name


def _listing(folder: str) -> list[str]:
    try:
        return sorted(os.listdir(folder))
    except OSError:
        return []


def links_in(folder: str) -> list[tuple[str, str]]:
    """Return (link's name, device's name) of every link in a folder."""
    found = []
    for link in _listing(folder):
        try:
            found.append((link, os.path.basename(os.readlink(os.path.join(folder, link)))))
        except OSError:
            continue
    return found


def human_size(count: int) -> str:
    """Return bytes as Ansible prints them, e.g. "256.00 GB"."""
    value = float(count)
    for unit in _UNITS[:-1]:
        if value < _KILO:
            return "%.2f %s" % (value, unit)
        value /= _KILO
    return "%.2f %s" % (value, _UNITS[-1])


def lvm(context: Context) -> dict[str, Any]:
    """Return {"lvm": {"lvs", "vgs", "pvs"}}, "N/A" without LVM's tools or rights.

    The tools take tens of milliseconds, so they run only when a logical volume is active.
    """
    if os.geteuid() != 0 or which("vgs") is None:
        return {"lvm": "N/A"}
    if not any(
        read_text("/sys/block/%s/dm/uuid" % name).startswith("LVM-") for name in _listing("/sys/block")
    ):
        return {"lvm": {"lvs": {}, "vgs": {}, "pvs": {}}}
    groups = {
        one["vg_name"]: {
            "size_g": one["vg_size"],
            "free_g": one["vg_free"],
            "num_lvs": one["lv_count"],
            "num_pvs": one["pv_count"],
        }
        for one in _lvm_report(context, "vgs", "vg", "vg_name,pv_count,lv_count,vg_size,vg_free")
    }
    volumes = {
        one["lv_name"]: {"size_g": one["lv_size"], "vg": one["vg_name"]}
        for one in _lvm_report(context, "lvs", "lv", "lv_name,vg_name,lv_size")
    }
    physical = {
        one["pv_name"]: {"size_g": one["pv_size"], "free_g": one["pv_free"], "vg": one["vg_name"]}
        for one in _lvm_report(context, "pvs", "pv", "pv_name,vg_name,pv_size,pv_free")
    }
    return {"lvm": {"lvs": volumes, "vgs": groups, "pvs": physical}}


def _lvm_report(context: Context, tool: str, key: str, columns: str) -> list[dict[str, str]]:
    words = [which(tool) or tool, "--reportformat", "json", "--units", "g", "--nosuffix", "-o", columns]
    done = context.run(words, parse=True)
    if done.rc != 0:
        return []
    rows: list[dict[str, str]] = json.loads(done.out)["report"][0][key]
    return rows
