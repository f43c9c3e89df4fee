"""What dpkg_divert changes."""

from __future__ import annotations

from officefleet.agents.kit import Failed
from officefleet.agents.steps import step

TYPE_CHECKING = False  # typing costs an agent several milliseconds at its start
if TYPE_CHECKING:
    from typing import Any

_LOCAL = ("", "LOCAL", None)


def plan(state: dict[str, Any], args: dict[str, Any]) -> list[dict[str, Any]]:
    """`state` is {"holder", "divert": of the diversion there is or None, "file", "target": kinds of what is there}."""
    present = args["state"] == "present"
    wanted = wanted_diversion(args)
    have = {"holder": state["holder"], "divert": state["divert"]}
    if present and have == wanted:
        return []
    if not present and state["divert"] is None:
        return []
    changes = []
    if state["divert"] is not None:
        if present and not args["force"]:
            raise Failed(
                "the diversion of %s is another one: %s by %s"
                % (args["path"], state["divert"], state["holder"])
            )
        changes.append(_remove(state, args))
    if present:
        changes.append(_add(state, args, wanted))
    return changes


def wanted_diversion(args: dict[str, Any]) -> dict[str, Any]:
    holder = "LOCAL" if args["holder"] in _LOCAL else args["holder"]
    return {"holder": holder, "divert": args["divert"] or args["path"] + ".distrib"}


def _options(args: dict[str, Any], *, rename: bool) -> list[str]:
    return ["--rename" if rename and args["rename"] else "--no-rename", "--quiet"]


def _remove(state: dict[str, Any], args: dict[str, Any]) -> dict[str, Any]:
    words = [
        *_options(args, rename=_may_rename(args, state["target"], state["file"])),
        "--remove",
        args["path"],
    ]
    return step(
        "dpkg-divert", *words, path=args["path"],
        before={"holder": state["holder"], "divert": state["divert"], "state": "present"}, after={"state": "absent"},
    )  # fmt: skip


def _add(state: dict[str, Any], args: dict[str, Any], wanted: dict[str, Any]) -> dict[str, Any]:
    words = _options(args, rename=_may_rename(args, state["file"], state["target"]))
    words += ["--local"] if wanted["holder"] == "LOCAL" else ["--package", wanted["holder"]]
    words += ["--divert", wanted["divert"], "--add", args["path"]]
    return step(
        "dpkg-divert", *words, path=args["path"], before={"state": "absent"}, after=dict(wanted, state="present")
    )  # fmt: skip


def _may_rename(args: dict[str, Any], source: str, target: str) -> bool:
    """Return whether a file may be moved; one that is in the way is only replaced with `force`."""
    if args["rename"] and source != "absent" and target != "absent" and not args["force"]:
        raise Failed("%s cannot be renamed: there is a file where it would go; see force" % args["path"])
    return target == "absent" or source == "absent"


def result(state: dict[str, Any], args: dict[str, Any], changes: list[dict[str, Any]]) -> dict[str, Any]:
    wanted = wanted_diversion(args)
    after: dict[str, Any] = {"path": args["path"], "state": args["state"]}
    if args["state"] == "present":
        after.update(wanted)
    commands = [" ".join([change["program"], *change["words"]]) for change in changes]
    return {"diversion": after, "commands": commands, "messages": []}
