"""getent on a POSIX host."""

from __future__ import annotations

from officefleet.agents.kit import Context, Failed, need

TYPE_CHECKING = False  # typing costs an agent several milliseconds at its start
if TYPE_CHECKING:
    from typing import Any

_COLONS = ("passwd", "shadow", "group", "gshadow")
# exit codes, from getent(1)
_UNKNOWN, _NO_KEY, _NO_LIST = 1, 2, 3


def run(args: dict[str, Any], context: Context) -> dict[str, Any]:
    words = [need("getent")]
    if args["service"] is not None:
        words += ["-s", args["service"]]
    words.append(args["database"])
    if args["key"] is not None:
        words.append(args["key"])
    done = context.run(words, parse=True)
    fact = "getent_" + args["database"]
    if done.rc == 0:
        separator = args["split"] or (":" if args["database"] in _COLONS else None)
        return {"changed": False, "ansible_facts": {fact: entries(done.out, separator)}}
    if done.rc == _NO_KEY and not args["fail_key"]:
        return {
            "changed": False,
            "ansible_facts": {fact: {args["key"]: None}},
            "msg": "One or more supplied key could not be found in the database.",
        }
    reasons = {
        _UNKNOWN: "Missing arguments, or database unknown.",
        _NO_KEY: "One or more supplied key could not be found in the database.",
        _NO_LIST: "Enumeration not supported on this database.",
    }
    raise Failed(reasons.get(done.rc, done.err.strip() or "getent ended with code %d" % done.rc))


def entries(text: str, separator: str | None) -> dict[str, Any]:
    """Return {key: fields}; a key that occurs more than once has a list of its entries' fields."""
    every: dict[str, list[list[str]]] = {}
    for line in text.splitlines():
        fields = line.split(separator)
        if fields:
            every.setdefault(fields[0], []).append(fields[1:])
    return {key: found[0] if len(found) == 1 else found for key, found in every.items()}
