"""slurp on a POSIX host."""

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
    import base64

    path = files.expand(args["src"])
    if files.look(path, follow=True) is None:
        if context.check:
            raise Undecidable("file not found: %s" % path)
        raise Failed("file not found: %s" % path)
    if os.path.isdir(path):
        raise Failed("source is a directory and must be a file: %s" % path)
    content = base64.b64encode(files.read_bytes(path)).decode("ascii")
    return {"changed": False, "content": content, "source": path, "encoding": "base64"}
