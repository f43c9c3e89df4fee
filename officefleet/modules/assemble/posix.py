"""assemble on a POSIX host."""

from __future__ import annotations

import os

from officefleet.agents import files, text
from officefleet.agents.kit import Failed, Undecidable
from officefleet.modules.assemble.plan import chosen

TYPE_CHECKING = False  # importing typing would cost the host 2 ms
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from officefleet.agents.kit import Context


def read(args: Mapping[str, Any], context: Context) -> dict[str, Any]:
    source = files.expand(args["src"])
    if not os.path.isdir(source):
        if context.check and not os.path.lexists(source):
            raise Undecidable("Source (%s) does not exist" % source)
        what = "is not a directory" if os.path.lexists(source) else "does not exist"
        raise Failed("Source (%s) %s" % (source, what))
    state = text.read(dict(args, create=True), context, path=files.expand(args["dest"]))
    folder = os.path.dirname(os.path.abspath(state["path"]))
    if state["parents"]:
        if context.check:
            raise Undecidable("Destination directory %s does not exist" % folder)
        raise Failed("Destination directory %s does not exist" % folder)
    paths = [os.path.join(source, name) for name in chosen(os.listdir(source), args)]
    fragments = [files.read_bytes(path) for path in paths if os.path.isfile(path)]
    state["src"] = source
    state["fragments"] = [data.decode("utf-8", "surrogateescape") for data in fragments]
    return state


def apply(change: Mapping[str, Any], context: Context) -> dict[str, Any]:
    return text.apply(change, context)
