"""One git working copy or bare repository on a host, and what its remote has. Standard library only."""

from __future__ import annotations

import os
import re

from officefleet.agents.kit import Completed, Context, Failed, need

TYPE_CHECKING = False  # typing costs an agent several milliseconds at its start
if TYPE_CHECKING:
    from typing import Any

SAID = "what git said"
_HASH = re.compile(r"^[0-9a-fA-F]{40}$|^[0-9a-fA-F]{64}$")
_SHORT = re.compile(r"^[0-9a-fA-F]{4,40}$")


class Repository:
    """Runs git for one folder.

    Args:
        args: the module's arguments.
        context: lends the way to run programs.

    """

    def __init__(self, args: dict[str, Any], context: Context) -> None:
        self.args = args
        self.context = context
        self.program = args["executable"] or need("git")
        self.dest = os.path.abspath(os.path.expanduser(args["dest"])) if args["dest"] else None
        self.bare = args["bare"]
        self.environment = _ssh(args)
        umask = args["umask"]
        self.umask = None if umask is None else int(umask, 8) if isinstance(umask, str) else umask

    @property
    def folder(self) -> str:
        """The repository's own folder: .git, or where a file of that name leads."""
        dest = self.dest or ""
        if self.bare:
            return dest
        path = os.path.join(dest, ".git")
        if os.path.isfile(path):
            with open(path, encoding="utf-8", errors="surrogateescape") as stream:
                found = stream.read().strip()
            if found.startswith("gitdir:"):
                return os.path.normpath(os.path.join(dest, found[7:].strip()))
        return path

    def exists(self) -> bool:
        """Return whether a repository is there."""
        return self.dest is not None and os.path.exists(os.path.join(self.folder, "config"))

    def git(self, *words: str, cwd: str | None = None, fail: str = "") -> Completed:
        """Run git in the working copy (or in `cwd`).

        Raises:
            Failed: it fails and `fail` says what has failed; SAID stands for git's own words.

        """
        command = [self.program, *words]
        done = self.context.run(
            command, cwd=cwd or self.dest, parse=True, env=self.environment, umask=self.umask
        )
        if done.rc != 0 and fail:
            said = (done.out + done.err).strip()
            message = said if fail == SAID else "%s: %s" % (fail, said) if said else fail
            raise Failed(message, cmd=" ".join(command), rc=done.rc, stdout=done.out, stderr=done.err)
        return done

    def head(self) -> str | None:
        """Return the hash that is checked out, None in a repository without commits."""
        done = self.git("rev-parse", "--verify", "-q", "HEAD^{commit}")
        return done.out.strip() or None if done.rc == 0 else None

    def url(self) -> str | None:
        """Return the address of the remote as the configuration has it."""
        done = self.git("config", "--get", "remote.%s.url" % self.args["remote"])
        return done.out.strip() or None if done.rc == 0 else None

    def is_modified(self) -> bool:
        """Return whether files that git knows differ from the commit."""
        if self.bare:
            return False
        lines = self.git("status", "--porcelain", fail="Failed to look at the working copy").out.splitlines()
        return any(not line.startswith("??") for line in lines)

    def branch(self) -> str | None:
        """Return the branch that is checked out, None for a detached head."""
        done = self.git("symbolic-ref", "-q", "--short", "HEAD")
        return done.out.strip() if done.rc == 0 else None

    def has_commit(self, name: str) -> bool:
        """Return whether the repository has the object of a hash."""
        return self.git("cat-file", "-e", name + "^{commit}").rc == 0

    def resolve(self, name: str) -> str | None:
        """Return the commit of a name in the repository, or None."""
        done = self.git("rev-parse", "--verify", "-q", name + "^{commit}")
        return done.out.strip() if done.rc == 0 else None

    def remote_refs(self, source: str, cwd: str | None) -> dict[str, str]:
        """Return {reference: hash} of the remote; tags with ``^{}`` are the commits that they lead to.

        Raises:
            Failed: it does not answer, or refuses.

        """
        done = self.git("ls-remote", source, cwd=cwd, fail=SAID)
        found = {}
        for line in done.out.splitlines():
            value, tab, name = line.partition("\t")
            if tab:
                found[name] = value
        return found

    def wanted(self, refs: dict[str, str]) -> str | None:
        """Return the hash that `version` means at the remote; None when only the object itself can tell."""
        version = self.args["version"]
        if version == "HEAD":
            return refs.get("HEAD")
        for name in ("refs/heads/" + version, "refs/tags/%s^{}" % version, "refs/tags/" + version, version):
            if name in refs:
                return refs[name]
        return version.lower() if is_hash(version) else None


def is_hash(version: str) -> bool:
    """Return whether a version is a whole hash."""
    return _HASH.match(version) is not None


def may_be_hash(version: str) -> bool:
    """Return whether a version may be the beginning of a hash."""
    return _SHORT.match(version) is not None


def _ssh(args: dict[str, Any]) -> dict[str, str]:
    """Return the environment that tells git how to call ssh; git never asks anything of a terminal."""
    import shlex

    environment = {"GIT_TERMINAL_PROMPT": "0"}
    words = shlex.split(args["ssh_opts"]) if args["ssh_opts"] else []
    if args["accept_hostkey"]:
        words += ["-o", "StrictHostKeyChecking=no"]
    elif args["accept_newhostkey"]:
        words += ["-o", "StrictHostKeyChecking=accept-new"]
    if args["key_file"]:
        words += ["-i", os.path.expanduser(args["key_file"]), "-o", "IdentitiesOnly=yes"]
    if "BatchMode" not in " ".join(words):
        words += ["-o", "BatchMode=yes"]
    command = os.environ.get("GIT_SSH_COMMAND") or os.environ.get("GIT_SSH") or "ssh"
    environment["GIT_SSH_COMMAND"] = " ".join([command, *(shlex.quote(word) for word in words)])
    return environment
