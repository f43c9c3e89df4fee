"""script on a POSIX host."""

from __future__ import annotations

import os

from officefleet.agents.kit import Context, Failed
from officefleet.modules.command.posix import add_lines, enter, not_needed

TYPE_CHECKING = False  # typing costs an agent several milliseconds at its start
if TYPE_CHECKING:
    from typing import Any


def run(args: dict[str, Any], context: Context) -> dict[str, Any]:
    folder = enter(args, {"changed": False, "rc": 0, "stdout": "", "stderr": ""})
    if not_needed(args, folder) is not None:
        if args["creates"] is not None and not_needed(dict(args, removes=None), folder) is not None:
            reason = "%s exists, matching creates option" % args["creates"]
        else:
            reason = "%s does not exist, matching removes option" % args["removes"]
        return {"changed": False, "skipped": True, "msg": reason}
    if context.check:
        return {"changed": False, "skipped": True, "msg": "Check mode is not supported for this task."}
    return _run_copy(args, context, folder)


def _run_copy(args: dict[str, Any], context: Context, folder: str | None) -> dict[str, Any]:
    """Run a copy of the script that has its name and may be executed; it is removed afterwards."""
    import shlex
    import shutil
    import tempfile

    place = tempfile.mkdtemp(prefix="officefleet-script-")
    try:
        path = os.path.join(place, os.path.basename(args["_name"]))
        shutil.copyfile(context.blob(args["_blob"]), path)
        os.chmod(path, 0o700)
        line = " ".join(part for part in (args["executable"], shlex.quote(path), args["_arguments"]) if part)
        done = context.run(["/bin/sh", "-c", line], cwd=folder)
    finally:
        shutil.rmtree(place, ignore_errors=True)
    result = add_lines({"changed": True, "rc": done.rc, "stdout": done.out, "stderr": done.err})
    if done.rc != 0:
        raise Failed("non-zero return code", **result)
    return result
