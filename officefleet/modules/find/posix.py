"""find on a POSIX host."""

from __future__ import annotations

import fnmatch
import os
import re
import stat

from officefleet.agents import files, modes, text
from officefleet.agents.kit import Failed
from officefleet.modules.stat.posix import facts

TYPE_CHECKING = False  # importing typing would cost the host 2 ms
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from typing import Any

    from officefleet.agents.kit import Context

_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800}
_BYTES = {"b": 1, "k": 1 << 10, "m": 1 << 20, "g": 1 << 30, "t": 1 << 40}
_KINDS = {"file": stat.S_ISREG, "directory": stat.S_ISDIR, "link": stat.S_ISLNK}


def run(args: Mapping[str, Any], context: Context) -> dict[str, Any]:
    conditions = Conditions(args)
    found: list[dict[str, Any]] = []
    skipped: dict[str, str] = {}
    examined = 0
    for name in args["paths"]:
        path = files.expand(name)
        if not os.path.isdir(path):
            skipped[path] = "'%s' is not a directory" % path
            continue
        for entry in _walk(path, args, skipped):
            examined += 1
            if len(found) != args["limit"]:
                found += conditions.examine(entry)
    result: dict[str, Any] = {
        "changed": False,
        "files": found,
        "matched": len(found),
        "examined": examined,
        "skipped_paths": skipped,
        "msg": "Not all paths examined, check warnings for details" if skipped else "All paths examined",
    }
    if args["limit"] is not None and len(found) >= args["limit"]:
        result["msg"] = "Limit of matches reached"
    if skipped:
        result["warnings"] = [
            "Skipped '%s' path due to this access issue: %s\n" % (path, why) for path, why in skipped.items()
        ]
    return result


def _walk(top: str, args: Mapping[str, Any], skipped: dict[str, str]) -> Iterator[str]:
    """Yield the paths of all entries, as deep as is asked."""

    def complain(error: OSError) -> None:
        skipped[error.filename or top] = str(error.strerror)

    base = top.rstrip("/").count("/")
    for folder, folders, names in os.walk(top, followlinks=args["follow"], onerror=complain):
        for name in names + folders:
            yield os.path.join(folder, name)
        level = folder.rstrip("/").count("/") - base + 1
        if not args["recurse"] or (args["depth"] is not None and level >= args["depth"]):
            folders.clear()


class Conditions:
    """What an entry must be; compiled once for all of them."""

    def __init__(self, args: Mapping[str, Any]) -> None:
        import time

        self.args = args
        self.now = time.time()
        self.age = _amount(args["age"], _SECONDS, "age")
        self.size = _amount(args["size"], _BYTES, "size")
        self.wanted = [self.name(one) for one in args["patterns"]]
        self.unwanted = [self.name(one) for one in args["excludes"]]
        self.content = None if args["contains"] is None else text.pattern(args["contains"])

    def name(self, one: str) -> re.Pattern[str]:
        return text.pattern(one if self.args["use_regex"] else fnmatch.translate(one))

    def examine(self, path: str) -> list[dict[str, Any]]:
        """Return the facts of an entry that meets all conditions, else nothing."""
        found = files.look(path) if self.named(os.path.basename(path)) else None
        if found is None or not self.accepts(found):
            return []
        if self.content is not None and stat.S_ISREG(found.st_mode) and not self.holds(path):
            return []
        known = facts(path, found)
        if self.args["get_checksum"] and stat.S_ISREG(found.st_mode):
            known["checksum"] = files.digest(path)
        return [known]

    def named(self, name: str) -> bool:
        if name.startswith(".") and not self.args["hidden"]:
            return False
        if self.wanted and not any(one.match(name) for one in self.wanted):
            return False
        return not any(one.match(name) for one in self.unwanted)

    def accepts(self, found: os.stat_result) -> bool:
        kind = _KINDS.get(self.args["file_type"])
        if kind is not None and not kind(found.st_mode):
            return False
        return self.old_enough(found) and self.large_enough(found) and self.permitted(found)

    def old_enough(self, found: os.stat_result) -> bool:
        if self.age is None:
            return True
        age = self.now - float(getattr(found, "st_" + self.args["age_stamp"]))
        return age >= abs(self.age) if self.age >= 0 else age <= abs(self.age)

    def large_enough(self, found: os.stat_result) -> bool:
        if self.size is None:
            return True
        return found.st_size >= abs(self.size) if self.size >= 0 else found.st_size <= abs(self.size)

    def permitted(self, found: os.stat_result) -> bool:
        bits = stat.S_IMODE(found.st_mode)
        if self.args["mode"] is None:
            return True
        wanted = modes.wanted_mode(self.args["mode"], 0 if not self.args["exact_mode"] else bits)
        return bits == wanted if self.args["exact_mode"] else bits & wanted == wanted

    def holds(self, path: str) -> bool:
        """Return whether a line of the file, or all of it, matches."""
        assert self.content is not None  # noqa: S101  for the type checker: examine has looked
        try:
            with open(path, encoding=self.args["encoding"] or "utf-8", errors="surrogateescape") as stream:
                if self.args["read_whole_file"]:
                    return bool(self.content.search(stream.read()))
                return any(self.content.match(line) for line in stream)
        except (OSError, UnicodeError, LookupError):
            return False


def _amount(value: str | None, units: Mapping[str, int], name: str) -> int | None:
    """Return "-2d" as -172800; None stays None."""
    if value is None:
        return None
    match = re.match(r"^(-?\d+)([a-z]?)$", value.strip().lower())
    if match is None or (match.group(2) and match.group(2) not in units):
        raise Failed("failed to process %s" % name, **{name: value})
    return int(match.group(1)) * units.get(match.group(2), 1)
