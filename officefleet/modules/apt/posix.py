"""apt on a POSIX host."""

from __future__ import annotations

import glob
import os
import time

from officefleet.agents import debfile, debian
from officefleet.agents.kit import Completed, Context, Failed, Undecidable, need
from officefleet.modules.apt.plan import options, requests, satisfies

TYPE_CHECKING = False  # typing costs an agent several milliseconds at its start
if TYPE_CHECKING:
    from typing import Any

# the newest of these is when the lists were last fetched: the hook's stamp, lists that came, a fetch as such
_STAMPS = ("/var/lib/apt/periodic/update-success-stamp", "/var/lib/apt/lists", "/var/lib/apt/lists/partial")
_ARCHIVES = "/var/cache/apt/archives/*.deb"
_POLICY = "/usr/sbin/policy-rc.d"
_ENVIRONMENT = {
    "DEBIAN_FRONTEND": "noninteractive",
    "DEBIAN_PRIORITY": "critical",
    "APT_LISTCHANGES_FRONTEND": "none",
}
_MISSING = "Unable to locate package "


def read(args: dict[str, Any], context: Context) -> dict[str, Any]:
    """Return what apt-get would do; the lists are fetched first, for what they hold decides."""
    updated = refresh(args, context)
    deb, temporary = debfile.locate(args["deb"], context) if args["deb"] is not None else (None, None)
    status = debian.read_status()
    known: dict[str, Any] = {"status": status, "names": [], "deb": None}
    if deb is not None and debfile.wanted(deb, status, args, context):
        known["deb"] = deb
    if args["state"] != "absent" and any(letter in name for name in args["name"] for letter in "*?["):
        known["names"] = context.run([need("apt-cache"), "pkgnames"], parse=True).out.split()
    operations = [simulate(words, args, context, updated=updated) for words in requests(args, known)]
    check_versions(args, operations)
    return {
        "operations": operations,
        "cache_updated": updated,
        "cache_time": int(cache_time()),
        "archives": len(glob.glob(_ARCHIVES)),
        "temporary": temporary,
    }


def cache_time() -> float:
    """Return when the package lists were last fetched, in seconds since 1970, 0 for never."""
    if not glob.glob("/var/lib/apt/lists/*_Packages*") and not glob.glob("/var/lib/apt/lists/*Release"):
        return 0
    return max((os.stat(path).st_mtime for path in _STAMPS if os.path.exists(path)), default=0)


def refresh(args: dict[str, Any], context: Context) -> bool:
    """Fetch the package lists when they are too old; return whether they are (check mode: would be) fetched.

    Raises:
        Failed: they cannot be fetched after all tries.

    """
    if not (args["update_cache"] or (args["cache_valid_time"] and args["update_cache"] is not False)):
        return False
    if args["cache_valid_time"] and time.time() < cache_time() + args["cache_valid_time"]:
        return False
    if context.check:
        return True
    give_up = time.monotonic() + args["lock_timeout"]
    tries = 0
    while True:
        # a list that fails to come is only a warning to apt-get unless told otherwise
        words = ["-q", "-y", "-o", "APT::Update::Error-Mode=any", "update"]
        done = context.run([need("apt-get"), *words], parse=True, env=_ENVIRONMENT)
        if done.rc == 0:
            os.utime("/var/lib/apt/lists/partial")
            return True
        if "Could not get lock" in done.err:
            if time.monotonic() > give_up:
                raise Failed("Failed to lock apt for exclusive operation: %s" % done.err.strip(), rc=done.rc)
            time.sleep(1)
            continue
        tries += 1
        if tries > args["update_cache_retries"]:
            raise Failed("Failed to update apt cache: %s" % done.err.strip(), rc=done.rc, stderr=done.err)
        time.sleep(min(2 ** (tries - 1), args["update_cache_retry_max_delay"]))


def simulate(words: list[str], args: dict[str, Any], context: Context, *, updated: bool) -> dict[str, Any]:
    """Return {"words", "actions", "text"} of what apt-get would do.

    Raises:
        Failed: apt-get refuses.
        Undecidable: in check mode, a package is unknown to lists that would have been fetched first.

    """
    chosen = [*options(args), *words]
    done = context.run(
        [need("apt-get"), "--simulate", "-o", "Debug::NoLocking=1", *chosen], parse=True, env=_ENVIRONMENT
    )
    if done.rc == 0:
        return {"words": chosen, "actions": debian.parse_simulation(done.out), "text": done.out}
    unknown = [line.partition(_MISSING)[2].strip() for line in done.err.splitlines() if _MISSING in line]
    if unknown and context.check and (updated or not cache_time()):  # an earlier task would have fetched them
        raise Undecidable("package %s is unknown to lists that are out of date" % ", ".join(unknown))
    if unknown:
        raise Failed("No package matching '%s' is available" % unknown[0])
    raise failure(words, done)


def check_versions(args: dict[str, Any], operations: list[dict[str, Any]]) -> None:
    """Refuse a candidate that is older than ``name>=version`` asks for: apt-get knows no such wish.

    Raises:
        Failed: a candidate is too old.

    """
    new = {one["name"]: one["new"] for operation in operations for one in operation["actions"]}
    for text in args["name"]:
        wanted = debian.parse_wanted(text)
        if wanted is None or wanted["relation"] != ">=" or args["state"] == "absent":
            continue
        version = new.get(wanted["name"])
        if version is None:
            there = [
                one for one in debian.find(debian.read_status(), wanted["name"]) if debian.is_installed(one)
            ]
            version = there[0]["Version"] if there else None
        if version is None or not satisfies(version, wanted):
            raise Failed("No package matching '%s' is available" % text)


def failure(words: list[str], done: Completed) -> Failed:
    text = "'apt-get %s' failed: %s" % (" ".join(words), (done.err or done.out).strip())
    return Failed(
        text,
        rc=done.rc,
        stdout=done.out,
        stderr=done.err,
        stdout_lines=done.out.splitlines(),
        stderr_lines=done.err.splitlines(),
    )


def apply(change: dict[str, Any], context: Context) -> dict[str, Any]:
    policy = change.get("policy")
    saved = None
    if policy is not None:
        saved = _set_policy("#!/bin/sh\nexit %d\n" % policy)
    try:
        done = context.run([need("apt-get"), *change["words"]], parse=True, env=_ENVIRONMENT)
    finally:
        if policy is not None:
            _restore_policy(saved)
    if done.rc != 0:
        raise failure(change["words"], done)
    return {
        "stdout": done.out,
        "stdout_lines": done.out.splitlines(),
        "stderr": done.err,
        "stderr_lines": done.err.splitlines(),
    }


def _set_policy(text: str) -> tuple[bytes, int] | None:
    """Put a policy-rc.d in place, which tells packages not to start services; return the one that was there."""
    saved = None
    if os.path.exists(_POLICY):
        with open(_POLICY, "rb") as stream:
            saved = stream.read(), os.stat(_POLICY).st_mode & 0o7777
    with open(_POLICY, "w", encoding="utf-8") as writer:
        writer.write(text)
    os.chmod(_POLICY, 0o755)  # noqa: S103  a program for every package's scripts
    return saved


def _restore_policy(saved: tuple[bytes, int] | None) -> None:
    if saved is None:
        os.unlink(_POLICY)
        return
    with open(_POLICY, "wb") as stream:
        stream.write(saved[0])
    os.chmod(_POLICY, saved[1])


def report(
    args: dict[str, Any], state: dict[str, Any], changes: list[dict[str, Any]], context: Context
) -> dict[str, Any]:
    if state["temporary"] is not None:
        import shutil

        shutil.rmtree(state["temporary"], ignore_errors=True)
    return {}
