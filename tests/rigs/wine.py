"""Real programs of Windows behind the rig: `cmd`, `reg` and `sc` as Wine has them.

Wine's powershell.exe is a stub that does nothing and exits 0, so a test that reached it would pass falsely: asking for
it is an error here, whatever its path and case.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import threading
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

ALLOWED = frozenset({"cmd", "reg", "sc"})
_PLACES = ("wine64", "wine", "/usr/lib/wine/wine64")  # Debian's wine64 alone puts nothing on PATH


class ForbiddenProgramError(AssertionError):
    """A test would have run what Wine only pretends to have."""


def find() -> str | None:
    """Return Wine's loader, or None."""
    return next((found for one in _PLACES if (found := shutil.which(one))), None)


def words(line: str) -> list[str]:
    """Return a command line's words.

    Raises:
        ForbiddenProgramError: the program, or one that cmd would start, is not among `ALLOWED`.

    """
    if re.search(r"(powershell|pwsh)", line, re.IGNORECASE):
        raise ForbiddenProgramError(f"Wine's powershell.exe is a stub: {line[:80]}")
    program, _blank, rest = line.partition(" ")
    name = program.strip('"').replace("/", "\\").rpartition("\\")[2].lower().removesuffix(".exe")
    if name not in ALLOWED:
        raise ForbiddenProgramError(f"Wine is not asked for {name}")
    return [name, *re.findall(r'"[^"]*"|\S+', rest)]


class WineProgram:
    """A program under Wine."""

    def __init__(
        self, line: str, prefix: Path, emit: Callable[[str, bytes], None], exited: Callable[[int], None]
    ) -> None:
        found = words(line)
        loader = find()
        assert loader is not None
        self._process = subprocess.Popen(
            [loader, *(one.strip('"') for one in found)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            env={**os.environ, "WINEPREFIX": str(prefix), "WINEDEBUG": "-all", "WINEDLLOVERRIDES": "mscoree,mshtml="},
        )  # fmt: skip
        self._emit, self._exited = emit, exited
        threading.Thread(target=self._wait, daemon=True).start()

    def _wait(self) -> None:
        out, error = self._process.communicate()
        if out:
            self._emit("stdout", out)
        if error and b"wine:" not in error:
            self._emit("stderr", error)
        self._exited(self._process.returncode)

    def feed(self, data: bytes, *, end: bool) -> None:
        """Take no input: these programs ask for none."""

    def kill(self) -> None:
        """End it."""
        if self._process.poll() is None:
            self._process.kill()


def stop(prefix: Path) -> None:
    """End Wine's server of a prefix."""
    server = (
        shutil.which("wineserver")
        or shutil.which("/usr/lib/wine/wineserver64")
        or shutil.which("/usr/lib/wine/wineserver")
    )
    if server is not None:
        subprocess.run([server, "-k"], env={**os.environ, "WINEPREFIX": str(prefix)}, check=False)
