"""What win_certificate_store changes.

`state` is {"kind": of the path, "file": [thumbprints in it], "store": [thumbprints in the store], "exported": what the file
would hold is what it holds}.
"""

from __future__ import annotations

from typing import Any

from officefleet.agents.kit import Failed
from officefleet.modules.windows import change


def place(args: dict[str, Any]) -> dict[str, Any]:
    return {"location": args["store_location"], "store": args["store_name"], "password": args["password"]}


def plan(state: dict[str, Any], args: dict[str, Any]) -> list[dict[str, Any]]:
    if args["state"] == "exported":
        return _export(state, args)
    if args["thumbprint"] is not None and args["state"] == "absent":
        meant = [args["thumbprint"]]
    else:
        if state["kind"] != "file":
            raise Failed("there is no certificate file %s" % args["path"])
        meant = [one for one in state["file"] if args["thumbprint"] in (None, one)]
        if not meant:
            raise Failed("%s does not hold the certificate" % args["path"])
    if args["state"] == "absent":
        gone = [one for one in meant if one in state["store"]]
        labels = dict.fromkeys(gone, True)
        return (
            [change("remove", args["store_name"], labels, {}, thumbprints=gone, **place(args))]
            if gone
            else []
        )
    new = [one for one in meant if one not in state["store"]]
    if not new:
        return []
    more = {"file": args["path"], "exportable": args["key_exportable"], "storage": args["key_storage"]}
    labels = dict.fromkeys(new, True)
    return [change("import", args["store_name"], {}, labels, thumbprints=new, **more, **place(args))]


def _export(state: dict[str, Any], args: dict[str, Any]) -> list[dict[str, Any]]:
    if state["kind"] == "directory":
        raise Failed("%s is a folder; the name of a file is needed" % args["path"])
    if args["thumbprint"] not in state["store"]:
        raise Failed(
            "the store %s does not hold the certificate %s" % (args["store_name"], args["thumbprint"])
        )
    if state["exported"]:
        return []
    before, after = {args["path"]: state["file"]}, {args["path"]: [args["thumbprint"]]}
    more = {"thumbprints": [args["thumbprint"]], "type": args["file_type"]}
    return [change("export", args["path"], before, after, **more, **place(args))]


def result(_state: dict[str, Any], _args: dict[str, Any], changes: list[dict[str, Any]]) -> dict[str, Any]:
    return {"thumbprints": changes[0]["thumbprints"] if changes else []}
