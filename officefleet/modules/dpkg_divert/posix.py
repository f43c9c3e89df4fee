"""dpkg_divert on a POSIX host."""

from __future__ import annotations

from officefleet.agents import files
from officefleet.agents.kit import Context, need
from officefleet.agents.steps import run_step
from officefleet.modules.dpkg_divert.plan import wanted_diversion

TYPE_CHECKING = False  # typing costs an agent several milliseconds at its start
if TYPE_CHECKING:
    from typing import Any


def read(args: dict[str, Any], context: Context) -> dict[str, Any]:
    program, path = need("dpkg-divert"), args["path"]
    holder = context.run([program, "--listpackage", path], parse=True).out.strip()
    divert = None
    if holder:
        divert = context.run([program, "--truename", path], parse=True).out.strip()
    target = divert or wanted_diversion(args)["divert"]
    return {
        "holder": holder or None,
        "divert": divert,
        "file": files.kind(path),
        "target": files.kind(target),
    }


def apply(change: dict[str, Any], context: Context) -> None:
    run_step(change, context)
