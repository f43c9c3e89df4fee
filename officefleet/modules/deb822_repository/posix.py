"""deb822_repository on a POSIX host."""

from __future__ import annotations

import os

from officefleet.agents import textfile, writing
from officefleet.agents.files import read_bytes
from officefleet.agents.kit import Context, Failed
from officefleet.modules.deb822_repository.plan import dest_of, slug

TYPE_CHECKING = False  # typing costs an agent several milliseconds at its start
if TYPE_CHECKING:
    from typing import Any

_KEYRINGS = "/etc/apt/keyrings"
_LARGEST = 10 << 20  # bytes; a key is some kilobytes


def read(args: dict[str, Any], context: Context) -> dict[str, Any]:
    state = textfile.look(dest_of(args), args, context)
    base = "%s/%s" % (_KEYRINGS, slug(args["name"]))
    state["keys"] = [path for path in (base + ".asc", base + ".gpg") if os.path.exists(path)]
    state["key"] = None
    source = args["signed_by"]
    if args["state"] == "present" and source is not None and source.startswith(("http://", "https://")):
        data = fetch(source)
        path = base + (".asc" if b"-----BEGIN" in data else ".gpg")
        same = os.path.exists(path) and read_bytes(path) == data
        state["key"] = {"path": path, "same": same, "source": source}
    return state


def fetch(url: str) -> bytes:
    """Return the key behind a URL.

    Raises:
        Failed: it does not come, or is far too large for a key.

    """
    import urllib.request

    try:
        with urllib.request.urlopen(url, timeout=30) as stream:  # noqa: S310  http or https, as read has checked
            data: bytes = stream.read(_LARGEST + 1)
    except (OSError, ValueError) as error:
        raise Failed("cannot fetch the key %s: %s" % (url, error)) from None
    if len(data) > _LARGEST:
        raise Failed("%s is too large for a key" % url)
    return data


def apply(change: dict[str, Any], context: Context) -> dict[str, Any]:
    if change["op"] == "remove":
        os.unlink(change["path"])
        return {}
    if change["op"] == "key":
        os.makedirs(_KEYRINGS, 0o755, exist_ok=True)
        writing.write_atomic(change["path"], fetch(change["source"]), mode=0o644)
        return {}
    return writing.apply(change, context)
