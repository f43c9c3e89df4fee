"""wait_for on a POSIX host."""

from __future__ import annotations

import os
import re
import socket
import time

from officefleet.agents import files
from officefleet.agents.kit import Context, Failed
from officefleet.agents.reading import read_lines

TYPE_CHECKING = False  # typing costs an agent several milliseconds at its start
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

# include/net/tcp_states.h, by number
_STATES = (
    "", "ESTABLISHED", "SYN_SENT", "SYN_RECV", "FIN_WAIT1", "FIN_WAIT2", "TIME_WAIT", "CLOSE", "CLOSE_WAIT",
    "LAST_ACK", "LISTEN", "CLOSING",
)  # fmt: skip


def run(args: dict[str, Any], context: Context) -> dict[str, Any]:
    if context.check:
        return {"changed": False, "skipped": True, "msg": "wait_for does not support check mode"}
    start = time.monotonic()
    end = start + args["timeout"]
    time.sleep(max(args["delay"], 0))
    found: dict[str, Any] = {}
    if args["port"] is None and args["path"] is None:
        time.sleep(max(end - time.monotonic(), 0))
    else:
        condition, text = _condition(args, found, end)
        while not condition():
            if time.monotonic() >= end:
                raise Failed(args["msg"] or text, elapsed=int(time.monotonic() - start))
            time.sleep(max(args["sleep"], 0.05))
    result = {
        "changed": False, "state": args["state"], "port": args["port"], "path": args["path"],
        "search_regex": args["search_regex"], "match_groups": found.get("groups", []),
        "match_groupdict": found.get("groupdict", {}), "elapsed": int(time.monotonic() - start),
    }  # fmt: skip
    if args["path"] is not None and os.path.exists(args["path"]):
        result.update(
            files.facts(files.describe(args["path"], follow=True))
        )  # Ansible's result has these too
    return result


def _condition(args: dict[str, Any], found: dict[str, Any], end: float) -> tuple[Callable[[], bool], str]:
    """Return what must become true, and what to say when it does not."""
    pattern = re.compile(args["search_regex"], re.MULTILINE) if args["search_regex"] is not None else None
    gone = args["state"] in ("absent", "stopped")
    if args["path"] is not None:
        there = _file_condition(args["path"], pattern, {} if gone else found)
        place, missing, gone_text = args["path"], "file ", "to be absent."
    else:
        if args["state"] == "drained":
            text = "Timeout when waiting for %s:%s to drain" % (args["host"], args["port"])
            return lambda: not connections(args), text
        there = _port_condition(args, None if gone else pattern, found, end)
        place, missing, gone_text = "%s:%s" % (args["host"], args["port"]), "", "to stop."
    if gone:
        return lambda: not there(), "Timeout when waiting for %s %s" % (place, gone_text)
    if pattern is not None:
        return there, "Timeout when waiting for search string %s in %s" % (args["search_regex"], place)
    return there, "Timeout when waiting for %s%s" % (missing, place)


def _file_condition(path: str, pattern: re.Pattern[str] | None, found: dict[str, Any]) -> Callable[[], bool]:
    if pattern is None:
        return lambda: os.path.exists(path)
    return lambda: _in_file(path, pattern, found)


def _port_condition(
    args: dict[str, Any], pattern: re.Pattern[str] | None, found: dict[str, Any], end: float
) -> Callable[[], bool]:
    return lambda: _answers(args, pattern, found, end)


def _keep(match: re.Match[str], found: dict[str, Any]) -> bool:
    found["groups"] = list(match.groups())
    found["groupdict"] = match.groupdict()
    return True


def _in_file(path: str, pattern: re.Pattern[str], found: dict[str, Any]) -> bool:
    try:
        with open(path, encoding="utf-8", errors="surrogateescape") as stream:
            match = pattern.search(stream.read())
    except OSError:
        return False
    return match is not None and _keep(match, found)


def _answers(
    args: dict[str, Any], pattern: re.Pattern[str] | None, found: dict[str, Any], end: float
) -> bool:
    """Return whether the port takes connections and, when `pattern` is given, sends what it matches."""
    left = max(min(args["connect_timeout"], end - time.monotonic()), 0.1)
    try:
        with socket.create_connection((args["host"], args["port"]), timeout=left) as channel:
            return pattern is None or _receives(channel, pattern, found, end)
    except OSError:
        return False


def _receives(channel: socket.socket, pattern: re.Pattern[str], found: dict[str, Any], end: float) -> bool:
    data = b""
    while time.monotonic() < end:
        channel.settimeout(max(end - time.monotonic(), 0.1))
        block = channel.recv(1024)
        if not block:
            return False
        data += block
        match = pattern.search(data.decode("utf-8", "surrogateescape"))
        if match is not None:
            return _keep(match, found)
    return False


def connections(args: dict[str, Any]) -> int:
    """Return how many connections to the port are in one of the states that count as active."""
    wanted = _addresses(args["host"])
    excluded = {address for name in args["exclude_hosts"] for address in _addresses(name)}
    count = 0
    for table in ("/proc/net/tcp", "/proc/net/tcp6"):
        for line in read_lines(table)[1:]:
            fields = line.split()
            local, port = endpoint(fields[1])
            remote, _port = endpoint(fields[2])
            if (
                port == args["port"]
                and _STATES[int(fields[3], 16)] in args["active_connection_states"]
                and (local in wanted or wanted & {"0.0.0.0", "::"})  # noqa: S104  compared, not bound
                and remote not in excluded
            ):
                count += 1
    return count


def endpoint(text: str) -> tuple[str, int]:
    """Return (address, port) of an endpoint as /proc/net/tcp writes it: hexadecimal, words in host order."""
    address, port = text.split(":")
    raw = b"".join(bytes.fromhex(address[at : at + 8])[::-1] for at in range(0, len(address), 8))
    mapped = b"\0" * 10 + b"\xff\xff"  # an IPv4 peer of an IPv6 socket
    before, found, four = raw.partition(mapped)
    if found and not before:
        return socket.inet_ntop(socket.AF_INET, four), int(port, 16)
    family = socket.AF_INET if len(raw) == len(b"ipv4") else socket.AF_INET6
    return socket.inet_ntop(family, raw), int(port, 16)


def _addresses(name: str) -> set[str]:
    try:
        return {str(entry[4][0]) for entry in socket.getaddrinfo(name, None)}
    except OSError as error:
        raise Failed("cannot resolve %s: %s" % (name, error)) from None
