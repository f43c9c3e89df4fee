"""command on a POSIX host; shell and script run through `launch` too."""

from __future__ import annotations

import os

from officefleet.agents.kit import Context, Failed

TYPE_CHECKING = False  # typing costs an agent several milliseconds at its start
if TYPE_CHECKING:
    from typing import Any


def run(args: dict[str, Any], context: Context) -> dict[str, Any]:
    return launch(words(args), args, context)


def words(args: dict[str, Any]) -> list[str]:
    """Return the program and its arguments."""
    if args["argv"] is not None:
        parts = list(args["argv"])
    else:
        import shlex

        try:
            parts = shlex.split(args["cmd"])
        except ValueError as error:
            raise Failed("cannot split the command into words: %s" % error, rc=256, cmd=args["cmd"]) from None
    return parts


def expanded(command: list[str] | str, args: dict[str, Any]) -> list[str] | str:
    """Return the command to run: variables replaced in the words of a list; a shell does that itself."""
    if isinstance(command, str) or not args["expand_argument_vars"]:
        return command
    return [os.path.expanduser(os.path.expandvars(word)) for word in command]


def launch(
    command: list[str] | str, args: dict[str, Any], context: Context, shell: str | None = None
) -> dict[str, Any]:
    """Run `command` as creates, removes, chdir and stdin of `args` say; return Ansible's result.

    Raises:
        Failed: it ended with another code than 0, cannot start, or its folder does not exist.

    """
    result: dict[str, Any] = {
        "changed": False,
        "cmd": command,
        "rc": 0,
        "stdout": "",
        "stderr": "",
        "start": None,
        "end": None,
        "delta": None,
        "msg": "",
    }
    folder = enter(args, result)
    reason = not_needed(args, folder)
    if reason is not None:
        result["msg"] = ("Would not" if context.check else "Did not") + " run command since " + reason
        result["stdout"] = "skipped, since " + reason.replace("'", "", 2)
        return add_lines(result)
    if context.check:
        result["msg"] = "Command would have run if not in check mode"
        if args["creates"] is None and args["removes"] is None:
            result["skipped"] = True
        else:
            result["changed"] = True
        return add_lines(result)
    try:
        result.update(_timed(expanded(command, args), args, context, folder, shell=shell))
    except Failed as error:
        raise Failed(error.msg, **not_started(command, result, error)) from None
    result["changed"] = True
    add_lines(result)
    if result["rc"] != 0:
        raise Failed("non-zero return code", **{key: value for key, value in result.items() if key != "msg"})
    return result


def not_started(command: list[str] | str, result: dict[str, Any], error: Failed) -> dict[str, Any]:
    """Return the fields of a command that could not start; Ansible has its words as one text then."""
    import shlex

    fields = dict(add_lines(result), rc=error.fields.get("rc"))
    fields["cmd"] = command if isinstance(command, str) else " ".join(shlex.quote(word) for word in command)
    return {name: fields[name] for name in fields if name not in ("msg", "start", "end", "delta")}


def enter(args: dict[str, Any], result: dict[str, Any]) -> str | None:
    """Return the working folder, or None for the agent's own."""
    if args["chdir"] is None:
        return None
    folder: str = os.path.abspath(os.path.expanduser(os.path.expandvars(args["chdir"])))
    problem = None
    if not os.path.exists(folder):
        problem = "[Errno 2] No such file or directory"
    elif not os.path.isdir(folder):
        problem = "[Errno 20] Not a directory"
    elif not os.access(folder, os.X_OK):
        problem = "[Errno 13] Permission denied"
    if problem is not None:
        fields = {key: value for key, value in add_lines(dict(result, rc=None)).items() if key != "msg"}
        text = "Unable to change directory before execution: %s: %r" % (problem, os.fsencode(folder))
        raise Failed(text, **fields)
    return folder


def not_needed(args: dict[str, Any], folder: str | None) -> str | None:
    """Return why the command need not run, or None when it must."""
    if args["creates"] is not None and _exists(args["creates"], folder):
        return "'%s' exists" % args["creates"]
    if args["removes"] is not None and not _exists(args["removes"], folder):
        return "'%s' does not exist" % args["removes"]
    return None


def _exists(pattern: str, folder: str | None) -> bool:
    import glob

    path = os.path.expanduser(os.path.expandvars(pattern))
    if folder is not None:
        path = os.path.join(glob.escape(folder), path)
    return bool(glob.glob(path))


def _timed(
    command: list[str] | str, args: dict[str, Any], context: Context, folder: str | None, *, shell: str | None
) -> dict[str, Any]:
    import datetime as dt

    text = args["stdin"]
    if text is not None and args["stdin_add_newline"]:
        text += "\n"
    data = None if text is None else text.encode("utf-8", "surrogateescape")
    start = dt.datetime.now()  # noqa: DTZ005  Ansible reports the host's own wall clock
    done = context.run(command, stdin=data, cwd=folder, shell=shell)
    end = dt.datetime.now()  # noqa: DTZ005  as above
    out, err = done.out, done.err
    if args["strip_empty_ends"]:
        out, err = out.rstrip("\r\n"), err.rstrip("\r\n")
    found = {"rc": done.rc, "stdout": out, "stderr": err}
    return dict(found, start=str(start), end=str(end), delta=str(end - start))


def add_lines(result: dict[str, Any]) -> dict[str, Any]:
    """Add stdout_lines and stderr_lines."""
    result["stdout_lines"] = result["stdout"].splitlines()
    result["stderr_lines"] = result["stderr"].splitlines()
    return result
