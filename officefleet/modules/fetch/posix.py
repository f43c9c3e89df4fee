"""fetch on a POSIX host: reads the file; controller.py writes it."""

from __future__ import annotations

import os

from officefleet.agents import files
from officefleet.agents.kit import Failed, Undecidable

TYPE_CHECKING = False  # importing typing would cost the host 2 ms
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from officefleet.agents.kit import Context

_MISSING = "the remote file does not exist, not transferring, ignored"


def run(args: Mapping[str, Any], context: Context) -> dict[str, Any]:
    path = files.expand(args["src"])
    if files.look(path, follow=True) is None:
        if context.check:
            raise Undecidable("%s does not exist yet" % path)
        return _problem(args, path, _MISSING)
    if os.path.isdir(path):
        ignored = "" if args["fail_on_missing"] else ", not transferring, ignored"
        return _problem(args, path, "remote file is a directory, fetch cannot work on directories" + ignored)
    import base64
    import hashlib
    import zlib

    try:
        data = files.read_bytes(path)
    except Failed as error:
        return _problem(args, path, error.msg)
    checksum = hashlib.sha1(data).hexdigest()  # noqa: S324  Ansible's checksum; it protects against accidents
    result: dict[str, Any] = {
        "changed": checksum != args["_have"],
        "remote_checksum": checksum,
        "_path": path,
    }
    if result["changed"] and not context.check:
        result["_content"] = base64.b64encode(zlib.compress(data, 6)).decode("ascii")
    return result


def _problem(args: Mapping[str, Any], path: str, message: str) -> dict[str, Any]:
    if args["fail_on_missing"]:
        raise Failed(message, file=path)
    return {"changed": False, "file": path, "msg": message}
