from __future__ import annotations

from fnmatch import fnmatchcase

from officefleet.agents import debian
from officefleet.agents.kit import Failed

TYPE_CHECKING = False  # typing costs an agent several milliseconds at its start
if TYPE_CHECKING:
    from typing import Any

_UPGRADES = {
    "yes": ["upgrade", "--with-new-pkgs"], "safe": ["upgrade", "--with-new-pkgs"], "full": ["dist-upgrade"],
    "dist": ["dist-upgrade"],
}  # fmt: skip
_FORCE = (
    "--allow-unauthenticated",
    "--allow-downgrades",
    "--allow-remove-essential",
    "--allow-change-held-packages",
)


def plan(state: dict[str, Any], args: dict[str, Any]) -> list[dict[str, Any]]:
    """`state` holds "operations": [{"words": apt-get's, "actions": what it would do, "text": all it said}]."""
    changes = []
    for operation in state["operations"]:
        if operation["actions"]:
            before = {one["name"]: one["old"] for one in operation["actions"]}
            after = {one["name"]: one["new"] for one in operation["actions"]}
            changes.append(
                {
                    "op": "apt-get",
                    "path": " ".join(operation["words"]),
                    "words": operation["words"],
                    "policy": args["policy_rc_d"],
                    "before": before,
                    "after": after,
                }
            )
    if args["clean"] and state["archives"]:
        changes.append(
            {
                "op": "clean",
                "path": "/var/cache/apt/archives",
                "words": ["clean"],
                "before": {"archives": state["archives"]},
                "after": {"archives": 0},
            }
        )
    return changes


def requests(args: dict[str, Any], known: dict[str, Any]) -> list[list[str]]:
    """Return the words of each apt-get that may be needed.

    Args:
        args: the module's arguments.
        known: {"status": dpkg's database, "names": names of all packages when a wildcard needs them,
            "deb": path of a package file that is not installed yet, or None}.

    """
    found = []
    if args["upgrade"] != "no":
        found.append([*_UPGRADES[args["upgrade"]], *(["--auto-remove"] if args["autoremove"] else [])])
    elif known["deb"] is not None:
        found.append(["install", known["deb"]])
    elif args["name"]:
        found += named(args, known)
    elif args["state"] == "fixed":
        found.append(["--fix-broken", "install"])
    elif args["autoremove"]:
        found.append(["autoremove", *(["--purge"] if args["purge"] else [])])
    elif args["autoclean"]:
        found.append(["autoclean"])
    return found


def named(args: dict[str, Any], known: dict[str, Any]) -> list[list[str]]:
    state = args["state"]
    if state == "build-dep":
        return [["build-dep", *args["name"]]]
    if state == "latest" and "*" in args["name"]:
        return [["dist-upgrade"]]
    words = []
    for text in args["name"]:
        wanted = debian.parse_wanted(text)
        if wanted is None:
            raise Failed("No package matching '%s' is available" % text)
        for one in expand(wanted, known, present=state != "absent"):
            words += needed(one, args, known)
    words = list(dict.fromkeys(words))
    if not words:
        return [["autoremove"]] if args["autoremove"] else []
    extra = ["--auto-remove"] if args["autoremove"] else []
    if state == "absent":
        return [["remove", *(["--purge"] if args["purge"] else []), *extra, *words]]
    fix = ["--fix-broken"] if state == "fixed" else []
    upgrade = ["--only-upgrade"] if args["only_upgrade"] else []
    return [[*fix, "install", *upgrade, *extra, *words]]


def expand(wanted: dict[str, Any], known: dict[str, Any], *, present: bool) -> list[dict[str, Any]]:
    """Return one entry for each package that a name with wildcards means."""
    if not any(letter in wanted["name"] for letter in "*?["):
        return [wanted]
    if present:
        names = [name for name in known["names"] if fnmatchcase(name, wanted["name"])]
    else:
        every = {one.get("Package", "") for one in debian.stanzas(known["status"])}
        names = [name for name in every if fnmatchcase(name, wanted["name"])]
    if not names and present:
        raise Failed("No package matching '%s' is available" % wanted["name"])
    return [dict(wanted, name=name) for name in sorted(names)]


def needed(wanted: dict[str, Any], args: dict[str, Any], known: dict[str, Any]) -> list[str]:
    """Return the word for apt-get when the package is not as it should be, [] when it is."""
    found = [
        one
        for one in debian.find(known["status"], wanted["name"])
        if wanted["arch"] in (None, "any", one.get("Architecture"))
    ]
    there = [one for one in found if debian.is_installed(one)]
    word = wanted["name"] + (":" + wanted["arch"] if wanted["arch"] else "")
    if args["state"] == "absent":
        left = args["purge"] and any(debian.has_configuration(one) for one in found)
        return [word] if there or left else []
    if args["only_upgrade"] and not there:
        return []
    if wanted["version"] is not None:
        return [] if there and satisfies(there[0]["Version"], wanted) else [versioned(word, wanted)]
    if args["state"] == "latest" or not (there or debian.providers(known["status"], wanted["name"])):
        return [word]
    return []


def satisfies(version: str, wanted: dict[str, Any]) -> bool:
    if wanted["relation"] == ">=":
        return debian.compare(version, wanted["version"]) >= 0
    return fnmatchcase(version, wanted["version"])


def versioned(word: str, wanted: dict[str, Any]) -> str:
    """Return the word with its version; apt-get knows no ``>=``: its candidate must do, and is checked later."""
    return word if wanted["relation"] == ">=" else "%s=%s" % (word, wanted["version"])


def options(args: dict[str, Any]) -> list[str]:
    """Return apt-get's options for all operations."""
    words = ["-q", "-y", "-o", "DPkg::Lock::Timeout=%d" % args["lock_timeout"]]
    for option in args["dpkg_options"].split(","):
        if option:
            words += ["-o", "Dpkg::Options::=--" + option]
    if args["default_release"] is not None:
        words += ["-t", args["default_release"]]
    if args["install_recommends"] is not None:
        words += ["-o", "APT::Install-Recommends=%s" % ("yes" if args["install_recommends"] else "no")]
    if args["force"]:
        words += _FORCE
    for name, option in (
        ("allow_unauthenticated", _FORCE[0]), ("allow_downgrade", _FORCE[1]),
        ("allow_change_held_packages", _FORCE[3]), ("fail_on_autoremove", "--no-remove"),
    ):  # fmt: skip
        if args[name] and option not in words:
            words.append(option)
    return words


def result(state: dict[str, Any], args: dict[str, Any], changes: list[dict[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {
        "cache_updated": state["cache_updated"],
        "cache_update_time": state["cache_time"],
    }
    alone = not (args["name"] or args["deb"] or args["upgrade"] != "no")
    found["changed"] = bool(changes) or (alone and state["cache_updated"])
    if changes:
        text = "".join(operation["text"] for operation in state["operations"])
        found.update(stdout=text, stdout_lines=text.splitlines(), stderr="", stderr_lines=[])
    return found


def diff(state: dict[str, Any], args: dict[str, Any], changes: list[dict[str, Any]]) -> dict[str, Any]:
    sides: dict[str, str] = {}
    for side in ("before", "after"):
        lines = {}
        for change in changes:
            lines.update({name: version for name, version in change[side].items() if version is not None})
        sides[side] = "".join("%s %s\n" % (name, lines[name]) for name in sorted(lines))
    return sides
