"""tempfile on a POSIX host."""

from __future__ import annotations

import os

from officefleet.agents import files
from officefleet.agents.kit import Failed, Undecidable

TYPE_CHECKING = False  # importing typing would cost the host 2 ms
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from officefleet.agents.kit import Context


def run(args: Mapping[str, Any], context: Context) -> dict[str, Any]:
    if context.check:
        raise Undecidable("the name of a temporary file is known only once it is made")
    import tempfile

    folder = files.expand(args["path"]) if args["path"] is not None else None
    try:
        if args["state"] == "directory":
            path = tempfile.mkdtemp(args["suffix"], args["prefix"], folder)
        else:
            descriptor, path = tempfile.mkstemp(args["suffix"], args["prefix"], folder)
            os.close(descriptor)
    except OSError as error:
        raise Failed(str(error)) from None
    return {"changed": True, "path": path, **files.facts(files.describe(path))}
