"""user on a POSIX host."""

from __future__ import annotations

import os

from officefleet.agents import accounts
from officefleet.agents.kit import Context, Failed, Undecidable, need
from officefleet.agents.reading import read_text
from officefleet.agents.steps import run_step
from officefleet.modules.user.plan import key_file

TYPE_CHECKING = False  # typing costs an agent several milliseconds at its start
if TYPE_CHECKING:
    from typing import Any


def read(args: dict[str, Any], context: Context) -> dict[str, Any]:
    user = accounts.find_user(args["name"], local=args["local"])
    gid = None if user is None else user["gid"]
    state: dict[str, Any] = {
        "user": user,
        "shadow": accounts.find_shadow(args["name"]) if user is not None else {},
        "groups": [] if gid is None else accounts.groups_of(args["name"], gid),
        "same_group": accounts.find_group(args["name"], local=True) is not None,
        "defaults": accounts.defaults(),
        "wanted_gid": None,
        "wanted_groups": [],
    }
    if args["state"] == "absent":
        return state
    if args["group"] is not None:
        state["wanted_gid"] = _group(args["group"], context)["gid"]
    primary = state["wanted_gid"] if state["wanted_gid"] is not None else gid
    wanted = [_group(name, context) for name in args["groups"] or []]
    state["wanted_groups"] = sorted({one["name"] for one in wanted if one["gid"] != primary})
    home = args["home"] or (user["home"] if user is not None else None)
    state["home_exists"] = home is not None and os.path.exists(home)
    state["key_exists"] = args["generate_ssh_key"] and os.path.exists(key_file(state, args))
    return state


def _group(name: str, context: Context) -> dict[str, Any]:
    found = accounts.find_group(name)
    if found is not None:
        return found
    if context.check:
        raise Undecidable("group %s does not exist yet; an earlier task may make it" % name)
    raise Failed("Group %s does not exist" % name)


def apply(change: dict[str, Any], context: Context) -> None:
    if change["op"] == "home":
        make_home(change)
    elif change["op"] == "key":
        make_key(change, context)
    else:
        run_step(change, context)


def make_home(change: dict[str, Any]) -> None:
    """Make the home folder of a user that has none, with what the skeleton holds."""
    import shutil

    user = accounts.find_user(change["name"], local=False)
    if user is None:
        raise Failed("no such user: %s" % change["name"])
    try:
        if os.path.isdir(change["skeleton"]):
            shutil.copytree(change["skeleton"], change["path"], symlinks=True)
        else:
            os.makedirs(change["path"])
        os.chmod(change["path"], change["mode"])
        for folder, folders, names in os.walk(change["path"]):
            for path in [folder, *(os.path.join(folder, name) for name in folders + names)]:
                os.chown(path, user["uid"], user["gid"], follow_symlinks=False)
    except OSError as error:
        raise Failed("cannot make the home folder %s: %s" % (change["path"], error)) from None


def make_key(change: dict[str, Any], context: Context) -> None:
    """Make an SSH key that belongs to the user; a passphrase never stands on a command line."""
    user = accounts.find_user(change["name"], local=False)
    if user is None:
        raise Failed("no such user: %s" % change["name"])
    folder = os.path.dirname(change["path"])
    program = need("ssh-keygen")
    if not os.path.isdir(folder):
        os.makedirs(folder, 0o700)
        os.chown(folder, user["uid"], user["gid"])
    for old in (change["path"], change["path"] + ".pub"):
        if os.path.lexists(old):
            os.unlink(old)
    comment = change["comment"].replace("$HOSTNAME", os.uname().nodename)
    words = [program, "-q", "-t", change["type"], "-C", comment, "-f", change["path"]]
    if change["bits"]:
        words += ["-b", str(change["bits"])]
    environment: dict[str, str] = {}
    if change["passphrase"]:
        # ssh-keygen asks this program, a shell's printf, for the passphrase
        environment = {
            "SSH_ASKPASS_REQUIRE": "force",
            "SSH_ASKPASS": _asker(folder),
            "OF_ANSWER": change["passphrase"],
        }
    else:
        words += ["-N", ""]
    try:
        done = context.run(words, parse=True, env=environment)
    finally:
        if environment:
            os.unlink(environment["SSH_ASKPASS"])
    if done.rc != 0:
        raise Failed("cannot make the SSH key: %s" % (done.err or done.out).strip(), rc=done.rc)
    for made in (change["path"], change["path"] + ".pub"):
        os.chown(made, user["uid"], user["gid"])


def _asker(folder: str) -> str:
    path = os.path.join(folder, ".of-%s" % os.urandom(6).hex())
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o700)
    with os.fdopen(descriptor, "w") as stream:
        stream.write("#!/bin/sh\nprintf '%s\\n' \"$OF_ANSWER\"\n")
    return path


def report(
    args: dict[str, Any], state: dict[str, Any], changes: list[dict[str, Any]], context: Context
) -> dict[str, Any]:
    """Add what only the host knows: the numbers that it chose, the key that it made."""
    found: dict[str, Any] = {}
    if args["state"] == "absent":
        return found
    if changes and not context.check:
        user = accounts.find_user(args["name"], local=args["local"]) or {}
        found.update({"uid": user.get("uid"), "group": user.get("gid")})
    if args["generate_ssh_key"]:
        path = key_file(state, args)
        public = read_text(path + ".pub")
        if public and not (changes and context.check):
            found["ssh_public_key"] = public
            done = context.run([need("ssh-keygen"), "-l", "-f", path + ".pub"], parse=True)
            found["ssh_fingerprint"] = done.out.strip()
    return found
