"""What known_hosts changes."""

from __future__ import annotations

from officefleet.agents import files, text, writing
from officefleet.agents.kit import Failed

TYPE_CHECKING = False  # importing typing would cost the host 2 ms
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

_TYPES = ("ssh-", "ecdsa-", "sk-")


class Entry:
    """A line of a known_hosts file: `marker` (such as @revoked) or "", `hosts`, `kind` and `key`."""

    def __init__(self, line: str) -> None:
        words = line.split()
        self.marker = words.pop(0) if words and words[0].startswith("@") else ""
        self.valid = len(words) > 2 and not line.lstrip().startswith("#")  # noqa: PLR2004  hosts, type, key
        self.hosts = words[0].split(",") if self.valid else []
        self.kind, self.key = words[1:3] if self.valid else ("", "")

    def index(self, name: str) -> int | None:
        """Return where `name` is among the entry's hosts."""
        for index, host in enumerate(self.hosts):
            if host == name or (host.startswith("|1|") and _is_hash_of(host, name)):
                return index
        return None


def hashed(name: str, salt: str) -> str:
    """Return a host's name as HashKnownHosts writes it; `salt` is 20 bytes in base64 (ssh-keygen(1), -H)."""
    import base64
    import hashlib
    import hmac

    digest = hmac.new(base64.b64decode(salt), name.encode(), hashlib.sha1).digest()
    return "|1|%s|%s" % (salt, base64.b64encode(digest).decode())


def _is_hash_of(host: str, name: str) -> bool:
    parts = host.split("|")
    try:
        return len(parts) == 4 and hashed(name, parts[2]) == host  # noqa: PLR2004  "", "1", salt, hash
    except ValueError:
        return False  # not base64: a damaged line is not ours


def plan(state: Mapping[str, Any], args: Mapping[str, Any]) -> list[dict[str, Any]]:
    wanted = _wanted(args)
    if state["text"] is None and args["state"] == "absent":
        return []
    return text.plan(state, args, edit(state, args, wanted))


def _wanted(args: Mapping[str, Any]) -> Entry | None:
    """Return the entry that the task gives.

    Raises:
        Failed: it is no known_hosts line, or one of another host.

    """
    if args["key"] is None:
        return None
    lines = [line for line in args["key"].splitlines() if line.strip() and not line.startswith("#")]
    entry = Entry(lines[0]) if lines else Entry("")
    if len(lines) > 1:
        raise Failed("key must be one line; use a loop for the keys of several types")
    if not entry.valid or not entry.kind.startswith(_TYPES) or entry.index(args["name"]) is None:
        raise Failed("Host parameter does not match hashed host field in supplied key")
    return entry


def edit(state: Mapping[str, Any], args: Mapping[str, Any], wanted: Entry | None) -> str:
    """Return the file's text as the task wants it."""
    present = args["state"] == "present"
    kept: list[str] = []
    done = False
    for line in text.lines(state["text"]):
        entry = Entry(line)
        place = entry.index(args["name"])
        if place is None or (wanted is not None and not _competes(entry, wanted, present=present)):
            kept.append(line)
        elif present and wanted is not None and not done and _is_as_wanted(entry, place, wanted, args):
            done = True
            kept.append(line)
        elif len(entry.hosts) > 1:
            others = ",".join(entry.hosts[:place] + entry.hosts[place + 1 :])
            kept.append(line.replace(",".join(entry.hosts), others, 1))
    if present and wanted is not None and not done:
        if kept and not kept[-1].endswith("\n"):
            kept[-1] += "\n"
        name = hashed(args["name"], state["salt"]) if args["hash_host"] else ",".join(wanted.hosts)
        kept.append(" ".join(filter(None, [wanted.marker, name, wanted.kind, wanted.key])) + "\n")
    return "".join(kept)


def _competes(entry: Entry, wanted: Entry, *, present: bool) -> bool:
    """Return whether an entry of the same host must give way: same type, or for a removal the same key."""
    same = entry.marker == wanted.marker and entry.kind == wanted.kind
    return same and (present or entry.key == wanted.key)


def _is_as_wanted(entry: Entry, place: int, wanted: Entry, args: Mapping[str, Any]) -> bool:
    is_hashed = entry.hosts[place].startswith("|1|")
    already_hashed = wanted.hosts[0].startswith("|1|")
    return entry.key == wanted.key and (is_hashed == (args["hash_host"] or already_hashed))


def result(
    state: Mapping[str, Any], args: Mapping[str, Any], changes: list[dict[str, Any]]
) -> dict[str, Any]:
    known = {name: args[name] for name in ("name", "key", "hash_host")}
    known.update(path=state["path"], state="absent")
    predicted = writing.predict(state, changes)
    if predicted["kind"] != "absent":
        known.update(files.facts(predicted))
    return known


def diff(state: Mapping[str, Any], args: Mapping[str, Any], changes: list[dict[str, Any]]) -> dict[str, Any]:
    content = text.diff(state, changes)[0]
    before = state["path"] if state["text"] is not None else "/dev/null"
    return dict(content, before_header=before, after_header=state["path"])
