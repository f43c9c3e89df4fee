"""copy on a POSIX host."""

from __future__ import annotations

import os
import stat

from officefleet.agents import entries, files, writing
from officefleet.agents.kit import Failed, Undecidable

TYPE_CHECKING = False  # importing typing would cost the host 2 ms
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from typing import Any

    from officefleet.agents.kit import Context


def read(args: Mapping[str, Any], context: Context) -> dict[str, Any]:
    dest = files.expand(args["dest"])
    sources, is_tree = _sources(args, context)
    parents: list[str] = []
    if is_tree or (dest.endswith("/") and not os.path.isdir(dest)):
        parents = entries.missing_parents(dest)
    if not is_tree:
        dest = _inside(dest, args)
        folder = os.path.dirname(dest) or "."
        if not parents and not os.path.isdir(folder):
            _unknown(context, "Destination directory %s does not exist" % folder)
    items = [dict(item, path=os.path.join(dest, item["path"]) if is_tree else dest) for item in sources]
    for item in items:
        _look(item, args, context)
    return {
        "dest": dest,
        "tree": is_tree,
        "parents": parents,
        "items": items,
        "born": files.newborn(dest),
        "wanted": files.look_up_owner(args, context),
    }


def _unknown(context: Context, message: str) -> None:
    """Fail; in check mode say that it cannot be known, since an earlier task may be about to change it."""
    if context.check:
        raise Undecidable(message)
    raise Failed(message)


def _inside(dest: str, args: Mapping[str, Any]) -> str:
    """Return the file that is meant when `dest` names a folder."""
    if not (dest.endswith("/") or os.path.isdir(dest)):
        return dest
    name = args.get("_name") or os.path.basename(args["src"] or "")
    if not name:
        raise Failed("can not use content with a dir as dest")
    return os.path.join(dest, name)


def _sources(args: Mapping[str, Any], context: Context) -> tuple[list[dict[str, Any]], bool]:
    """Return what shall be there, and whether it is a folder's content with paths relative to dest."""
    if "_tree" in args:
        return [_sent(entry) for entry in args["_tree"]], True
    if "_blob" in args:
        return [_sent({**args, "kind": "file", "mode": args.get("_mode"), "path": ""})], False
    source = files.expand(args["src"])
    found = files.look(source, follow=True)
    if found is None:
        _unknown(context, "Source %s not found" % source)
    elif stat.S_ISDIR(found.st_mode):
        base = source.rstrip("/") if source.endswith("/") else os.path.dirname(source)
        return list(_walk(source.rstrip("/"), base, follow=args["local_follow"])), True
    return [_local(source, "")], False


def _sent(entry: Mapping[str, Any]) -> dict[str, Any]:
    """Return an item for what the controller offers."""
    item = {name: entry[name] for name in ("path", "kind", "mode", "target") if name in entry}
    if entry["kind"] == "file":
        item.update(blob=entry["_blob"], size=entry["_size"], sha1=entry["_sha1"])
    return item


def _local(path: str, name: str) -> dict[str, Any]:
    """Return an item for a file of the host."""
    found = os.stat(path)
    return {
        "path": name,
        "kind": "file",
        "mode": stat.S_IMODE(found.st_mode),
        "source": path,
        "size": found.st_size,
        "sha1": files.digest(path),
    }


def _walk(source: str, base: str, *, follow: bool) -> Iterator[dict[str, Any]]:
    """Yield the items of a folder of the host, parents first, with paths relative to `base`."""
    for folder, folders, names in os.walk(source, followlinks=follow):
        links = [] if follow else [name for name in folders if os.path.islink(os.path.join(folder, name))]
        folders[:] = sorted(set(folders) - set(links))
        if folder != base:
            mode = stat.S_IMODE(os.stat(folder).st_mode)
            yield {"path": os.path.relpath(folder, base), "kind": "directory", "mode": mode}
        for name in sorted(names + links):
            path = os.path.join(folder, name)
            relative = os.path.relpath(path, base)
            if os.path.islink(path) and not follow:
                yield {"path": relative, "kind": "link", "target": os.readlink(path)}
            elif os.path.isfile(path):
                yield dict(_local(path, relative), keep_mode=True)


def _look(item: dict[str, Any], args: Mapping[str, Any], context: Context) -> None:
    """Add what is at the item's path now."""
    path = item["path"]
    found = files.describe(
        path, follow=args["follow"] or item["kind"] == "directory", flags=bool(args.get("attributes"))
    )
    item["found"] = found
    if item["kind"] != "file":
        return
    if found["kind"] == "absent":
        item["born"] = files.newborn(path)
    elif found["kind"] == "file" and found["size"] == item["size"]:
        found["sha1"] = files.digest(path)
    if context.diff and found.get("sha1") != item["sha1"]:
        item["before"] = entries.sample(path, "before")
        item["after"] = entries.sample(item.get("source") or context.blob(item["blob"]), "after")


def apply(change: Mapping[str, Any], context: Context) -> dict[str, Any]:
    if entries.apply_entry(change):
        return {}
    outcome = writing.apply(change, context)
    if change.get("md5"):
        try:
            outcome["md5sum"] = files.digest(change["path"], "md5")
        except Failed:
            return outcome  # a host in FIPS mode has no md5
    return outcome
