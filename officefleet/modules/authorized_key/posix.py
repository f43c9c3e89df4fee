"""authorized_key on a POSIX host."""

from __future__ import annotations

import os
import re

from officefleet.agents import files, text
from officefleet.agents.kit import Failed, Undecidable

TYPE_CHECKING = False  # importing typing would cost the host 2 ms
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from officefleet.agents.kit import Context


def read(args: Mapping[str, Any], context: Context) -> dict[str, Any]:
    import pwd

    try:
        user = pwd.getpwnam(args["user"])
    except KeyError:
        message = "Failed to lookup user %s" % args["user"]
        if context.check:
            raise Undecidable(message) from None
        raise Failed(message) from None
    path = os.path.join(user.pw_dir, ".ssh", "authorized_keys")
    if args["path"] is not None:
        path = files.expand(args["path"].replace("%h", user.pw_dir).replace("%u", args["user"]))
    folder = os.path.dirname(os.path.abspath(path))
    if args["path"] is None:
        _refuse_elsewhere(folder, user.pw_dir)
    state = text.read(dict(args, create=True, owner=None, group=None), context, path=path)
    if not args["follow"]:
        state["found"] = files.describe(path)
    state["wanted"] = {
        "uid": user.pw_uid,
        "gid": user.pw_gid,
        "owner": args["user"],
        "group": files.group_name(user.pw_gid),
    }
    state["folder"] = {"path": folder, "found": files.describe(folder, follow=True)}
    if state["folder"]["found"]["kind"] == "absent":
        _require_folder(folder, args, context)
    state["keys"] = _keys(args)
    return state


def _refuse_elsewhere(folder: str, home: str) -> None:
    """Fail when a user has turned ~/.ssh into a link out of the home: its key would let in as someone else."""
    real = os.path.realpath(folder)
    if not real.startswith(os.path.realpath(home).rstrip("/") + "/"):
        raise Failed("%s leads out of the user's home, to %s; give path to write there" % (folder, real))


def _require_folder(folder: str, args: Mapping[str, Any], context: Context) -> None:
    home = os.path.dirname(folder)
    if args["manage_dir"] and os.path.isdir(home):
        return
    missing = home if args["manage_dir"] else folder
    if context.check:
        raise Undecidable("%s does not exist yet" % missing)
    if args["state"] == "present":
        raise Failed("%s does not exist" % missing)


def _keys(args: Mapping[str, Any]) -> str:
    """Return the text of the keys, read from the address where one is given."""
    key: str = args["key"]
    if not re.match(r"^(https?|ftp)://\S+$", key.strip()):
        return key
    from officefleet.agents import http

    return http.get_text(key.strip(), validate=args["validate_certs"])


def apply(change: Mapping[str, Any], context: Context) -> dict[str, Any]:
    return text.apply(change, context)
