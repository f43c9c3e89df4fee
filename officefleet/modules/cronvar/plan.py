"""What cronvar changes."""

from __future__ import annotations

from officefleet.modules.cron.plan import file_of, position

TYPE_CHECKING = False  # typing costs an agent several milliseconds at its start
if TYPE_CHECKING:
    from typing import Any


def plan(state: dict[str, Any], args: dict[str, Any]) -> list[dict[str, Any]]:
    """`state` is {"text": the crontab, None when there is none}."""
    old = state["text"] or ""
    lines = old.splitlines()
    new = "".join(line + "\n" for line in edited(lines, args))
    if new == old or edited(lines, args) == lines:
        return []
    return [
        {
            "op": "crontab",
            "path": args["cron_file"] or "crontab of " + (args["user"] or "the agent's user"),
            "text": new,
            "file": file_of(args),
            "user": args["user"],
            "backup": args["backup"],
            "before": {"crontab": old},
            "after": {"crontab": new},
        }
    ]


def edited(lines: list[str], args: dict[str, Any]) -> list[str]:
    """Return the lines with the variable set, replaced in place, or left out."""
    place = position(lines, args["name"])
    if args["state"] == "absent":
        return lines if place is None else lines[:place] + lines[place + 1 :]
    line = "%s=%s" % (args["name"], quoted(args["value"]))
    if place is not None:
        same = unquoted(lines[place].partition("=")[2].strip()) == unquoted(args["value"])
        return lines if same else [*lines[:place], line, *lines[place + 1 :]]
    other = args["insertafter"] or args["insertbefore"]
    at = position(lines, other) if other else None
    at = 0 if at is None else at + (1 if args["insertafter"] else 0)
    return [*lines[:at], line, *lines[at:]]


def quoted(value: str) -> str:
    """Return a value as a crontab has it: cron(5) takes white space at the ends only in quotes."""
    if value[:1] == value[-1:] and value[:1] in ("'", '"') and len(value) > 1:
        return value
    return '"%s"' % value if not value or any(one.isspace() for one in value) else value


def unquoted(value: str) -> str:
    """Return a value without the quotes around it."""
    if len(value) > 1 and value[0] == value[-1] and value[0] in "'\"":
        return value[1:-1]
    return value


def result(state: dict[str, Any], args: dict[str, Any], changes: list[dict[str, Any]]) -> dict[str, Any]:
    text = changes[0]["text"] if changes else state["text"] or ""
    names = [
        line.partition("=")[0].strip()
        for line in text.splitlines()
        if "=" in line and line[0] not in "#@*0123456789"
    ]
    found: dict[str, Any] = {"vars": names}
    if args["cron_file"]:
        found["cron_file"] = args["cron_file"]
    return found
