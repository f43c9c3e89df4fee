from __future__ import annotations

from officefleet.agents import textfile, writing

TYPE_CHECKING = False  # typing costs an agent several milliseconds at its start
if TYPE_CHECKING:
    from typing import Any

_FIELDS = 4
_UNLIMITED = ("unlimited", "infinity", "-1")


def plan(state: dict[str, Any], args: dict[str, Any]) -> list[dict[str, Any]]:
    """`state` is the file's (`textfile.look`)."""
    text = state["text"] or ""
    new = edited(text, args)
    return [] if new == text else writing.plan_text(state, {"backup": args["backup"]}, new)


def edited(text: str, args: dict[str, Any]) -> str:
    """Return the file's text with the limit once, in its old place or at the end."""
    found = []
    done = False
    for line in text.splitlines():
        fields = line.partition("#")[0].split()
        if len(fields) < _FIELDS or fields[:3] != [args["domain"], args["limit_type"], args["limit_item"]]:
            found.append(line)
        elif not done:
            value = chosen(fields[3], args)
            found.append(line if value == fields[3] else limit(value, args))
            done = True
    if not done:
        end = [line for line in found if line.strip() == "# End of file"]
        found = [line for line in found if line not in end] + [limit(args["value"], args), *end]
    return text if found == text.splitlines() else "".join(line + "\n" for line in found)


def chosen(old: str, args: dict[str, Any]) -> str:
    """Return the value to stand: the new one, or the larger or smaller of both."""
    new: str = args["value"]
    if not (args["use_max"] or args["use_min"]):
        return new
    larger, smaller = (old, new) if size(old) >= size(new) else (new, old)
    return larger if args["use_max"] else smaller


def size(value: str) -> float:
    return float("inf") if value in _UNLIMITED else float(value)


def limit(value: str, args: dict[str, Any]) -> str:
    comment = "\t#" + args["comment"] if args["comment"] else ""
    return "\t".join([args["domain"], args["limit_type"], args["limit_item"], value]) + comment


def result(state: dict[str, Any], args: dict[str, Any], changes: list[dict[str, Any]]) -> dict[str, Any]:
    old = (state["text"] or "").splitlines()
    new = changes[0]["text"].splitlines() if changes else old
    return {"msg": "".join(line for line in new if line not in old)}


def diff(state: dict[str, Any], args: dict[str, Any], changes: list[dict[str, Any]]) -> dict[str, str]:
    return textfile.differences(state, changes)
