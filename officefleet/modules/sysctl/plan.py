from __future__ import annotations

from officefleet.agents import textfile, writing

TYPE_CHECKING = False  # typing costs an agent several milliseconds at its start
if TYPE_CHECKING:
    from typing import Any


def plan(state: dict[str, Any], args: dict[str, Any]) -> list[dict[str, Any]]:
    """`state` is the file's (`textfile.look`) and "current", the kernel's value (None: no such parameter)."""
    changes = writing.plan_text(state, {}, edited(state["text"] or "", args))
    if changes and not changes[0]["before"]:
        changes[0].update(
            before={args["name"]: value_in(state["text"] or "", args["name"])},
            after={args["name"]: args["value"]},
        )
    if changes and args["reload"]:
        changes.append({"op": "reload", "path": args["sysctl_file"], "ignore": args["ignoreerrors"]})
    if args["sysctl_set"] and args["state"] == "present" and words(state["current"]) != words(args["value"]):
        changes.append(
            {
                "op": "set",
                "path": args["name"],
                "value": args["value"],
                "ignore": args["ignoreerrors"],
                "before": {"current": state["current"]},
                "after": {"current": args["value"]},
            }
        )
    return changes


def words(value: str | None) -> list[str]:
    """Return a value's parts: the kernel separates with tabs what a file separates with blanks."""
    return (value or "").split()


def name_of(line: str) -> str | None:
    """Return the parameter that a line of the file sets, None when it sets none."""
    text = line.strip()
    if not text or text[0] in "#;" or "=" not in text:
        return None
    return text.partition("=")[0].strip().lstrip("-").replace("/", ".")


def value_in(text: str, name: str) -> str | None:
    found = None
    for line in text.splitlines():
        if name_of(line) == name.replace("/", "."):
            found = line.partition("=")[2].strip()
    return found


def edited(text: str, args: dict[str, Any]) -> str:
    """Return the file's text with the parameter once, at its first place, or nowhere."""
    name = args["name"].replace("/", ".")
    line = None if args["state"] == "absent" else "%s=%s" % (args["name"], args["value"].strip())
    if line is not None and words(value_in(text, name)) == words(args["value"]):
        return text
    found = []
    done = line is None
    for old in text.splitlines():
        if name_of(old) != name:
            found.append(old)
        elif not done:
            found.append(line or "")
            done = True
    if not done:
        found.append(line or "")
    return "".join(one + "\n" for one in found)


def diff(state: dict[str, Any], args: dict[str, Any], changes: list[dict[str, Any]]) -> dict[str, str]:
    return textfile.differences(state, changes)
