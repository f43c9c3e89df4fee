"""locale_gen on a POSIX host."""

from __future__ import annotations

import os

from officefleet.agents import textfile, writing
from officefleet.agents.kit import Context, Failed, Undecidable, need
from officefleet.agents.reading import read_lines

TYPE_CHECKING = False  # typing costs an agent several milliseconds at its start
if TYPE_CHECKING:
    from typing import Any

_FILE = "/etc/locale.gen"
_SUPPORTED = "/usr/share/i18n/SUPPORTED"


def read(args: dict[str, Any], context: Context) -> dict[str, Any]:
    if not os.path.exists(_SUPPORTED):
        if context.check:
            raise Undecidable("the package locales is not installed yet; an earlier task may bring it")
        raise Failed("the package locales is not installed on the host")
    state = textfile.look(_FILE, args, context)
    state["made"] = context.run([need("locale"), "-a"], parse=True).out.split()
    rows = [line.split() for line in read_lines(_SUPPORTED)]
    state["supported"] = {row[0]: row[1] for row in rows if row[1:]}
    return state


def apply(change: dict[str, Any], context: Context) -> dict[str, Any]:
    if change["op"] != "generate":
        return writing.apply(change, context)
    done = context.run([need("locale-gen")], parse=True)
    if done.rc != 0:
        raise Failed("locale-gen failed: %s" % (done.err or done.out).strip(), rc=done.rc)
    return {}
