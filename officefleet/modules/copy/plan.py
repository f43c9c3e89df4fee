"""What copy changes. A state holds items: what shall be where, and what is there now."""

from __future__ import annotations

from officefleet.agents import files, writing
from officefleet.agents.kit import Failed

TYPE_CHECKING = False  # importing typing would cost the host 2 ms
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any


def plan(state: Mapping[str, Any], args: Mapping[str, Any]) -> list[dict[str, Any]]:
    changes = [_make_folder(path, state, args["directory_mode"]) for path in state["parents"]]
    for item in state["items"]:
        changes.extend(_PLANS[item["kind"]](item, state, args))
    return changes


def _make_folder(path: str, state: Mapping[str, Any], mode: str | int | None) -> dict[str, Any]:
    """Return the change that makes a folder with its attributes."""
    base = files.predict_new(state["born"], "directory")
    attributes = files.plan_attributes(base, state["wanted"], mode, path, mask=state["born"]["umask"])
    after = files.predict_attributes(base, attributes)
    change = {"op": "mkdir", "path": path, "mode": after["mode"] if mode is not None else None}
    change.update({number: state["wanted"][number] for number in ("uid", "gid") if number in state["wanted"]})
    return dict(change, before={"state": "absent"}, after={"state": "directory"})


def _plan_folder(
    item: Mapping[str, Any], state: Mapping[str, Any], args: Mapping[str, Any]
) -> list[dict[str, Any]]:
    found = item["found"]
    if found["kind"] == "directory":
        return []
    if found["kind"] != "absent":
        raise Failed("%s already exists as a %s" % (item["path"], found["kind"]), path=item["path"])
    mode = args["directory_mode"]
    return [
        _make_folder(item["path"], state, item.get("mode") if mode is None and args["remote_src"] else mode)
    ]


def _plan_link(
    item: Mapping[str, Any], state: Mapping[str, Any], args: Mapping[str, Any]
) -> list[dict[str, Any]]:
    found = item["found"]
    if found["kind"] == "link" and found["target"] == item["target"]:
        return []
    if found["kind"] == "directory":
        raise Failed("%s already exists as a directory" % item["path"], path=item["path"])
    if found["kind"] != "absent" and not args["force"]:
        return []
    return [
        {
            "op": "symlink",
            "path": item["path"],
            "target": item["target"],
            "before": {"state": found["kind"]},
            "after": {"state": "link"},
        }
    ]


def _plan_file(
    item: Mapping[str, Any], state: Mapping[str, Any], args: Mapping[str, Any]
) -> list[dict[str, Any]]:
    found = item["found"]
    if found["kind"] in {"directory", "special"}:
        raise Failed("%s already exists as a %s" % (item["path"], found["kind"]), path=item["path"])
    if found["kind"] != "absent" and not args["force"]:
        return []
    wanted = dict(args, mode=item["mode"] if args["mode"] == "preserve" else args["mode"])
    if args["mode"] is None and item.get("keep_mode"):
        wanted["mode"] = item["mode"]
    same = found.get("sha1") == item["sha1"]
    unexpected = args["checksum"] is not None and args["checksum"].lower() != item["sha1"]
    if unexpected and (args["remote_src"] or not same):
        raise Failed(
            "Copied file does not match the expected checksum. Transfer failed.",
            checksum=item["sha1"],
            expected_checksum=args["checksum"],
        )
    if same:
        return files.plan_attributes(
            found, state["wanted"], wanted["mode"], item["path"], mask=state["born"]["umask"]
        )
    content = {name: item[name] for name in ("blob", "source", "size", "sha1") if name in item}
    changes = writing.plan_write(dict(state, **item), wanted, content)
    changes[0].update(follow=args["follow"], md5=not state["tree"], brief=True)
    return changes


_PLANS = {"directory": _plan_folder, "link": _plan_link, "file": _plan_file}


def result(
    state: Mapping[str, Any], args: Mapping[str, Any], changes: list[dict[str, Any]]
) -> dict[str, Any]:
    if state["tree"]:
        dest = state["dest"].rstrip("/") + "/"
        return {"dest": dest, "src": args["src"]}
    item = state["items"][0]
    known: dict[str, Any] = {"dest": item["path"]}
    if not args["force"] and item["found"]["kind"] != "absent":
        return {**known, "src": args.get("_source") or args["src"]}
    written = any(change["op"] == "write" for change in changes)
    if written or "sha1" in item["found"]:
        known["checksum"] = item["sha1"]
    source = args.get("_source") or args["src"]
    if source is not None and (written or (args["remote_src"] and not changes)):
        known["src"] = source
    if not written and not (args["remote_src"] and not changes):
        known["path"] = item["path"]
    known.update(files.facts(writing.predict(dict(state, **item), changes)))
    return known


def diff(state: Mapping[str, Any], args: Mapping[str, Any], changes: list[dict[str, Any]]) -> Any:
    items = {item["path"]: item for item in state["items"]}
    texts = []
    before: dict[str, Any] = {}
    after: dict[str, Any] = {}
    for change in changes:
        if change["op"] == "write":
            texts.append(_content_diff(items[change["path"]], args))
        else:
            before.update(change["before"], path=change["path"])
            after.update(change["after"], path=change["path"])
    if texts:
        return texts
    return {"before": before, "after": after} if changes else []


def _content_diff(item: Mapping[str, Any], args: Mapping[str, Any]) -> dict[str, Any]:
    """Return Ansible's fields; a content that is binary or too large to show is only named."""
    known: dict[str, Any] = {"after_header": args.get("_source") or item.get("source") or item["path"]}
    known.update(item["before"], **item["after"])
    if item["found"]["kind"] != "absent":
        known["before_header"] = item["path"]
    return known
