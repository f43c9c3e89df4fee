"""subversion on a POSIX host."""

from __future__ import annotations

import os
import re

from officefleet.agents import files
from officefleet.agents.kit import Completed, Context, Failed, need

TYPE_CHECKING = False  # typing costs an agent several milliseconds at its start
if TYPE_CHECKING:
    from typing import Any

_MODIFIED = re.compile(r"^[^?X]", re.MULTILINE)


def run(args: dict[str, Any], context: Context) -> dict[str, Any]:
    svn = Subversion(args, context)
    dest = svn.dest
    if args["export"] or dest is None or not os.path.exists(dest):
        return _fresh(svn, args, context)
    if not svn.is_working_copy():
        if not args["in_place"]:
            raise Failed("ERROR: %s folder already exists, but its not a subversion repository." % dest)
        before = None
        if context.check:
            return {"changed": True, "before": before, "after": svn.remote_revision()}
        svn.must("checkout", "--force", "-r", args["revision"], args["repo"], dest)
        if args["force"]:
            svn.must("revert", "-R", dest)
        return {"changed": True, "before": before, "after": svn.revision()}
    return _update(svn, args, context)


def _fresh(svn: Subversion, args: dict[str, Any], context: Context) -> dict[str, Any]:
    """Check out or export where nothing is; only tell the revision when that is not wanted."""
    if not args["export"] and not args["checkout"]:
        return {"changed": False, "after": svn.remote_revision()[0]}
    if context.check:
        return {"changed": True}
    if args["export"]:
        words = ["export", "--force"] if args["force"] else ["export"]
        svn.must(*words, "-r", args["revision"], args["repo"], svn.dest or "")
        return {"changed": True}
    svn.must("checkout", "-r", args["revision"], args["repo"], svn.dest or "")
    return {"changed": True, "before": None, "after": svn.revision()}


def _update(svn: Subversion, args: dict[str, Any], context: Context) -> dict[str, Any]:
    before = svn.revision()
    changed = False
    if not args["update"]:
        return {"changed": False}
    if svn.is_modified():
        if not args["force"]:
            raise Failed("ERROR: modified files exist in the repository.")
        changed = True
    switched = args["switch"] and before[1] != "URL: " + args["repo"].rstrip("/")
    if context.check:
        remote = svn.remote_revision()
        return {"changed": changed or switched or remote != before, "before": before, "after": remote}
    if changed:
        svn.must("revert", "-R", svn.dest or "")
    if switched:
        svn.must("switch", "--force" if args["force"] else "--quiet", args["repo"], svn.dest or "")
    svn.must("update", "-r", args["revision"], svn.dest or "")
    after = svn.revision()
    return {"changed": changed or before != after, "before": before, "after": after}


class Subversion:
    """Runs svn for one folder; a password goes through its standard input."""

    def __init__(self, args: dict[str, Any], context: Context) -> None:
        self.args = args
        self.context = context
        self.program = args["executable"] or need("svn")
        self.dest = files.expand(args["dest"]).rstrip("/") if args["dest"] is not None else None

    def call(self, *words: str) -> Completed:
        args = self.args
        command = [self.program, "--non-interactive", "--no-auth-cache"]
        if not args["validate_certs"]:
            command += ["--trust-server-cert-failures", "unknown-ca,cn-mismatch,expired,not-yet-valid,other"]
        if args["username"] is not None:
            command += ["--username", args["username"]]
        stdin = None
        if args["password"] is not None:
            command.append("--password-from-stdin")
            stdin = args["password"]
        return self.context.run([*command, *words], parse=True, stdin=stdin)

    def must(self, *words: str) -> str:
        """Run svn and return what it prints.

        Raises:
            Failed: it fails.

        """
        done = self.call(*words)
        if done.rc != 0:
            raise Failed(done.err.strip() or done.out.strip(), rc=done.rc, stdout=done.out, stderr=done.err)
        return done.out

    def is_working_copy(self) -> bool:
        """Return whether the folder is one."""
        return self.call("info", self.dest or "").rc == 0

    def is_modified(self) -> bool:
        """Return whether files that Subversion knows differ from their revision."""
        lines = self.must("status", "--quiet", self.dest or "").splitlines()
        return any(_MODIFIED.match(line) for line in lines)

    def revision(self) -> list[str]:
        """Return ["Revision: N", "URL: ..."] of the working copy, as Ansible has them."""
        return _told(self.must("info", self.dest or ""))

    def remote_revision(self) -> list[str]:
        """Return the same of the repository."""
        return _told(self.must("info", "-r", self.args["revision"], self.args["repo"]))


def _told(text: str) -> list[str]:
    lines = text.splitlines()
    return [next((one for one in lines if one.startswith(start)), "") for start in ("Revision:", "URL:")]
