"""service on a POSIX host."""

from __future__ import annotations

import glob
import os
import shlex
import time

from officefleet.agents import units
from officefleet.agents.kit import Context, Failed, Undecidable, need
from officefleet.agents.reading import read_text
from officefleet.modules.service.plan import for_systemd
from officefleet.modules.systemd import posix as systemd

TYPE_CHECKING = False  # typing costs an agent several milliseconds at its start
if TYPE_CHECKING:
    from typing import Any


def read(args: dict[str, Any], context: Context) -> dict[str, Any]:
    if args["use"] == "systemd" or (args["use"] != "sysvinit" and units.runs_systemd()):
        return dict(systemd.read(for_systemd(args), context), manager="systemd")
    script = "/etc/init.d/" + args["name"]
    if not os.path.exists(script):
        if context.check:
            raise Undecidable("there is no service %s yet; an earlier task may bring it" % args["name"])
        raise Failed("Could not find the requested service %s: host" % args["name"])
    return {
        "manager": "sysv",
        "running": _runs(args, context),
        "enabled": bool(glob.glob("/etc/rc[2345].d/S??" + glob.escape(args["name"]))),
    }


def _runs(args: dict[str, Any], context: Context) -> bool:
    """Return whether the service runs: by a process whose command line holds `pattern`, else by its script."""
    if args["pattern"] is None:
        return context.run(["/etc/init.d/" + args["name"], "status"], parse=True).rc == 0
    mine = str(os.getpid())
    for entry in os.listdir("/proc"):
        if entry.isdigit() and entry != mine:
            words = read_text("/proc/%s/cmdline" % entry).replace("\0", " ")
            if args["pattern"] in words:
                return True
    return False


def apply(change: dict[str, Any], context: Context) -> None:
    if change["op"] == "systemctl":
        systemd.apply(change, context)
        return
    if change["op"] == "update-rc.d":
        _must([need("update-rc.d"), change["path"], "defaults"], context)
        _must([need("update-rc.d"), change["path"], change["word"]], context)
        return
    for number, word in enumerate(change["words"]):
        if number:
            time.sleep(change["sleep"])
        _must(["/etc/init.d/" + change["path"], word, *shlex.split(change["arguments"])], context)


def _must(command: list[str], context: Context) -> None:
    done = context.run(command, parse=True)
    if done.rc != 0:
        text = (done.err or done.out).strip() or "%s ended with code %d" % (command[0], done.rc)
        raise Failed(text, rc=done.rc, stdout=done.out, stderr=done.err)
