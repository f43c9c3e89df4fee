"""modprobe on a POSIX host."""

from __future__ import annotations

import glob
import os

from officefleet.agents.files import read_bytes
from officefleet.agents.kit import Context, decode
from officefleet.agents.reading import read_lines
from officefleet.agents.steps import run_step
from officefleet.agents.writing import write_atomic

TYPE_CHECKING = False  # typing costs an agent several milliseconds at its start
if TYPE_CHECKING:
    from typing import Any


def read(args: dict[str, Any], context: Context) -> dict[str, Any]:
    return {
        "loaded": is_loaded(args["name"]),
        "load_files": _texts("/etc/modules-load.d/*.conf"),
        "option_files": _texts("/etc/modprobe.d/*.conf"),
    }


def is_loaded(name: str) -> bool:
    """Return whether the kernel has the module, loaded or built in."""
    plain = name.replace("-", "_")
    if any(line.split(" ")[0] == plain for line in read_lines("/proc/modules")):
        return True
    built_in = read_lines("/lib/modules/%s/modules.builtin" % os.uname().release)
    return any(os.path.basename(line).split(".")[0].replace("-", "_") == plain for line in built_in)


def _texts(pattern: str) -> dict[str, str]:
    return {path: decode(read_bytes(path)) for path in sorted(glob.glob(pattern)) if os.path.isfile(path)}


def apply(change: dict[str, Any], context: Context) -> None:
    if change["op"] == "file":
        os.makedirs(os.path.dirname(change["path"]), exist_ok=True)
        write_atomic(change["path"], change["text"].encode("utf-8", "surrogateescape"))
    else:
        run_step(change, context)
