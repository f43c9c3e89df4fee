"""sysvinit on a POSIX host."""

from __future__ import annotations

import glob
import os
import shlex
import time

from officefleet.agents.kit import Context, Failed, Undecidable, need
from officefleet.agents.reading import read_text

TYPE_CHECKING = False  # typing costs an agent several milliseconds at its start
if TYPE_CHECKING:
    from typing import Any


def run(args: dict[str, Any], context: Context) -> dict[str, Any]:
    name = args["name"]
    script = name if name.startswith("/") else "/etc/init.d/" + name
    if not os.path.exists(script):
        if context.check:
            raise Undecidable("there is no service %s yet; an earlier task may bring it" % name)
        raise Failed("Could not find the requested service %s: " % name)
    result: dict[str, Any] = {"changed": False, "name": name, "status": {}}
    if args["enabled"] is not None:
        result["status"]["enabled"] = _enable(args, context)
        result["changed"] = result["status"]["enabled"]["changed"]
        result["enabled"] = args["enabled"]
    if args["state"] is not None:
        words = _words(args, running=_runs(script, args, context))
        result["status"][args["state"]] = {"changed": bool(words), "rc": None, "stdout": None, "stderr": None}
        result["changed"] = result["changed"] or bool(words)
        result["state"] = args["state"]
        if not context.check:
            result["status"][args["state"]].update(_call(script, words, args, context))
    return result


def _words(args: dict[str, Any], *, running: bool) -> list[str]:
    """Return what the script is called with, one after the other."""
    if args["state"] == "started":
        return [] if running else ["start"]
    if args["state"] == "stopped":
        return ["stop"] if running else []
    return ["stop", "start"]


def _runs(script: str, args: dict[str, Any], context: Context) -> bool:
    """Return whether the service runs: by a process whose command line holds `pattern`, else by its script."""
    if args["pattern"] is None:
        done = context.run([script, "status"], parse=True)
        if done.rc == 0:
            return not any(word in done.out.lower() for word in ("not running", "stopped"))
        return False
    mine = str(os.getpid())
    return any(
        args["pattern"] in read_text("/proc/%s/cmdline" % entry).replace("\0", " ")
        for entry in os.listdir("/proc")
        if entry.isdigit() and entry != mine
    )


def _call(script: str, words: list[str], args: dict[str, Any], context: Context) -> dict[str, Any]:
    outcome: dict[str, Any] = {}
    for number, word in enumerate(words):
        if number:
            time.sleep(args["sleep"])
        done = context.run([script, word, *shlex.split(args["arguments"])])
        outcome = {"rc": done.rc, "stdout": done.out, "stderr": done.err}
        failed = done.rc != 0 and not (word == "stop" and len(words) > 1)
        if failed:
            raise Failed("Failed to %s service: %s" % (word, args["name"]), name=args["name"], **outcome)
    return outcome


def _enable(args: dict[str, Any], context: Context) -> dict[str, Any]:
    """Let the service start at boot, or not; return Ansible's fields."""
    name = os.path.basename(args["name"])
    levels = args["runlevels"]
    folders = ["/etc/rc%s.d" % level for level in levels] if levels else ["/etc/rc[2345].d"]
    links = [bool(glob.glob("%s/S??%s" % (folder, glob.escape(name)))) for folder in folders]
    enabled = all(links) if args["enabled"] else any(links)
    if enabled == args["enabled"]:
        return {"changed": False, "rc": None, "stdout": None, "stderr": None}
    done = None
    if not context.check:
        program = need("update-rc.d")
        word = "enable" if args["enabled"] else "disable"
        for words in ([name, "defaults"], [name, word, *(levels or [])]):
            done = context.run([program, *words], parse=True)
            if done.rc != 0:
                raise Failed("Failed to %s service %s: %s" % (word, name, done.err.strip()), rc=done.rc)
    fields = {"rc": done.rc, "stdout": done.out, "stderr": done.err} if done else {"rc": None}
    return {"changed": True, **fields}
