"""mount on a POSIX host."""

from __future__ import annotations

import contextlib
import os
import re

from officefleet.agents import textfile, writing
from officefleet.agents.kit import Context, Failed, need
from officefleet.agents.reading import read_lines

TYPE_CHECKING = False  # typing costs an agent several milliseconds at its start
if TYPE_CHECKING:
    from typing import Any

_OCTAL = re.compile(r"\\([0-7]{3})")


def read(args: dict[str, Any], context: Context) -> dict[str, Any]:
    state = textfile.look(args["fstab"], args, context)
    source = args["src"] or ""
    for word, folder in (("LABEL=", "by-label/"), ("UUID=", "by-uuid/"), ("PARTUUID=", "by-partuuid/")):
        if source.startswith(word):
            source = "/dev/disk/" + folder + source[len(word) :].strip('"')
    state["mounted"] = mounted(args["path"])
    state["exists"] = os.path.isdir(args["path"])
    # what the kernel would call the wanted source; compared when it is already mounted from somewhere
    state["mounted_from"] = args["src"] if os.path.realpath(source) == state["mounted"] else None
    return state


def mounted(path: str) -> str | None:
    """Return the source of the topmost mount at a path, None when it is no mount point."""
    found = None
    wanted = os.path.realpath(path)
    for line in read_lines("/proc/self/mountinfo"):
        fields, _dash, rest = line.partition(" - ")
        place = _plain(fields.split()[4])
        if place == wanted:
            found = _plain(rest.split()[1])
    return found


def _plain(text: str) -> str:
    return _OCTAL.sub(lambda match: chr(int(match.group(1), 8)), text)


def apply(change: dict[str, Any], context: Context) -> dict[str, Any]:
    operation, path = change["op"], change["path"]
    if operation == "mkdir":
        try:
            os.makedirs(path)
        except OSError as error:
            raise Failed("Error making dir %s: %s" % (path, error.strerror)) from None
    elif operation == "rmdir":
        with contextlib.suppress(OSError):  # what lies in a folder beneath a mount is not ours to remove
            os.rmdir(path)
    elif operation in ("mount", "umount", "remount"):
        _run(_words(change), context)
    else:
        return writing.apply(change, context)
    return {}


def _words(change: dict[str, Any]) -> list[str]:
    if change["op"] == "umount":
        return [need("umount"), change["path"]]
    words = [need("mount")]
    if change["ephemeral"]:
        options = ["-o", change["opts"]] if change["opts"] else []
        return [*words, "-t", change["fstype"], *options, change["src"], change["path"]]
    if change["fstab"] != "/etc/fstab":
        words += ["-T", change["fstab"]]
    if change["op"] == "remount":
        words += ["-o", "remount"]
    return [*words, change["path"]]


def _run(words: list[str], context: Context) -> None:
    done = context.run(words, parse=True)
    if done.rc != 0:
        text = (done.err or done.out).strip()
        raise Failed("Error %sing: %s" % (os.path.basename(words[0]), text), rc=done.rc)
