"""What authorized_key changes."""

from __future__ import annotations

import re

from officefleet.agents import files, text, writing
from officefleet.agents.kit import Failed

TYPE_CHECKING = False  # importing typing would cost the host 2 ms
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

_TYPE = re.compile(
    r"^(ssh-(ed25519|rsa|dss)|ecdsa-sha2-nistp(256|384|521)|sk-(ssh-ed25519|ecdsa-sha2-nistp256))(-cert-v01)?(@openssh\.com)?$"
)
_WORD = re.compile(r'(?:[^\s"]|"(?:\\.|[^"\\])*")+')


class Key:
    """A line of an authorized_keys file: `options`, `kind`, `key`, `comment`; other lines are not `valid`."""

    def __init__(self, line: str) -> None:
        self.options = self.kind = self.key = self.comment = ""
        self.valid = False
        stripped = line.strip()
        if not stripped or stripped.startswith("#"):
            return
        words = list(_WORD.finditer(stripped))
        for index in (0, 1):
            if len(words) > index + 1 and _TYPE.match(words[index].group()):
                self.valid = True
                self.options = words[0].group() if index else ""
                self.kind, self.key = words[index].group(), words[index + 1].group()
                self.comment = stripped[words[index + 1].end() :].strip()
                return

    def render(self) -> str:
        """Return the line, with its end."""
        return " ".join(filter(None, [self.options, self.kind, self.key, self.comment])) + "\n"

    def same(self, other: Key) -> bool:
        """Return whether all parts are the same."""
        return self.render() == other.render()


def plan(state: Mapping[str, Any], args: Mapping[str, Any]) -> list[dict[str, Any]]:
    wanted = keys(args, state["keys"])
    if args["state"] == "absent" and state["text"] is None:
        return []
    changes = _folder(state, args)
    new = edit(state["text"], args, wanted)
    if new != state["text"]:
        size = len(new.encode("utf-8", "surrogateescape"))
        attributes = dict(args, mode=0o600 if args["manage_dir"] or state["text"] is None else None)
        changes += writing.plan_write(
            state, attributes, {"text": new, "size": size, "follow": args["follow"]}
        )
    return changes


def keys(args: Mapping[str, Any], content: str) -> list[Key]:
    """Return the keys that the task gives, with its options and comment.

    Raises:
        Failed: a line is no key, or there is none.

    """
    found = []
    for line in content.splitlines():
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        key = Key(line)
        if not key.valid:
            raise Failed("invalid key specified: %s" % line)
        if args["key_options"] is not None:
            key.options = args["key_options"]
        if args["comment"] is not None:
            key.comment = args["comment"]
        found.append(key)
    if not found:
        raise Failed("invalid key specified: there is none")
    return found


def edit(old: str | None, args: Mapping[str, Any], wanted: list[Key]) -> str:
    """Return the file's text as the task wants it."""
    left = {key.key: key for key in wanted}
    lines: list[str] = []
    for line in text.lines(old):
        here = Key(line)
        match = next((key for key in wanted if here.valid and key.key == here.key), None)
        if match is None:
            if not (args["exclusive"] and args["state"] == "present"):
                lines.append(line)
        elif args["state"] == "present" and left.pop(match.key, None) is not None:
            lines.append(line if here.same(match) else match.render())
    if args["state"] == "present":
        if lines and not lines[-1].endswith("\n") and left:
            lines[-1] += "\n"
        lines += [key.render() for key in left.values()]
    return "".join(lines)


def _folder(state: Mapping[str, Any], args: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the changes that make the folder the user's own, closed to others."""
    if not args["manage_dir"] or args["state"] == "absent":
        return []
    path, found, wanted = state["folder"]["path"], state["folder"]["found"], state["wanted"]
    if found["kind"] == "absent":
        before, after = {"state": "absent"}, {"state": "directory"}
        change = {"op": "mkdir", "path": path, "mode": 0o700, "before": before, "after": after}
        return [dict(change, uid=wanted["uid"], gid=wanted["gid"])]
    return files.plan_attributes(found, wanted, 0o700, path)


def result(
    state: Mapping[str, Any], args: Mapping[str, Any], changes: list[dict[str, Any]]
) -> dict[str, Any]:
    names = (
        "user",
        "key",
        "state",
        "path",
        "manage_dir",
        "key_options",
        "exclusive",
        "comment",
        "follow",
        "validate_certs",
    )
    return {**{name: args[name] for name in names}, "keyfile": state["path"], "unique": False}


def diff(state: Mapping[str, Any], args: Mapping[str, Any], changes: list[dict[str, Any]]) -> dict[str, Any]:
    content = text.diff(state, changes)[0]
    return dict(content, before_header=state["path"], after_header=state["path"])
