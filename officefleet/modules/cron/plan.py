from __future__ import annotations

import re

from officefleet.agents.kit import Failed

TYPE_CHECKING = False  # typing costs an agent several milliseconds at its start
if TYPE_CHECKING:
    from typing import Any

_MARK = "#Ansible: "  # what Ansible puts before a job's name; the same, so that both find each other's jobs
_VARIABLE = re.compile(r"^(\w+)\s*=")


def plan(state: dict[str, Any], args: dict[str, Any]) -> list[dict[str, Any]]:
    """`state` is {"text": the crontab, None when there is none}."""
    old = state["text"] or ""
    new = edited(old, args)
    if new == old:
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


def file_of(args: dict[str, Any]) -> str | None:
    """Return the path of the cron file, None for a user's crontab."""
    name: str | None = args["cron_file"]
    return name if name is None or name.startswith("/") else "/etc/cron.d/" + name


def edited(text: str, args: dict[str, Any]) -> str:
    lines = text.splitlines()
    lines = variable(lines, args) if args["env"] else job(lines, args)
    return "".join(line + "\n" for line in lines)


def job(lines: list[str], args: dict[str, Any]) -> list[str]:
    """Return the lines with the job put, replaced in place, or left out."""
    mark = _MARK + args["name"]
    wanted = [mark, job_line(args)] if args["state"] == "present" else []
    found = []
    place = 0
    done = False
    while place < len(lines):
        if lines[place] == mark:
            if not done:
                found += wanted
            done = True
            place += 2
        else:
            found.append(lines[place])
            place += 1
    return found if done else found + wanted


def job_line(args: dict[str, Any]) -> str:
    times = [args[name] for name in ("minute", "hour", "day", "month", "weekday")]
    if args["special_time"]:
        times = ["@" + args["special_time"]]
    who = [args["user"] or "root"] if args["cron_file"] else []
    return ("#" if args["disabled"] else "") + " ".join([*times, *who, args["job"]])


def variable(lines: list[str], args: dict[str, Any]) -> list[str]:
    """Return the lines with the variable set, replaced in place, or left out."""
    place = position(lines, args["name"])
    if args["state"] == "absent":
        return lines if place is None else lines[:place] + lines[place + 1 :]
    line = '%s="%s"' % (args["name"], args["job"])
    if place is not None:
        return [*lines[:place], line, *lines[place + 1 :]]
    other = args["insertafter"] or args["insertbefore"]
    at = 0
    if other:
        beside = position(lines, other)
        if beside is None:
            raise Failed("Variable named '%s' not found." % other)
        at = beside + 1 if args["insertafter"] else beside
    return [*lines[:at], line, *lines[at:]]


def position(lines: list[str], name: str) -> int | None:
    for number, line in enumerate(lines):
        found = _VARIABLE.match(line)
        if found and found.group(1) == name:
            return number
    return None


def result(state: dict[str, Any], args: dict[str, Any], changes: list[dict[str, Any]]) -> dict[str, Any]:
    text = changes[0]["text"] if changes else state["text"] or ""
    lines = text.splitlines()
    found: dict[str, Any] = {
        "jobs": [line[len(_MARK) :] for line in lines if line.startswith(_MARK)],
        "envs": [match.group(1) for match in map(_VARIABLE.match, lines) if match],
    }
    if args["cron_file"]:
        found["cron_file"] = args["cron_file"]
    return found


def diff(state: dict[str, Any], args: dict[str, Any], changes: list[dict[str, Any]]) -> dict[str, Any]:
    old = state["text"] or ""
    header = file_of(args) or "crontab"
    return {
        "before": old,
        "after": changes[0]["text"] if changes else old,
        "before_header": header,
        "after_header": header,
    }
