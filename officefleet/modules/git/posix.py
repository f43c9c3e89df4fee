"""git on a POSIX host."""

from __future__ import annotations

import os

from officefleet.agents import files
from officefleet.agents.gitrepo import SAID, Repository, is_hash, may_be_hash
from officefleet.agents.kit import Context, Failed, Undecidable

TYPE_CHECKING = False  # typing costs an agent several milliseconds at its start
if TYPE_CHECKING:
    from typing import Any


def run(args: dict[str, Any], context: Context) -> dict[str, Any]:
    repository = Repository(args, context)
    result: dict[str, Any] = {"changed": False, "before": None, "after": None}
    if not repository.exists():
        return _finish(repository, _fresh(repository, args, result), args, context)
    moved = _relocate(repository, args, context)
    result.update(moved)
    result["before"] = repository.head()
    url = repository.url()
    if args["update"]:
        result["remote_url_changed"] = url is not None and not _same_place(url, args["repo"])
    if url != args["repo"] and args["update"] and not context.check:
        problem = "Failed to set a new url %s for %s" % (args["repo"], args["remote"])
        repository.git("remote", "set-url", args["remote"], args["repo"], fail=problem)
    if repository.is_modified():
        if not args["force"]:
            raise Failed(
                "Local modifications exist in the destination: %s (force=no)." % repository.dest,
                before=result["before"],
            )
        result["changed"] = True
        result["msg"] = "Local modifications exist in the destination: %s" % repository.dest
        if not context.check:
            repository.git("reset", "--hard", "HEAD", fail="Failed to throw local changes away")
    if not args["update"]:
        result["after"] = result["before"]
        return _finish(repository, result, args, context)
    if context.check:
        result["after"] = _foretold(repository, args, result)
        return _with_diff(_changed(result), context)
    _fetch(repository, args)
    _switch(repository, args)
    _submodules(repository, args, result)
    result["after"] = repository.head()
    return _finish(repository, _changed(result), args, context)


def _same_place(one: str, other: str) -> bool:
    """Return whether two addresses are the same but for a slash or .git at their end."""
    import re

    short = [re.sub(r"(\.git)?/*$", "", text.rstrip("/")) for text in (one, other)]
    return short[0] == short[1]


def _changed(result: dict[str, Any]) -> dict[str, Any]:
    result["changed"] = bool(
        result["changed"] or result["before"] != result["after"]
        or result.get("remote_url_changed") or result.get("submodules_changed")
    )  # fmt: skip
    return result


def _relocate(repository: Repository, args: dict[str, Any], context: Context) -> dict[str, Any]:
    """Move the repository's own folder to `separate_git_dir`; return Ansible's fields."""
    target = args["separate_git_dir"]
    if target is None or repository.bare:
        return {}
    target = os.path.abspath(files.expand(target))
    now = repository.folder
    if os.path.realpath(now) == os.path.realpath(target):
        return {}
    if not context.check:
        repository.git("init", "--separate-git-dir", target, fail="Unable to move git dir.")
    return {"changed": True, "git_dir_before": now, "git_dir_now": target}


def _fresh(repository: Repository, args: dict[str, Any], result: dict[str, Any]) -> dict[str, Any]:
    """Clone; in check mode only ask what would come."""
    context = repository.context
    if not args["clone"] or repository.dest is None:
        refs = repository.remote_refs(args["repo"], "/")
        result["after"] = repository.wanted(refs)
        result["changed"] = True  # as Ansible has it: something would have come
        return result
    result["changed"] = True
    if context.check:
        _require_room(repository.dest)
        try:
            result["after"] = repository.wanted(repository.remote_refs(args["repo"], "/"))
        except Failed as error:
            raise Undecidable("the remote cannot be asked: %s" % error.msg) from None
        return result
    parent = os.path.dirname(repository.dest)
    os.makedirs(parent, exist_ok=True)
    commit = is_hash(args["version"]) or (may_be_hash(args["version"]) and _not_a_name(repository, args))
    repository.git(*_clone_words(repository, args, commit=commit), cwd=parent, fail=SAID)
    if repository.bare and args["remote"] != "origin":
        repository.git("remote", "add", args["remote"], args["repo"])
    if args["refspec"]:
        words = ["fetch", args["remote"], args["refspec"]]
        if args["depth"]:
            words[1:1] = ["--depth", str(args["depth"])]
        repository.git(*words, fail="Failed to fetch refspec")
    if commit or args["refspec"]:
        _switch(repository, args)
    if args["verify_commit"]:
        _verify(repository, args)
    _submodules(repository, args, result)
    result["after"] = repository.head()
    return result


def _require_room(dest: str) -> None:
    if os.path.isdir(dest) and os.listdir(dest):
        raise Failed(
            "fatal: destination path '%s' already exists and is not an empty directory." % dest, dest=dest
        )


def _not_a_name(repository: Repository, args: dict[str, Any]) -> bool:
    return repository.wanted(repository.remote_refs(args["repo"], "/")) is None


def _clone_words(repository: Repository, args: dict[str, Any], *, commit: bool) -> list[str]:
    words = ["clone"]
    if args["bare"]:
        words.append("--bare")
    else:
        words += ["--origin", args["remote"]]
    named = not commit and not args["refspec"] and args["version"] != "HEAD"
    if named:
        words += ["--branch", args["version"]]
    if args["depth"] and (named or args["version"] == "HEAD" or args["refspec"]):
        words += ["--depth", str(args["depth"])]
        if not args["single_branch"]:
            words.append("--no-single-branch")
    if args["single_branch"]:
        words.append("--single-branch")
    if args["reference"]:
        words += ["--reference", args["reference"]]
    if args["separate_git_dir"]:
        words.append("--separate-git-dir=" + os.path.abspath(files.expand(args["separate_git_dir"])))
    return [*words, "--", args["repo"], repository.dest or ""]


def _fetch(repository: Repository, args: dict[str, Any]) -> None:
    """Fetch branches, tags and what the version needs."""
    remote = args["remote"]
    specs = ["+refs/heads/*:refs/heads/*"] if args["bare"] else []
    words = ["fetch", "--tags", "--force"]
    if args["depth"] and not args["bare"]:
        words += ["--depth", str(args["depth"])]
    elif os.path.exists(os.path.join(repository.folder, "shallow")) and not args["depth"]:
        words.append("--unshallow")
    if (
        args["single_branch"]
        and not args["bare"]
        and args["version"] != "HEAD"
        and not is_hash(args["version"])
    ):
        refs = repository.remote_refs(remote, None)
        name = args["version"]
        if "refs/heads/" + name in refs:
            specs.append("+refs/heads/%s:refs/remotes/%s/%s" % (name, remote, name))
    repository.git(*words, remote, *specs, fail="Failed to download remote objects and refs")
    if args["refspec"]:
        repository.git("fetch", remote, args["refspec"], fail="Failed to fetch refspec")
    if args["version"] == "HEAD" and not args["bare"]:
        repository.git("remote", "set-head", remote, "--auto")


def _target(repository: Repository, args: dict[str, Any]) -> str:
    """Return the commit that `version` means, as far as the repository knows."""
    version, remote = args["version"], args["remote"]
    if version == "HEAD":
        branch = repository.branch()
        names = ["refs/remotes/%s/%s" % (remote, branch)] if branch else []
        names += ["refs/remotes/%s/HEAD" % remote, "HEAD"]
    else:
        names = ["refs/remotes/%s/%s" % (remote, version), "refs/tags/" + version, version]
        if args["bare"]:
            names.insert(0, "refs/heads/" + version)
    for name in names:
        found = repository.resolve(name)
        if found is not None:
            return found
    repository.git("checkout", "--force", version, fail="Failed to checkout %s" % version)
    return repository.head() or version


def _switch(repository: Repository, args: dict[str, Any]) -> None:
    """Check the version out; a branch stays a branch that follows the remote's."""
    if args["bare"]:
        return
    version, remote = args["version"], args["remote"]
    target = _target(repository, args)
    branch = version
    if version == "HEAD":
        head = repository.git("symbolic-ref", "-q", "refs/remotes/%s/HEAD" % remote)
        named = head.out.strip().rpartition("refs/remotes/%s/" % remote)[2] if head.rc == 0 else ""
        branch = repository.branch() or named
    if branch and repository.resolve("refs/remotes/%s/%s" % (remote, branch)) is not None:
        if repository.branch() != branch:
            words = ["checkout", "--force", "-B", branch, "--track", "%s/%s" % (remote, branch)]
            repository.git(*words, fail="Failed to checkout branch %s" % branch)
        else:
            repository.git("reset", "--hard", target, fail="Failed to reset to %s" % branch)
    elif repository.head() != target or repository.branch() is not None:
        repository.git("checkout", "--force", target, fail="Failed to checkout %s" % version)
    if args["verify_commit"]:
        _verify(repository, args)


def _verify(repository: Repository, args: dict[str, Any]) -> None:
    """Check the signature of the tag or commit, and that one of the allowed keys made it."""
    version = args["version"]
    is_tag = repository.git("cat-file", "-t", "refs/tags/" + version).out.strip() == "tag"
    words = ["verify-tag", version] if is_tag else ["verify-commit", repository.head() or "HEAD"]
    if args["gpg_allowlist"]:
        words.insert(1, "--raw")
    done = repository.git(*words, fail='Failed to verify GPG signature of commit/tag "%s"' % version)
    if not args["gpg_allowlist"]:
        return
    signers = []
    for line in (done.out + done.err).splitlines():
        parts = line.split()
        if parts[:2] == ["[GNUPG:]", "VALIDSIG"]:
            signers += [parts[2], parts[-1]]
    if not any(one in args["gpg_allowlist"] for one in signers):
        raise Failed("The gpg_allowlist does not include the public key of this commit", signers=signers)


def _submodules(repository: Repository, args: dict[str, Any], result: dict[str, Any]) -> None:
    """Bring the submodules to what the commit (or with `track_submodules` their branch) says."""
    modules = os.path.join(repository.dest or "", ".gitmodules")
    if not args["recursive"] or args["bare"] or not os.path.exists(modules):
        return
    before = repository.git("submodule", "status", "--recursive").out
    repository.git("submodule", "sync", "--recursive")
    words = ["submodule", "update", "--init", "--recursive"]
    if args["force"]:
        words.append("--force")
    if args["track_submodules"]:
        words.append("--remote")
    repository.git(*words, fail="Failed to init/update submodules")
    result["submodules_changed"] = before != repository.git("submodule", "status", "--recursive").out


def _foretold(repository: Repository, args: dict[str, Any], result: dict[str, Any]) -> str | None:
    """Return the commit that the real run would leave: what the remote says, or the object that is here."""
    version = args["version"]
    if is_hash(version) and repository.has_commit(version):
        return str(version.lower())
    try:
        refs = repository.remote_refs(args["repo"], None)
        branch = repository.branch() if version == "HEAD" and not args["bare"] else None
        found = refs.get("refs/heads/%s" % branch) or repository.wanted(refs)
    except Failed as error:
        raise Undecidable("the remote cannot be asked: %s" % error.msg) from None
    if found is None:
        found = repository.resolve(version)
    if found is None:
        raise Failed("Failed to checkout %s" % version, before=result["before"])
    return found


def _finish(
    repository: Repository, result: dict[str, Any], args: dict[str, Any], context: Context
) -> dict[str, Any]:
    """Make the archive and the diff."""
    if args["archive"] and repository.exists():
        if context.check:
            result["changed"] = True
        else:
            result.update(_archive(repository, args, result))
    return _with_diff(result, context)


def _archive(repository: Repository, args: dict[str, Any], result: dict[str, Any]) -> dict[str, Any]:
    """Write the tree of the version into an archive unless the same is there."""
    import tempfile

    path = os.path.abspath(files.expand(args["archive"]))
    os.makedirs(os.path.dirname(path), exist_ok=True)
    style = next(end for end in ("zip", "tar.gz", "tgz", "tar") if path.endswith("." + end))
    words = ["archive", "--format=" + style]
    if args["archive_prefix"]:
        words.append("--prefix=" + args["archive_prefix"])
    with tempfile.TemporaryDirectory(prefix=".of-", dir=os.path.dirname(path)) as folder:
        made = os.path.join(folder, "archive")
        repository.git(
            *words, "--output=" + made, _target(repository, args), fail="Failed to perform archive"
        )
        same = os.path.isfile(path) and files.digest(made) == files.digest(path)
        if not same:
            os.chmod(made, 0o666 & ~files.umask())
            os.rename(made, path)
    return {"changed": result["changed"] or not same}


def _with_diff(result: dict[str, Any], context: Context) -> dict[str, Any]:
    if context.diff and result["before"] != result["after"]:
        result["diff"] = {
            "before": "%s\n" % result["before"] if result["before"] else "",
            "after": "%s\n" % result["after"],
        }
        if result["before"]:
            result["diff"]["prepared"] = ">> %s..%s\n" % (result["before"], result["after"])
    return result
