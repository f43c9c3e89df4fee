"""pip on a POSIX host."""

from __future__ import annotations

import os
import re
import sys

from officefleet.agents import files
from officefleet.agents.kit import Completed, Context, Failed, Undecidable, which

TYPE_CHECKING = False  # typing costs an agent several milliseconds at its start
if TYPE_CHECKING:
    from typing import Any

_VCS = re.compile(r"(^|@\s*)(svn|git|hg|bzr)\+|://|^[./~]")
_SPECIFIED = re.compile(r"[<>=!~]")
_NAME = re.compile(r"^\s*([A-Za-z0-9][A-Za-z0-9._-]*)")
_LATEST = {
    "present": [],
    "latest": ["-U"],
    "forcereinstall": ["-U", "--force-reinstall"],
}


def run(args: dict[str, Any], context: Context) -> dict[str, Any]:
    chdir = files.expand(args["chdir"]) if args["chdir"] is not None else None
    pip = Pip(args, context, chdir)
    result: dict[str, Any] = {
        "changed": False, "name": args["name"] or None, "version": args["version"], "state": args["state"],
        "requirements": args["requirements"], "virtualenv": args["virtualenv"], "stdout": "", "stderr": "",
    }  # fmt: skip
    made = pip.make_environment()
    if made is not None:
        result.update(changed=True, stdout=made.out, stderr=made.err)
        if context.check:
            return result
    pip.find()
    words = pip.words()
    result["cmd"] = words
    if context.check:
        return dict(result, changed=result["changed"] or pip.would_change(words))
    before = pip.frozen() if pip.needs_comparison() else None
    done = pip.call(words)
    out, err = result["stdout"] + done.out, result["stderr"] + done.err
    if done.rc != 0 and not (
        done.rc == 1 and args["state"] == "absent" and "not installed" in done.out + done.err
    ):
        raise Failed(_message(done), cmd=words, rc=done.rc, stdout=out, stderr=err)
    if args["state"] == "absent":
        changed = "Successfully uninstalled" in done.out
    else:
        changed = "Successfully installed" in done.out
        if changed and before is not None:
            changed = before != pip.frozen()
    result.update(stdout=out, stderr=err, changed=result["changed"] or changed)
    result.update(stdout_lines=out.splitlines(), stderr_lines=err.splitlines())
    return result


def _message(done: Completed) -> str:
    text = "stdout: %s\n" % done.out if done.out else ""
    return (text + ":stderr: %s" % done.err) if done.err else text


class Pip:
    """One pip: the system's, a virtual environment's, or the one that the task names."""

    def __init__(self, args: dict[str, Any], context: Context, chdir: str | None) -> None:
        self.args = args
        self.context = context
        self.chdir = chdir
        self.program: list[str] = []
        umask = args["umask"]
        self.umask = None if umask is None else int(umask, 8) if isinstance(umask, str) else umask
        self.folder = None
        if args["virtualenv"] is not None:
            self.folder = os.path.join(chdir or "", files.expand(args["virtualenv"]))

    def call(self, words: list[str], *, parse: bool = True) -> Completed:
        """Run a program as the task wants it."""
        environment: dict[str, Any] = {"PIP_DISABLE_PIP_VERSION_CHECK": "1", "PIP_NO_INPUT": "1"}
        if self.args["break_system_packages"]:
            environment["PIP_BREAK_SYSTEM_PACKAGES"] = "1"
        return self.context.run(words, cwd=self.chdir, parse=parse, umask=self.umask, env=environment)

    def environment_command(self) -> list[str]:
        """Return the words that make the virtual environment.

        Raises:
            Failed: the program is not there, or `virtualenv_python` does not go with it.

        """
        import shlex

        words = shlex.split(self.args["virtualenv_command"])
        found = which(os.path.expanduser(words[0]))
        if found is None:
            raise Failed('Failed to find required executable "%s" in paths' % words[0])
        is_venv = "venv" in words[1:] or os.path.basename(words[0]).startswith("pyvenv")
        command = [found, *words[1:]]
        if self.args["virtualenv_site_packages"]:
            command.append("--system-site-packages")
        if is_venv and self.args["virtualenv_python"]:
            raise Failed(
                "virtualenv_python should not be used when using the venv module or pyvenv as virtualenv_command"
            )
        if not is_venv:
            command += ["-p", self.args["virtualenv_python"] or sys.executable or "python3"]
        return [*command, str(self.folder)]

    def make_environment(self) -> Completed | None:
        """Make the virtual environment where there is none; None when nothing was to do."""
        if self.folder is None or os.path.exists(os.path.join(self.folder, "bin", "activate")):
            return None
        if self.context.check:
            return Completed(0, "", "")  # the program may come with an earlier task
        command = self.environment_command()
        done = self.call(command)
        if done.rc != 0:
            raise Failed(_message(done), cmd=command, rc=done.rc, stdout=done.out, stderr=done.err)
        return done

    def find(self) -> None:
        """Find the program.

        Raises:
            Failed: there is none.

        """
        if self.folder is not None:
            candidates = [os.path.join(self.folder, "bin", name) for name in ("pip3", "pip")]
            found = next((path for path in candidates if os.access(path, os.X_OK)), None)
            if found is None:
                raise Failed("Unable to find pip in the virtualenv, %s, under any of these names: pip3, pip. "
                             "Make sure pip is present in the virtualenv." % self.folder)  # fmt: skip
            self.program = [found]
            return
        if self.args["executable"] is not None:
            named = which(os.path.expanduser(self.args["executable"]))
            if named is None:
                raise Failed('Failed to find required executable "%s" in paths' % self.args["executable"])
            self.program = [named]
            return
        own = sys.executable or "python3"
        if self.call([own, "-m", "pip", "--version"]).rc == 0:
            self.program = [own, "-m", "pip"]
            return
        found = which("pip3") or which("pip")
        if found is None:
            raise Failed("Unable to find any of pip3, pip to use.  pip needs to be installed.")
        self.program = [found]

    def words(self) -> list[str]:
        """Return the whole command that brings the wanted state."""
        import shlex

        args = self.args
        absent = args["state"] == "absent"
        words = [*self.program, *(["uninstall", "-y"] if absent else ["install", *_LATEST[args["state"]]])]
        if args["extra_args"]:
            words += shlex.split(args["extra_args"])
        if args["requirements"]:
            return [*words, "-r", args["requirements"]]
        for name in self.names():
            if args["editable"] and not absent:
                words.append("-e")
            words.append(name)
        return words

    def names(self) -> list[str]:
        """Return the requirements, with the version of the task.

        Raises:
            Failed: the version fits no single package.

        """
        names: list[str] = list(self.args["name"])
        version = self.args["version"]
        if version is None:
            return names
        if len(names) > 1:
            raise Failed(
                "'version' argument is ambiguous when installing multiple package distributions. Please specify "
                "version restrictions next to each package in 'name' argument."
            )
        if _SPECIFIED.search(names[0]):
            raise Failed(
                "The 'version' argument conflicts with any version specifier provided along with a package name. "
                "Please keep the version specifier, but remove the 'version' argument."
            )
        return [names[0] + (version if _SPECIFIED.match(version) else "==" + version)]

    def needs_comparison(self) -> bool:
        """Return whether pip says that it has installed something even where nothing has become different."""
        return self.args["state"] == "present" and (
            self.args["editable"]
            or bool(self.args["requirements"])
            or any(map(_VCS.search, self.args["name"]))
        )

    def frozen(self) -> str:
        """Return what is installed, by name, version and origin."""
        return self.call([*self.program, "freeze", "--all"]).out

    def installed(self) -> set[str]:
        """Return the names of what is installed, in small letters with hyphens (PEP 503)."""
        import json

        done = self.call([*self.program, "list", "--format=json"])
        if done.rc != 0:
            raise Undecidable("pip does not list what is installed: %s" % done.err.strip())
        return {_canonical(one["name"]) for one in json.loads(done.out)}

    def would_change(self, words: list[str]) -> bool:
        """Return what pip says it would do.

        Raises:
            Undecidable: it is too old to say, or its sources do not answer.

        """
        if self.args["state"] == "absent":
            names = self.args["name"]
            if self.args["requirements"]:
                path = os.path.join(self.chdir or "", files.expand(self.args["requirements"]))
                if not os.path.exists(path):
                    raise Undecidable("%s does not exist yet" % path)
                names = files.read_bytes(path).decode("utf-8", "replace").splitlines()
            wanted = {_canonical(match.group(1)) for match in map(_NAME.match, names) if match}
            return bool(wanted & self.installed())
        done = self.call([*words, "--dry-run"])
        if done.rc != 0:
            raise Undecidable("pip cannot say: %s" % (done.err.strip() or done.out.strip())[-500:])
        if "Would install" not in done.out:
            return False
        return not (self.needs_comparison() and self._only_same(done.out))

    def _only_same(self, out: str) -> bool:
        """Return whether what would be installed is installed already in that version."""
        line = out[out.rindex("Would install") :].splitlines()[0]
        have = set()
        for one in self.frozen().splitlines():
            name, _equals, version = one.partition("==")
            have.add("%s-%s" % (_canonical(name), version))
        return all(
            "%s-%s" % (_canonical(name), version) in have
            for name, _dash, version in (word.rpartition("-") for word in line.split()[2:])
        )


def _canonical(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name.strip()).lower()
