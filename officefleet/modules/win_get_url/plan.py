"""What win_get_url changes. `state` is {"dest", "kind", "checksum", "parent": bool, "expected", "newer": bool or None}."""

from __future__ import annotations

from typing import Any

from officefleet.agents.kit import Failed
from officefleet.modules.windows import change, same

_OPTIONS = ("headers", "http_agent", "follow_redirects", "maximum_redirection", "proxy_url", "proxy_username",
            "proxy_password", "use_proxy", "url_method", "url_username", "url_password", "url_timeout",
            "force_basic_auth", "use_default_credential", "validate_certs")  # fmt: skip


def plan(state: dict[str, Any], args: dict[str, Any]) -> list[dict[str, Any]]:
    dest = state["dest"]
    if state["kind"] == "directory":
        raise Failed("%s is a folder; the name of a file is needed" % dest, dest=dest)
    if not state["parent"]:
        raise Failed("the folder of %s does not exist" % dest, dest=dest)
    there = state["kind"] != "absent"
    if there and state["expected"] is not None and same(state["checksum"], state["expected"]):
        return []
    if there and state["expected"] is None and not args["force"] and not state["newer"]:
        return []
    options = {name: args[name] for name in _OPTIONS}
    more = {
        "url": args["url"],
        "expected": state["expected"],
        "algorithm": args["checksum_algorithm"],
        "held": state["checksum"],
    }
    return [
        change(
            "fetch",
            dest,
            {"checksum": state["checksum"]},
            {"checksum": state["expected"]},
            options=options,
            **more,
        )
    ]


def result(state: dict[str, Any], args: dict[str, Any], changes: list[dict[str, Any]]) -> dict[str, Any]:
    known: dict[str, Any] = {"dest": state["dest"], "url": args["url"]}
    if not changes:
        known.update(msg="the file is there already", status_code=None, checksum_dest=state["checksum"])
    return known
