"""What assemble changes."""

from __future__ import annotations

from officefleet.agents import files, text, writing

TYPE_CHECKING = False  # importing typing would cost the host 2 ms
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any


def chosen(names: list[str], args: Mapping[str, Any]) -> list[str]:
    """Return the names of the fragments that count, in their order."""
    accepts = text.pattern(args["regexp"]).search if args["regexp"] is not None else None
    return [
        name
        for name in sorted(names)
        if not (args["ignore_hidden"] and name.startswith(".")) and (accepts is None or accepts(name))
    ]


def join(fragments: list[str], delimiter: str | None) -> str:
    """Return the whole text: each fragment, and each delimiter, starts on a line of its own."""
    mark = "" if not delimiter else _unescaped(delimiter)
    if mark and not mark.endswith("\n"):
        mark += "\n"
    whole = ""
    for index, fragment in enumerate(fragments):
        if index:
            if not whole.endswith("\n"):
                whole += "\n"
            whole += mark
        whole += fragment
    return whole


def _unescaped(delimiter: str) -> str:
    for written, meant in (("\\n", "\n"), ("\\r", "\r"), ("\\t", "\t")):
        delimiter = delimiter.replace(written, meant)
    return delimiter


def plan(state: Mapping[str, Any], args: Mapping[str, Any]) -> list[dict[str, Any]]:
    return writing.plan_text(state, args, join(state["fragments"], args["delimiter"]))


def result(
    state: Mapping[str, Any], args: Mapping[str, Any], changes: list[dict[str, Any]]
) -> dict[str, Any]:
    import hashlib

    data = join(state["fragments"], args["delimiter"]).encode("utf-8", "surrogateescape")
    known = {
        "src": state["src"],
        "dest": state["path"],
        "checksum": hashlib.sha1(data).hexdigest(),  # noqa: S324  Ansible's checksum
        "md5sum": hashlib.md5(data).hexdigest(),  # noqa: S324  Ansible's field
        "msg": "OK",
    }
    known.update(files.facts(writing.predict(state, changes)))
    return known


def diff(
    state: Mapping[str, Any], args: Mapping[str, Any], changes: list[dict[str, Any]]
) -> list[dict[str, Any]]:
    return text.diff(state, changes)
