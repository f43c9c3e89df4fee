from __future__ import annotations

import re

from officefleet.agents import modes, writing

TYPE_CHECKING = False  # typing costs an agent several milliseconds at its start
if TYPE_CHECKING:
    from typing import Any

# in the file's order, which is the alphabet's
_FIELDS = (
    ("allow_downgrade_to_insecure", "Allow-Downgrade-To-Insecure"), ("allow_insecure", "Allow-Insecure"),
    ("allow_weak", "Allow-Weak"), ("architectures", "Architectures"), ("by_hash", "By-Hash"),
    ("check_date", "Check-Date"), ("check_valid_until", "Check-Valid-Until"), ("components", "Components"),
    ("date_max_future", "Date-Max-Future"), ("enabled", "Enabled"), ("inrelease_path", "InRelease-Path"),
    ("languages", "Languages"), ("pdiffs", "PDiffs"), ("signed_by", "Signed-By"), ("suites", "Suites"),
    ("targets", "Targets"), ("trusted", "Trusted"), ("types", "Types"), ("uris", "URIs"),
)  # fmt: skip


def slug(name: str) -> str:
    """Return the name as a file's name: lower case, words joined by hyphens."""
    return "-".join(re.sub(r"[^a-z0-9]", " ", name.lower()).split())


def dest_of(args: dict[str, Any]) -> str:
    return "/etc/apt/sources.list.d/%s.sources" % slug(args["name"])


def plan(state: dict[str, Any], args: dict[str, Any]) -> list[dict[str, Any]]:
    """`state` is the file's (`textfile.look`) and "key": {"path", "sha", "same", "source"} of a fetched key, or None.

    "keys" are the key files that an absent source leaves behind.
    """
    if args["state"] == "absent":
        paths = ([state["path"]] if state["text"] is not None else []) + state["keys"]
        return [
            {"op": "remove", "path": path, "before": {path: "present"}, "after": {path: "absent"}}
            for path in paths
        ]
    changes = []
    key = state["key"]
    if key is not None and not key["same"]:
        changes.append(
            {
                "op": "key",
                "path": key["path"],
                "source": key["source"],
                "before": {},
                "after": {key["path"]: "present"},
            }
        )
    return changes + writing.plan_text(state, args, text_of(args, None if key is None else key["path"]))


def text_of(args: dict[str, Any], key: str | None) -> str:
    lines = ["X-Repolib-Name: %s" % args["name"]]
    for name, field in _FIELDS:
        value = args[name]
        if name == "signed_by" and value is not None:
            value = signer(value, key)
        if value is None:
            continue
        if isinstance(value, bool):
            value = "yes" if value else "no"
        elif isinstance(value, list):
            value = " ".join(value)
        lines.append("%s: %s" % (field, value))
    return "".join(line + "\n" for line in lines)


def signer(value: str, key: str | None) -> str:
    """Return the field's value: a path, fingerprints, or a key in armour as lines that go on."""
    if key is not None:
        return key
    if "-----BEGIN" not in value:
        return value
    return "".join("\n %s" % (line.strip() or ".") for line in value.strip().splitlines())


def result(state: dict[str, Any], args: dict[str, Any], changes: list[dict[str, Any]]) -> dict[str, Any]:
    key = state["key"]
    if args["state"] == "absent":
        return {"repo": None, "dest": state["path"], "key_filename": (state["keys"] or [None])[0]}
    text = text_of(args, None if key is None else key["path"])
    return {
        "repo": text,
        "dest": state["path"],
        "key_filename": None if key is None else key["path"],
        "mode": modes.octal(writing.predict(state, changes)["mode"]),
    }


def diff(state: dict[str, Any], args: dict[str, Any], changes: list[dict[str, Any]]) -> dict[str, str]:
    key = state["key"]
    absent = args["state"] == "absent"
    after = "" if absent else text_of(args, None if key is None else key["path"])
    return {
        "before": state["text"] or "",
        "after": after,
        "before_header": state["path"],
        "after_header": state["path"],
    }
