"""What win_driver changes.

`state` is {"drivers": [{"published", "original", "version", "provider"}] of the store, "files": {name: sha256} beside the INF,
"signatures": {catalogue: status}}.
"""

from __future__ import annotations

from typing import Any

from officefleet.agents.kit import Failed
from officefleet.modules.windows import change, same, split_path


def _number(version: str) -> tuple[int, ...]:
    return tuple(int(part) if part.isdigit() else -1 for part in version.split("."))


def matching(state: dict[str, Any], args: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the packages of the store that are meant: the INF's original name, and the version if one is given."""
    name = args["name"] or split_path(args["path"])[1]
    return [
        one
        for one in state["drivers"]
        if same(one["original"], name)
        and (args["version"] is None or _number(one["version"]) == _number(args["version"]))
    ]


def plan(state: dict[str, Any], args: dict[str, Any]) -> list[dict[str, Any]]:
    found = matching(state, args)
    if args["state"] == "absent":
        return [
            change("remove", one["published"], {one["original"]: one["version"]}, {}, force=args["force"])
            for one in found
        ]
    if found:
        return []
    folder, inf = split_path(args["path"])
    files = {name.lower(): sum_ for name, sum_ in state["files"].items()}
    if inf.lower() not in files:
        raise Failed("there is no driver package %s on the host" % args["path"])
    for name, sum_ in args["sha256"].items():
        if name not in files:
            raise Failed("the driver package lacks %s" % name)
        if files[name] != sum_:
            raise Failed("%s is not the file that was examined" % name, expected=sum_, found=files[name])
    # every file that Windows would run or trust must be pinned: a changed one beside would come in unseen
    loose = sorted(name for name in files if name.endswith((".inf", ".cat")) and name not in args["sha256"])
    if loose:
        raise Failed("sha256 does not name %s" % ", ".join(loose))
    unsigned = sorted(name for name, status in state["signatures"].items() if status != "Valid")
    if unsigned or not state["signatures"]:
        raise Failed(
            "the driver package is not validly signed: %s" % (", ".join(unsigned) or "it has no catalogue")
        )
    label = args["name"] or inf
    more = {"folder": folder, "install": args["install"], "sha256": args["sha256"]}
    return [change("add", args["path"], {}, {label: args["version"]}, **more)]


def result(state: dict[str, Any], args: dict[str, Any], _changes: list[dict[str, Any]]) -> dict[str, Any]:
    return {"published_names": [one["published"] for one in matching(state, args)], "reboot_required": False}
