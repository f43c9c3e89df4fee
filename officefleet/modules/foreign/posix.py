"""A module of somebody else on a POSIX host: unpacked, run as its kind wants, removed."""

from __future__ import annotations

import json
import os
import sys

from officefleet.agents.kit import Context, Failed

TYPE_CHECKING = False  # typing costs an agent several milliseconds at its start
if TYPE_CHECKING:
    from typing import Any


def run(args: dict[str, Any], context: Context) -> dict[str, Any]:
    import shutil
    import tempfile
    import zipfile

    place = tempfile.mkdtemp(prefix="officefleet-module-")
    try:
        with zipfile.ZipFile(context.blob(args["_blob"])) as archive:
            archive.extractall(place)
        return _run(args, context, place)
    finally:
        shutil.rmtree(place, ignore_errors=True)


def _run(args: dict[str, Any], context: Context, place: str) -> dict[str, Any]:
    path = os.path.join(place, os.path.basename(args["_name"]))
    os.chmod(path, 0o700)
    given = json.loads(args["_args"])
    given["_ansible_tmpdir"] = place
    style = args["_style"]
    environment: dict[str, Any] = {}
    stdin = None
    words = [path]
    if style == "python":
        stdin = json.dumps({"ANSIBLE_MODULE_ARGS": given})
        environment["PYTHONPATH"] = os.path.join(place, "lib")
        words = [sys.executable or "python3", path]
    else:
        if style == "inline":
            _write_in(path, json.dumps(given))
        file = os.path.join(place, "args")
        with open(file, "w", encoding="utf-8") as stream:
            stream.write(_pairs(given) if style == "pairs" else json.dumps(given))
        words = [*_interpreter(path), path, file]
    done = context.run(words, stdin=stdin, env=environment)
    return _result(done)


def _write_in(path: str, text: str) -> None:
    """Put the arguments where the module's text asks for them."""
    with open(path, encoding="utf-8") as stream:
        source = stream.read()
    with open(path, "w", encoding="utf-8") as stream:
        stream.write(source.replace("<<INCLUDE_ANSIBLE_MODULE_JSON_ARGS>>", text))


def _interpreter(path: str) -> list[str]:
    """Return what runs a file whose first line names a Python: the agent's own, as Ansible takes its interpreter."""
    with open(path, "rb") as stream:
        first = stream.readline(200)
    if first.startswith(b"#!") and b"python" in first:
        return [sys.executable or "python3"]
    return []


def _pairs(given: dict[str, Any]) -> str:
    import shlex

    return " ".join("%s=%s" % (name, shlex.quote(str(value))) for name, value in given.items())


def _result(done: Any) -> dict[str, Any]:
    lines = done.out.splitlines()
    starts = [index for index, line in enumerate(lines) if line.lstrip().startswith("{")]
    for start in starts:
        text = "\n".join(lines[start:])
        try:
            found, _end = json.JSONDecoder().raw_decode(text.lstrip())
        except ValueError:
            continue
        if isinstance(found, dict):
            found.pop("invocation", None)
            found.setdefault("changed", False)
            if done.rc and "failed" not in found and "rc" not in found:
                found.update(failed=True, rc=done.rc)
            for name in ("stdout", "stderr"):
                if name in found and name + "_lines" not in found:
                    found[name + "_lines"] = str(found[name]).splitlines()
            return found
    reason = done.err.strip().splitlines()
    raise Failed(
        "MODULE FAILURE: " + (reason[-1] if reason else "no JSON on its output"),
        module_stdout=done.out, module_stderr=done.err, rc=done.rc,
    )  # fmt: skip
