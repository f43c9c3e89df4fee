"""service_facts on a POSIX host."""

from __future__ import annotations

import os

from officefleet.agents.kit import Context, need
from officefleet.agents.units import runs_systemd

TYPE_CHECKING = False  # typing costs an agent several milliseconds at its start
if TYPE_CHECKING:
    from typing import Any

_LISTING = ["--no-pager", "--no-legend", "--type", "service", "--all", "--plain"]
_COLUMNS = 4  # of list-units before the description: unit, load, active, sub


def run(args: dict[str, Any], context: Context) -> dict[str, Any]:
    found = with_systemd(context) if runs_systemd() else init_scripts(context)
    return {"changed": False, "ansible_facts": {"services": found}}


def with_systemd(context: Context) -> dict[str, dict[str, str]]:
    program = need("systemctl")
    units = context.run([program, "list-units", *_LISTING], parse=True).out
    files = context.run([program, "list-unit-files", *_LISTING], parse=True).out
    found = services(units, files)
    others = [name for name, one in found.items() if one["state"] == "unknown" and "@." not in name]
    if others:  # aliases, and units that nothing has loaded
        shown = context.run([program, "show", "--property=ActiveState", *others], parse=True).out.split()
        for name, line in zip(others, shown):  # noqa: B905  Python 3.8 has no strict
            found[name]["state"] = line.partition("=")[2]
    return found


def services(units: str, files: str) -> dict[str, dict[str, str]]:
    """Return the services that systemctl's two listings hold."""
    found: dict[str, dict[str, str]] = {}
    for line in files.splitlines():
        fields = line.split()
        if fields[1:]:
            found[fields[0]] = {
                "name": fields[0],
                "state": "inactive",
                "status": fields[1],
                "source": "systemd",
            }
    for line in units.splitlines():
        fields = line.split(None, _COLUMNS)
        if len(fields) < _COLUMNS:
            continue
        name, load, active, sub = fields[:_COLUMNS]
        state = "running" if sub == "running" else "failed" if "failed" in (active, sub) else "stopped"
        status = found[name]["status"] if name in found else active
        if load in ("not-found", "masked"):
            status = load
        found[name] = {"name": name, "state": state, "status": status, "source": "systemd"}
    return found


def init_scripts(context: Context) -> dict[str, dict[str, str]]:
    """Return the services of /etc/init.d, each asked whether it runs."""
    found = {}
    folder = "/etc/init.d"
    for name in sorted(os.listdir(folder)) if os.path.isdir(folder) else []:
        path = os.path.join(folder, name)
        if os.access(path, os.X_OK):
            done = context.run([path, "status"], parse=True, timeout=10)
            found[name] = {"name": name, "state": "running" if done.rc == 0 else "stopped", "source": "sysv"}
    return found
