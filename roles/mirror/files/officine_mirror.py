#!/usr/bin/python3
"""Makes and looks after a mirror of two disks (md RAID1); the answer is one JSON object.

    officine-mirror make NAME DISK DISK    exit 1 when a disk holds anything
    officine-mirror watch NAME             exit 2 when a disk is missing
    officine-mirror status NAME

`watch` says in the journal that a disk failed, once; takes what failed out; and takes in a disk that is empty, large
enough and not in use. A disk that holds anything is never touched. Facts: md(4), mdadm(8).
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

STATE = Path("/var/lib/officine/mirror")
ALERT = 2


class MirrorError(Exception):
    """Why it cannot be done."""


def say(command: list[str], *, must: bool = True) -> str:
    """Return what a program prints.

    Raises:
        MirrorError: it failed, with its own words.

    """
    done = subprocess.run(command, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL)
    if must and done.returncode:
        words = (done.stderr or done.stdout).strip().splitlines()
        raise MirrorError(f"{command[0]}: {words[-1] if words else done.returncode}")
    return done.stdout


def disks() -> list[dict[str, Any]]:
    """Return the whole disks: ``{"path", "size", "children"}``."""
    found = json.loads(say(["lsblk", "--json", "--bytes", "--output", "PATH,SIZE,TYPE,RO,MOUNTPOINTS"]))
    return [one for one in found["blockdevices"] if one["type"] == "disk" and not one["ro"]]


def is_empty(path: str) -> bool:
    """Whether a disk holds nothing that anybody has a name for: no partition, file system or RAID member.

    Its first and last MiB must be zeros, too: what `blkid` does not know may still be somebody's data.
    """
    if subprocess.run(["blkid", "-p", path], capture_output=True, check=False).returncode != ALERT:
        return False
    with open(path, "rb") as disk:  # noqa: PTH123  a device
        size = disk.seek(0, os.SEEK_END)
        for place in (0, max(0, size - (1 << 20))):
            disk.seek(place)
            if any(disk.read(1 << 20)):
                return False
    return True


def device(name: str) -> str:
    """Return the kernel's name of the array: md127."""
    return Path(f"/dev/md/{name}").resolve().name


def state(name: str) -> dict[str, Any]:
    """Return how the array is.

    Raises:
        MirrorError: there is none.

    """
    own = device(name)
    folder = Path("/sys/block") / own / "md"
    if not folder.is_dir():
        raise MirrorError(f"there is no mirror {name}")
    members = {}
    for one in sorted(folder.glob("dev-*")):
        members[one.name[4:]] = (one / "state").read_text().strip()
    wanted = int((folder / "raid_disks").read_text())
    working = sum("in_sync" in words.split(",") for words in members.values())
    action = (folder / "sync_action").read_text().strip()
    size = int((Path("/sys/block") / own / "size").read_text()) * 512
    return {
        "name": name,
        "disks": wanted,
        "working": working,
        "members": members,
        "rebuilding": action in ("recover", "resync"),
        "bytes": size,
    }


def make(name: str, paths: list[str]) -> dict[str, Any]:
    """Make the mirror of two empty disks, with a file system; leave one alone that is there.

    Raises:
        MirrorError: a disk holds something.

    """
    if not Path(f"/dev/md/{name}").exists():
        say(["mdadm", "--assemble", "--scan"], must=False)
    if Path(f"/dev/md/{name}").exists():
        return {"made": False, **state(name)}
    for path in paths:
        if not is_empty(path):
            raise MirrorError(f"{path} is not empty: it was not touched")
    say(["mdadm", "--create", f"/dev/md/{name}", "--run", "--level=1", "--raid-devices=2", "--metadata=1.2",
         "--bitmap=internal", f"--name={name}", "--homehost=any", *paths])  # fmt: skip
    say(["udevadm", "settle"], must=False)
    say(["mkfs.ext4", "-q", "-L", name, f"/dev/md/{name}"])
    return {"made": True, **state(name)}


def watch(name: str) -> dict[str, Any]:
    """Take out what failed, take in what is new and empty, tell of a change."""
    found = state(name)
    if found["working"] < found["disks"]:
        for word in ("failed", "detached"):
            say(["mdadm", "--manage", f"/dev/md/{name}", "--remove", word], must=False)
        if not found["rebuilding"] and len(state(name)["members"]) < found["disks"]:
            found["taken_in"] = take_in(name, found["bytes"])
        found |= state(name)
    tell(found)
    return found


def take_in(name: str, size: int) -> str:
    """Add the first disk that is empty, large enough and unused; return it, or ""."""
    for one in disks():
        free = not one.get("children") and not any(one.get("mountpoints") or ())
        if free and one["size"] >= size and is_empty(one["path"]):
            say(["mdadm", "--manage", f"/dev/md/{name}", "--add", one["path"]])
            return str(one["path"])
    return ""


def tell(found: dict[str, Any]) -> None:
    """Say a change in the journal, and keep what was last said."""
    STATE.mkdir(parents=True, exist_ok=True)
    file = STATE / f"{found['name']}.json"
    try:
        before = json.loads(file.read_text())
    except (OSError, ValueError):
        before = {}
    bad = found["working"] < found["disks"]
    if before.get("working") != found["working"] or found.get("taken_in"):
        level = "user.alert" if bad else "user.notice"
        text = f"mirror {found['name']}: {found['working']} of {found['disks']} disks work"
        if found.get("taken_in"):
            text += f"; {found['taken_in']} was taken in"
        say(["logger", "-t", "officine-mirror", "-p", level, text], must=False)
    new = file.with_suffix(".new")
    new.write_text(json.dumps({**found, "at": time.time(), "alert": bad}))
    new.replace(file)


def main() -> int:
    """Do what the command line says."""
    verb, name, *rest = sys.argv[1:] if len(sys.argv) > ALERT else ("", "", "")
    verbs = {"make": lambda: make(name, rest), "watch": lambda: watch(name), "status": lambda: state(name)}
    if verb not in verbs:
        sys.stderr.write(__doc__ or "")
        return 5
    try:
        found = verbs[verb]()
    except MirrorError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    sys.stdout.write(json.dumps(found) + "\n")
    return ALERT if verb == "watch" and found["working"] < found["disks"] else 0


sys.exit(main())
