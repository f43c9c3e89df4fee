"""mount_facts on a POSIX host."""

from __future__ import annotations

import os
import re
from fnmatch import fnmatch

from officefleet.agents import facts_disks
from officefleet.agents.kit import Context, Failed, which
from officefleet.agents.reading import read_text

TYPE_CHECKING = False  # typing costs an agent several milliseconds at its start
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

_STATIC = ("/etc/fstab", "/etc/vfstab", "/etc/filesystems")
_DYNAMIC = ("/etc/mtab", "/proc/mounts", "/etc/mnttab")
_OCTAL = re.compile(r"\\([0-7]{3})")
_MOUNT = re.compile(r"^(?P<device>.+?) on (?P<mount>/.*?) type (?P<fstype>\S+) \((?P<options>.*)\)$")
_LEAST = 4  # fields of a line of fstab that are always there


def run(args: dict[str, Any], context: Context) -> dict[str, Any]:
    seen: list[dict[str, Any]] = []
    for source in _sources(args):
        seen += _of(source, args, context)
    wanted = [one for one in seen if _fits(one, args)]
    warnings: list[str] = []
    points: dict[str, dict[str, Any]] = {}
    for one in wanted:
        points.setdefault(one["mount"], one)
    uuids = {name: link for link, name in facts_disks.links_in("/dev/disk/by-uuid")}
    for one in wanted if args["include_aggregate_mounts"] else points.values():
        one["uuid"] = uuids.get(os.path.basename(os.path.realpath(one["device"])))
        one.update(_sizes(one["mount"], args, warnings))
    facts = {"mount_points": points, "aggregate_mounts": wanted if args["include_aggregate_mounts"] else []}
    result: dict[str, Any] = {"changed": False, "ansible_facts": facts}
    if warnings:
        result["warnings"] = warnings
    return result


def _sources(args: dict[str, Any]) -> Iterator[str]:
    """Yield the files to read and "mount"; each file once, whatever links lead to it.

    Raises:
        Failed: a source is an empty text.

    """
    names: list[str] = []
    for name in args["sources"] or ["all"]:
        if not name:
            raise Failed("sources contains an empty string")
        if name in ("all", "dynamic", "static"):
            names += [*(_DYNAMIC if name != "static" else ()), *(_STATIC if name != "dynamic" else ())]
        else:
            names.append(name)
    read = set()
    for name in names:
        real = os.path.realpath(name) if name != "mount" else name
        kernel = re.match(r"^/proc/(self|\d+)/mounts$", real)  # /etc/mtab and /proc/mounts lead there
        key = "/proc/mounts" if kernel else real
        if key not in read:
            read.add(key)
            yield name


def _of(source: str, args: dict[str, Any], context: Context) -> list[dict[str, Any]]:
    if source != "mount":
        return list(_parse(source, read_text(source)))
    program = which(args["mount_binary"]) if args["mount_binary"] else None
    if program is None:
        return []
    done = context.run([program], parse=True, timeout=args["timeout"])
    return list(_parse_command(done.out))


def _parse(source: str, text: str) -> Iterator[dict[str, Any]]:
    for line in text.splitlines():
        fields = [_OCTAL.sub(lambda match: chr(int(match.group(1), 8)), field) for field in line.split()]
        if len(fields) < _LEAST or fields[0].startswith("#"):
            continue
        numbers = [int(one) if one.isdigit() else 0 for one in [*fields[4:6], "0", "0"]]
        yield {
            "device": fields[0], "mount": fields[1], "fstype": fields[2], "options": fields[3],
            "dump": numbers[0], "passno": numbers[1],
            "ansible_context": {"source": source, "source_data": line},
        }  # fmt: skip


def _parse_command(text: str) -> Iterator[dict[str, Any]]:
    for line in text.splitlines():
        found = _MOUNT.match(line)
        if found:
            yield {**found.groupdict(), "ansible_context": {"source": "mount", "source_data": line}}


def _fits(one: dict[str, Any], args: dict[str, Any]) -> bool:
    return all(
        args[name] is None or any(fnmatch(one[field], pattern) for pattern in args[name])
        for name, field in (("devices", "device"), ("fstypes", "fstype"))
    )


def _sizes(place: str, args: dict[str, Any], warnings: list[str]) -> dict[str, Any]:
    """Return the sizes of a mount; a server that does not answer is given `timeout` seconds.

    Raises:
        Failed: it did not answer, and `on_timeout` is "error".

    """
    if args["timeout"] is None:
        return facts_disks.sizes(place)
    import threading

    found: dict[str, Any] = {}
    thread = threading.Thread(target=lambda: found.update(facts_disks.sizes(place)), daemon=True)
    thread.start()
    thread.join(args["timeout"])
    if thread.is_alive():
        message = "Timed out getting mount size for mount %s after %s seconds" % (place, args["timeout"])
        if args["on_timeout"] == "error":
            raise Failed(message)
        if args["on_timeout"] == "warn":
            warnings.append(message)
        return {}
    return found
