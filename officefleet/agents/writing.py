"""Writes files on a host: the one change `write` that all modules share. Standard library only."""

from __future__ import annotations

import os
import stat

from officefleet.agents import files
from officefleet.agents.kit import Failed

TYPE_CHECKING = False  # importing typing would cost the host 2 ms
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import IO, Any

    from officefleet.agents.kit import Context


def observe(path: str, args: Mapping[str, Any], context: Context) -> dict[str, Any]:
    """Return what `plan_write` must know of a file.

    Args:
        path: the file; a symbolic link is followed.
        args: the module's arguments; "owner" and "group" are looked up.
        context: tells whether this is check mode.

    Returns:
        {"path", "found": `files.describe`, "born": `files.newborn`, "wanted": `files.look_up_owner`}.

    Raises:
        Failed: owner or group does not exist.

    """
    return {
        "path": path,
        "found": files.describe(path, follow=os.path.exists(path), flags=bool(args.get("attributes"))),
        "born": files.newborn(path),
        "wanted": files.look_up_owner(args, context),
    }


def plan_write(
    state: Mapping[str, Any], args: Mapping[str, Any], content: Mapping[str, Any]
) -> list[dict[str, Any]]:
    """Return the change that gives a file new content, together with its owner, group and mode.

    Args:
        state: what `observe` returned.
        args: the module's arguments; "mode", "backup", "validate_command" and "unsafe_writes" are heeded.
        content: "text" (surrogate escapes for bytes that are not UTF-8), "blob" or "source", and "size".

    """
    found, path = state["found"], state["path"]
    fresh = found["kind"] != "file"
    base = files.predict_new(state["born"], "file") if fresh else dict(found, attributes="")  # a new inode
    attributes = files.plan_attributes(
        base, state["wanted"], args.get("mode"), path, mask=state["born"]["umask"]
    )
    after = files.predict_attributes(base, attributes)
    change: dict[str, Any] = {"op": "write", "path": path, "mode": after["mode"], **content}
    change["before"] = {"state": found["kind"]} if fresh else {}
    change["after"] = {"state": "file"} if fresh else {}
    for attribute in attributes:
        change["before"].update(attribute["before"])
        change["after"].update(attribute["after"])
    for number, name in (("uid", "owner"), ("gid", "group")):
        if number in state["wanted"]:
            change.update({number: state["wanted"][number], name: state["wanted"][name]})
    for option in ("backup", "unsafe_writes"):
        if args.get(option):
            change[option] = True
    if args.get("validate_command"):
        change["validate"] = args["validate_command"]
    return [change, *(one for one in attributes if one["op"] == "chattr")]


def plan_text(state: Mapping[str, Any], args: Mapping[str, Any], text: str) -> list[dict[str, Any]]:
    """Return the changes that give a file this text and the attributes that `args` ask for.

    Args:
        state: what `observe` returned, and "text": the present text, or None when there is no file.
        args: the module's arguments.
        text: the wanted text.

    """
    if text != state["text"]:
        size = len(text.encode("utf-8", "surrogateescape"))
        return plan_write(state, args, {"text": text, "size": size})
    return files.plan_attributes(
        state["found"], state["wanted"], args.get("mode"), state["path"], mask=state["born"]["umask"]
    )


def predict(state: Mapping[str, Any], changes: list[dict[str, Any]]) -> dict[str, Any]:
    """Return what `files.describe` will say of the file once `changes` are made."""
    found = dict(state["found"])
    for change in changes:
        if change["op"] == "write":
            base = files.predict_new(state["born"], "file") if found["kind"] != "file" else found
            found = dict(base, size=change["size"], mode=change["mode"], nlink=1)
            found.update({name: change[name] for name in ("uid", "gid", "owner", "group") if name in change})
    return files.predict_attributes(found, changes)


def apply(change: Mapping[str, Any], context: Context) -> dict[str, Any]:
    """Carry out a `write` or an attribute change; return {"backup_file"} where a backup was made.

    Raises:
        Failed: the validation refuses the new content, or the system the writing; the old content stands.

    """
    if files.apply_attribute(change):
        return {}
    outcome: dict[str, Any] = {}
    path = change["path"]
    command = change.get("validate")

    def check(temporary: str) -> None:
        if command:
            validate(command, temporary, context, brief=bool(change.get("brief")))
        if change.get("backup") and os.path.isfile(path):
            outcome["backup_file"] = backup(path)

    text = change.get("text")
    data = None if text is None else text.encode("utf-8", "surrogateescape")
    source = change.get("source")
    if change.get("blob"):
        data = context.content(change["blob"])
        source = None if data is not None else context.blob(change["blob"])
    write_atomic(
        path,
        data,
        source=source,
        mode=change.get("mode"),
        uid=change.get("uid"),
        gid=change.get("gid"),
        follow=change.get("follow", True),
        in_place=bool(change.get("unsafe_writes")),
        check=check,
    )
    return outcome


def validate(command: str, path: str, context: Context, *, brief: bool = False) -> None:
    """Run a validation command on a new file, whose path takes the place of ``%s``.

    Raises:
        Failed: the command has no ``%s`` or does not exit with 0.

    """
    import shlex

    if "%s" not in command:
        raise Failed("validate must contain %%s: %s" % command)
    done = context.run([word.replace("%s", path) for word in shlex.split(command)])
    if done.rc != 0:
        if brief:  # copy's way to say it
            raise Failed("failed to validate", exit_status=done.rc, stdout=done.out, stderr=done.err)
        raise Failed("failed to validate: rc:%s error:%s" % (done.rc, done.err))


def write_atomic(
    path: str,
    data: bytes | None = None,
    *,
    source: str | None = None,
    mode: int | None = None,
    uid: int | None = None,
    gid: int | None = None,
    follow: bool = True,
    in_place: bool = False,
    check: Callable[[str], None] | None = None,
) -> None:
    """Replace a file so that a reader sees the old or the new content, never a mix.

    Args:
        path: the file.
        data: the content, or
        source: path of a file whose content is copied.
        mode: bits of the new file; None keeps those of an existing file, else 0666 less the umask.
        uid: owner; None keeps that of an existing file.
        gid: group; likewise.
        follow: True writes through a symbolic link, False replaces the link by a file.
        in_place: overwrite where the system refuses to replace (a file mounted into a container).
        check: function(path) called with the complete new file before it takes the old one's place.

    Raises:
        Failed: the folder does not exist, the disk is full, or the like; the old content stands.

    """
    path = os.path.realpath(path) if follow and os.path.islink(path) else path
    folder = os.path.dirname(path) or "."
    temporary = os.path.join(folder, ".of-%d-%s" % (os.getpid(), os.urandom(6).hex()))
    try:
        before = files.look(path)
        descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            with os.fdopen(descriptor, "wb") as stream:
                _fill(stream, data, source)
                _own(stream.fileno(), before, uid, gid)
                os.fchmod(stream.fileno(), _new_mode(mode, before))
            if check is not None:
                check(temporary)
            _replace(temporary, path, in_place=in_place)
        except BaseException:
            if os.path.lexists(temporary):
                os.unlink(temporary)
            raise
    except OSError as error:
        if isinstance(error, FileNotFoundError) and not os.path.isdir(folder):
            raise Failed("Destination directory %s does not exist" % folder) from None
        raise Failed("cannot write %s: %s" % (path, error.strerror or error)) from None


def _fill(stream: IO[bytes], data: bytes | None, source: str | None) -> None:
    if source is None:
        stream.write(data or b"")
        return
    with open(source, "rb") as origin:
        for block in iter(lambda: origin.read(1 << 20), b""):
            stream.write(block)


def _own(descriptor: int, before: os.stat_result | None, uid: int | None, gid: int | None) -> None:
    if before is not None:
        uid = before.st_uid if uid is None else uid
        gid = before.st_gid if gid is None else gid
    now = os.fstat(descriptor)
    if uid not in {None, now.st_uid} or gid not in {None, now.st_gid}:
        os.fchown(descriptor, -1 if uid is None else uid, -1 if gid is None else gid)


def _new_mode(mode: int | None, before: os.stat_result | None) -> int:
    if mode is not None:
        return mode
    if before is not None and not stat.S_ISLNK(before.st_mode):
        return stat.S_IMODE(before.st_mode)
    return 0o666 & ~files.umask()


def _replace(temporary: str, path: str, *, in_place: bool) -> None:
    try:
        os.rename(temporary, path)
    except OSError:
        if not in_place:
            raise
        with open(temporary, "rb") as origin, open(path, "r+b" if os.path.exists(path) else "wb") as stream:
            stream.writelines(iter(lambda: origin.read(1 << 20), b""))
            stream.truncate()
        os.unlink(temporary)


def backup(path: str) -> str:
    """Copy a file beside itself with a time stamp and return the copy's path.

    Raises:
        Failed: the copy cannot be made.

    """
    import shutil
    import time

    copy = "%s.%d.%s~" % (path, os.getpid(), time.strftime("%Y-%m-%d@%H:%M:%S"))
    try:
        shutil.copy2(path, copy)
        found = os.stat(path)
        os.chown(copy, found.st_uid, found.st_gid)
    except OSError as error:
        raise Failed("Could not make backup of %s to %s: %s" % (path, copy, error.strerror)) from None
    return copy
