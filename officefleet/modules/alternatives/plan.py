"""What alternatives changes."""

from __future__ import annotations

from officefleet.agents.kit import Failed
from officefleet.agents.steps import step

TYPE_CHECKING = False  # typing costs an agent several milliseconds at its start
if TYPE_CHECKING:
    from typing import Any

_PROGRAM = "update-alternatives"
_PRIORITY = 50


def plan(state: dict[str, Any], args: dict[str, Any]) -> list[dict[str, Any]]:
    """`state` is what `update-alternatives --query` says, and "exists": whether the path is there."""
    name, path = args["name"], args["path"]
    there = state["alternatives"].get(path)
    if args["state"] == "absent":
        if there is None:
            return []
        return [_run("--remove", name, path, before={"state": "present"}, after={"state": "absent"})]
    changes = []
    if _differs(there, state, args):
        changes.append(_install(there, state, args))
    mode, value = state["status"], state["value"]
    if args["state"] == "selected" and value != path:
        before, after = {"path": value}, {"path": path}
        changes.append(_run("--set", name, path, before=before, after=after))
    elif args["state"] == "selected" and mode == "auto" and not changes:
        return []
    elif args["state"] == "auto" and mode != "auto" and state["alternatives"]:
        changes.append(_run("--auto", name, before={"status": mode}, after={"status": "auto"}))
    return changes


def _run(*words: str, before: dict[str, Any], after: dict[str, Any]) -> dict[str, Any]:
    return step(_PROGRAM, *words, path=words[1], before=before, after=after)


def _slaves(args: dict[str, Any]) -> dict[str, dict[str, str]]:
    return {one["name"]: {"link": one["link"], "path": one["path"]} for one in args["subcommands"] or []}


def _differs(there: dict[str, Any] | None, state: dict[str, Any], args: dict[str, Any]) -> bool:
    """Return whether the alternative must be registered, for the first time or again."""
    if there is None:
        return True
    if args["priority"] is not None and there["priority"] != args["priority"]:
        return True
    if args["link"] is not None and state["link"] is not None and state["link"] != args["link"]:
        return True
    wanted = {name: one["path"] for name, one in _slaves(args).items()}
    return args["subcommands"] is not None and wanted != there["slaves"]


def _install(there: dict[str, Any] | None, state: dict[str, Any], args: dict[str, Any]) -> dict[str, Any]:
    link = args["link"] or state["link"]
    if link is None:
        raise Failed("Needed to install the alternative, but unable to do so as we are missing the link")
    if not state["exists"]:
        raise Failed("Specified path %s does not exist" % args["path"])
    priority = args["priority"]
    if priority is None:
        priority = there["priority"] if there is not None else _PRIORITY
    words = ["--install", link, args["name"], args["path"], str(priority)]
    slaves = _slaves(args)
    if args["subcommands"] is None and there is not None:
        slaves = {
            name: {"link": state["slaves"][name], "path": path}
            for name, path in there["slaves"].items()
            if name in state["slaves"]
        }
    for name, one in slaves.items():
        words += ["--slave", one["link"], name, one["path"]]
    before = {"priority": there["priority"], "link": state["link"]} if there else {"state": "absent"}
    return step(
        _PROGRAM, *words, path=args["name"], before=before, after={"priority": priority, "link": link}
    )


def result(state: dict[str, Any], args: dict[str, Any], changes: list[dict[str, Any]]) -> dict[str, Any]:
    return {}
