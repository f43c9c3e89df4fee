"""What win_updates changes. `state` is {"updates": [what the update service offers], "reboot_required"}.

Categories are compared by their IDs, since their names are translated:
https://learn.microsoft.com/previous-versions/windows/desktop/ff357803(v=vs.85).
"""

from __future__ import annotations

import re
from typing import Any

from officefleet.modules.windows import change, same

_CATEGORIES = {
    "application": "5C9376AB-8CE6-464A-B136-22113DD69801",
    "connectors": "434DE588-ED14-48F5-8EED-A15E09A991F6",
    "criticalupdates": "E6CF1350-C01B-414D-A61F-263D14D133B4",
    "definitionupdates": "E0789628-CE08-4437-BE74-2495B842F43B",
    "developerkits": "E140075D-8433-45C3-AD87-E72345B36078",
    "featurepacks": "B54E7D24-7ADD-428F-8B75-90A396FA584F",
    "guidance": "9511D615-35B2-47BB-927F-F73D8E9260BB",
    "securityupdates": "0FA1201D-4330-4FA8-8AE9-B877473B6441",
    "servicepacks": "68C5B0A3-D1A6-4553-AE49-01D3A7827828",
    "tools": "B4832BD8-E735-4761-8DAF-37F882276DAB",
    "updaterollups": "28BC880E-0592-4CBF-8F95-C79B17911D5F",
    "updates": "CD5FFD1E-E932-4E3A-BF74-18BF0B1BBD83",
    "upgrades": "3689BDC8-B205-4AF4-8D4A-A63924C5E9D5",
}


def _in_categories(update: dict[str, Any], names: list[str]) -> bool:
    if "*" in names:
        return True
    for name in names:
        wanted = _CATEGORIES.get(name.replace(" ", "").lower())
        for category in update["categories"]:
            if same(category["id"], wanted) or same(category["name"], name):
                return True
    return False


def _named(update: dict[str, Any], entries: list[str]) -> bool:
    numbers = {"KB" + one for one in update["kb"]}
    return any(
        one.upper() in numbers or one in update["kb"] or re.search(one, update["title"], re.IGNORECASE)
        for one in entries
    )


def reasons(update: dict[str, Any], args: dict[str, Any]) -> list[str]:
    """Return why an update is left out; empty: it is wanted."""
    found = []
    if update["hidden"]:
        found.append("hidden")
    if args["skip_optional"] and update["optional"]:
        found.append("skip_optional")
    if args["reject_list"] and _named(update, args["reject_list"]):
        found.append("reject_list")
    if args["accept_list"] and not _named(update, args["accept_list"]):
        found.append("accept_list")
    if not _in_categories(update, args["category_names"]):
        found.append("category_names")
    return found


def plan(state: dict[str, Any], args: dict[str, Any]) -> list[dict[str, Any]]:
    wanted = [one for one in state["updates"] if not reasons(one, args)]
    if args["state"] == "searched":
        return []
    common = {"server": args["server_selection"], "log_path": args["log_path"]}
    if args["state"] == "downloaded":
        wanted = [one for one in wanted if not one["downloaded"]]
        if not wanted:
            return []
        labels = {one["title"]: "downloaded" for one in wanted}
        return [change("download", "updates", {}, labels, ids=[one["id"] for one in wanted], **common)]
    if not wanted:
        return []
    labels = {one["title"]: "installed" for one in wanted}
    return [change("install", "updates", {}, labels, ids=[one["id"] for one in wanted], **common)]


def shown(update: dict[str, Any]) -> dict[str, Any]:
    """Return an update as results tell it."""
    names = ("id", "title", "kb", "downloaded")
    known: dict[str, Any] = {name: update[name] for name in names}
    return {**known, "installed": False, "categories": [one["name"] for one in update["categories"]]}


def result(state: dict[str, Any], args: dict[str, Any], _changes: list[dict[str, Any]]) -> dict[str, Any]:
    chosen = [one for one in state["updates"] if not reasons(one, args)]
    others = [(one, reasons(one, args)) for one in state["updates"] if reasons(one, args)]
    return {
        "found_update_count": len(chosen),
        "installed_update_count": 0,
        "failed_update_count": 0,
        "reboot_required": state["reboot_required"],
        "rebooted": False,
        "updates": {one["id"]: shown(one) for one in chosen},
        "filtered_updates": {
            one["id"]: {**shown(one), "filtered_reasons": why, "filtered_reason": why[0]}
            for one, why in others
        },
    }
