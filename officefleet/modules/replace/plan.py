"""What replace changes."""

from __future__ import annotations

import re

from officefleet.agents import text
from officefleet.agents.kit import Failed

TYPE_CHECKING = False  # importing typing would cost the host 2 ms
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any


def plan(state: Mapping[str, Any], args: Mapping[str, Any]) -> list[dict[str, Any]]:
    if state["text"] is None:
        raise Failed("Path %s does not exist !" % state["path"], rc=257)
    new, _count, _problem = edit(state["text"], args)
    return text.plan(state, args, new)


def edit(old: str, args: Mapping[str, Any]) -> tuple[str, int, str]:
    """Return (new text, how many matches were replaced, why none could be)."""
    plain = _recode(old, "utf-8", args["encoding"])
    first, last = 0, len(plain)
    frame = _frame(args)
    if frame is not None:
        match = text.pattern(frame, re.DOTALL).search(plain)
        if match is None:
            return old, 0, "Pattern for before/after params did not match the given file: %s" % frame
        first, last = match.span("subsection")
    try:
        new, count = text.pattern(args["regexp"], re.MULTILINE).subn(args["replace"], plain[first:last])
    except (re.error, IndexError) as error:
        raise Failed("bad replacement %r: %s" % (args["replace"], error)) from None
    if new == plain[first:last]:
        return old, 0, ""
    return _recode(plain[:first] + new + plain[last:], args["encoding"], "utf-8"), count, ""


def _frame(args: Mapping[str, Any]) -> str | None:
    """Return the expression whose group "subsection" is the part that may change; None for all of it."""
    after, before = args["after"], args["before"]
    if after and before:
        return "%s(?P<subsection>.*?)%s" % (after, before)
    if after:
        return "%s(?P<subsection>.*)" % after
    return "(?P<subsection>.*)%s" % before if before else None


def _recode(content: str, written: str, meant: str) -> str:
    """Return a text whose bytes were taken for one encoding as the other encoding has them."""
    if meant.lower().replace("_", "-") == written.lower().replace("_", "-"):
        return content
    try:
        data = content.encode(written, "surrogateescape" if written == "utf-8" else "strict")
        return data.decode(meant, "surrogateescape" if meant == "utf-8" else "strict")
    except (LookupError, UnicodeError) as error:
        raise Failed("encoding: %s" % error) from None


def result(
    state: Mapping[str, Any], args: Mapping[str, Any], changes: list[dict[str, Any]]
) -> dict[str, Any]:
    _new, count, problem = edit(state["text"], args)
    return {"rc": 0, "msg": problem or text.message(changes, "%d replacements made" % count)}


def diff(state: Mapping[str, Any], args: Mapping[str, Any], changes: list[dict[str, Any]]) -> Any:
    content, attributes = text.diff(state, changes)
    path = state["path"]
    if content["before"] != content["after"]:
        return dict(content, before_header=path, after_header=path)
    return attributes if "after" in attributes else []
