"""What file changes."""

from __future__ import annotations

import os

from officefleet.agents import files
from officefleet.agents.kit import Failed

TYPE_CHECKING = False  # importing typing would cost the host 2 ms
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any


def goal(state: Mapping[str, Any], args: Mapping[str, Any]) -> str:
    """Return the wanted state; where the task names none, the present one."""
    if args["state"] is not None:
        return str(args["state"])
    if args["recurse"]:
        return "directory"
    found = state["found"]
    if found["kind"] == "file" and found["nlink"] > 1:
        return "hard"
    return "file" if found["kind"] in {"absent", "special"} else str(found["kind"])


def plan(state: Mapping[str, Any], args: Mapping[str, Any]) -> list[dict[str, Any]]:
    wanted = goal(state, args)
    if args["recurse"] and wanted != "directory":
        raise Failed("recurse option requires state to be 'directory'", path=state["path"])
    if args["src"] is not None and wanted not in {"link", "hard"}:
        raise Failed("src option requires state to be 'link' or 'hard'", path=state["path"])
    return _PLANS[wanted](state, args)


def _attributes(
    state: Mapping[str, Any], args: Mapping[str, Any], found: Mapping[str, Any], path: str
) -> list[dict[str, Any]]:
    return files.plan_attributes(found, state["wanted"], args["mode"], path, mask=state["born"]["umask"])


def _times(state: Mapping[str, Any], found: Mapping[str, Any], path: str) -> list[dict[str, Any]]:
    """Return the change of the times that are asked for; "now" always is one."""
    before: dict[str, Any] = {}
    after: dict[str, Any] = {}
    for name, wanted in state["times"].items():
        if wanted is not None and wanted != found.get(name):
            before[name] = found.get(name)
            after[name] = wanted
    if not after:
        return []
    return [{"op": "utime", "path": path, "before": before, "after": after}]


def _absent(state: Mapping[str, Any], _args: Mapping[str, Any]) -> list[dict[str, Any]]:
    found = state["found"]
    if found["kind"] == "absent":
        return []
    before = {"state": found["kind"]}
    if "content" in state:
        before["path_content"] = state["content"]
    return [{"op": "remove", "path": state["path"], "before": before, "after": {"state": "absent"}}]


def _file(state: Mapping[str, Any], args: Mapping[str, Any]) -> list[dict[str, Any]]:
    path, found = state["path"], state["found"]
    if found["kind"] not in {"file", "special"}:
        raise Failed(
            "file (%s) is %s, cannot continue" % (path, found["kind"]), path=path, state=found["kind"]
        )
    return _attributes(state, args, found, path) + _times(state, found, path)


def _directory(state: Mapping[str, Any], args: Mapping[str, Any]) -> list[dict[str, Any]]:
    path, found = state["path"], state["found"]
    if found["kind"] not in {"directory", "absent"}:
        raise Failed("%s already exists as a %s" % (path, files.facts(found)["state"]), path=path)
    changes = [_mkdir(parent, state, args) for parent in state["parents"]]
    if found["kind"] == "absent":
        fresh = files.predict_new(state["born"], "directory")
        return changes + _flags(_attributes(state, args, fresh, path)) + _times(state, {}, path)
    changes = _attributes(state, args, found, path) + _times(state, found, path)
    for entry in state["entries"] if args["recurse"] else []:
        changes += _attributes(state, args, entry, entry["path"])
        changes += _times(state, entry, entry["path"])
    return changes


def _mkdir(path: str, state: Mapping[str, Any], args: Mapping[str, Any]) -> dict[str, Any]:
    base = files.predict_new(state["born"], "directory")
    attributes = _attributes(state, args, base, path)
    before: dict[str, Any] = {"state": "absent"}
    after: dict[str, Any] = {"state": "directory"}
    for attribute in attributes:
        before.update(attribute["before"])
        after.update(attribute["after"])
    change = {"op": "mkdir", "path": path, "before": before, "after": after}
    if args["mode"] is not None:
        change["mode"] = files.predict_attributes(base, attributes)["mode"]
    change.update({number: state["wanted"][number] for number in ("uid", "gid") if number in state["wanted"]})
    return change


def _flags(changes: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return those of a new entry's attributes that it cannot be made with."""
    return [one for one in changes if one["op"] == "chattr"]


def _link(state: Mapping[str, Any], args: Mapping[str, Any]) -> list[dict[str, Any]]:
    path, found = state["path"], state["found"]
    source = args["src"]
    if source is None and found["kind"] != "link":
        raise Failed("src is required for creating new symlinks")
    if source is not None and not state["source"]["exists"] and not args["force"]:
        raise Failed(
            'src file does not exist, use "force=yes" if you really want to create the link: %s'
            % state["source"]["path"],
            path=path,
            src=source,
        )
    changes = []
    if source is not None and found.get("target") != source:
        _refuse_conversion(state, args, "symlink")
        before = {"src": found["target"]} if found["kind"] == "link" else {"state": found["kind"]}
        after = {"src": source} if found["kind"] == "link" else {"state": "link"}
        changes.append({"op": "symlink", "path": path, "target": source, "before": before, "after": after})
    if not args["follow"]:
        current = (
            found if found["kind"] == "link" and not changes else files.predict_new(state["born"], "link")
        )
        return changes + _attributes(state, args, current, path)
    if state["target"] is not None:
        through = _attributes(state, args, state["target"], path)
        changes += [dict(change, follow=True) for change in through]
    return changes


def _refuse_conversion(state: Mapping[str, Any], args: Mapping[str, Any], to: str) -> None:
    """Fail where something that is no link would be lost without the task having said so."""
    path, what = state["path"], state["found"]["kind"]
    if what in {"absent", "link"}:
        return
    if not args["force"]:
        raise Failed("refusing to convert from %s to %s for %s" % (what, to, path), path=path)
    if what == "directory" and not state["empty"]:
        raise Failed("the directory %s is not empty, refusing to convert it" % path, path=path)


def _hard(state: Mapping[str, Any], args: Mapping[str, Any]) -> list[dict[str, Any]]:
    path, found, source = state["path"], state["found"], args["src"]
    if source is None:
        if found["kind"] != "file":
            raise Failed("src is required for creating new hardlinks")
        return _attributes(state, args, found, path)
    target = state["target"]
    if target is None:
        raise Failed("src does not exist", dest=path, src=source)
    if found.get("inode") == target["inode"] and found.get("device") == target["device"]:
        return _attributes(state, args, found, path)
    if found["kind"] == "file" and not args["force"]:
        what = "different hard link" if found["nlink"] > 1 else "file"
        raise Failed("Cannot link, %s exists at destination" % what, dest=path, src=source)
    if found["kind"] == "directory":
        _refuse_conversion(state, args, "hard link")
    before, after = {"state": found["kind"]}, {"state": "hard"}
    link = {
        "op": "hardlink",
        "path": path,
        "target": state["source"]["path"],
        "before": before,
        "after": after,
    }
    return [link, *_attributes(state, args, target, path)]


def _touch(state: Mapping[str, Any], args: Mapping[str, Any]) -> list[dict[str, Any]]:
    path, found = state["path"], state["found"]
    if found["kind"] != "absent":
        return _attributes(state, args, found, path) + _times(state, found, path)
    base = files.predict_new(state["born"], "file")
    attributes = _attributes(state, args, base, path)
    before: dict[str, Any] = {"state": "absent"}
    after: dict[str, Any] = {"state": "touch"}
    for attribute in attributes:
        before.update(attribute["before"])
        after.update(attribute["after"])
    mode = files.predict_attributes(base, attributes)["mode"]
    change = {
        "op": "write",
        "path": path,
        "text": "",
        "size": 0,
        "mode": mode,
        "before": before,
        "after": after,
    }
    change.update({number: state["wanted"][number] for number in ("uid", "gid") if number in state["wanted"]})
    return [change, *_flags(attributes), *_times(state, {}, path)]


_PLANS = {
    "absent": _absent,
    "directory": _directory,
    "file": _file,
    "hard": _hard,
    "link": _link,
    "touch": _touch,
}


def result(
    state: Mapping[str, Any], args: Mapping[str, Any], changes: list[dict[str, Any]]
) -> dict[str, Any]:
    wanted = goal(state, args)
    if wanted == "absent":
        return {"path": state["path"], "state": "absent"}
    known: dict[str, Any] = {"dest" if wanted in {"link", "hard", "touch"} else "path": state["path"]}
    if wanted == "directory" and state.get("named", "").rstrip("/") == state["path"]:
        known["path"] = state["named"]  # with the slash that the task has given
    if wanted in {"link", "hard"}:
        known["src"] = args["src"]
    known.update(files.facts(_predict(state, args, wanted, changes)))
    if known["state"] == "directory" and state["found"]["kind"] == "absent":
        del known["size"]  # that of a new folder depends on the file system
    return known


def _predict(
    state: Mapping[str, Any], args: Mapping[str, Any], wanted: str, changes: list[dict[str, Any]]
) -> dict[str, Any]:
    """Return what `files.describe` will say of the path."""
    found = state["found"]
    made = [change for change in changes if change["op"] in {"symlink", "hardlink"}]
    own = [change for change in changes if change["path"] == state["path"] and not change.get("follow")]
    if wanted == "hard" and made:
        return files.predict_attributes(dict(state["target"], nlink=state["target"]["nlink"] + 1), own)
    if made:
        found = dict(files.predict_new(state["born"], "link"), size=len(os.fsencode(args["src"])))
    elif found["kind"] == "absent":
        found = _predict_new(state, args, "directory" if wanted == "directory" else "file")
    return files.predict_attributes(found, own)


def _predict_new(state: Mapping[str, Any], args: Mapping[str, Any], what: str) -> dict[str, Any]:
    base = files.predict_new(state["born"], what)
    return files.predict_attributes(base, _attributes(state, args, base, state["path"]))


def diff(state: Mapping[str, Any], args: Mapping[str, Any], changes: list[dict[str, Any]]) -> dict[str, Any]:
    before: dict[str, Any] = {"path": state["path"]}
    after: dict[str, Any] = {"path": state["path"]}
    for change in changes:
        if change["path"] == state["path"]:
            before.update(change["before"])
            after.update(change["after"])
    return {"before": before, "after": after}
