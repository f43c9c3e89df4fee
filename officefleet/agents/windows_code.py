"""What travels to a Windows host: the bootstrap, the agent, the modules' Windows halves."""

from __future__ import annotations

import base64
import functools
import json
import zlib
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

_FOLDER = Path(__file__).parent
_MODULES = _FOLDER.parent / "modules"
_KIT = "_kit"

# Read before anything else, in every language mode; ends with 41 where .NET cannot be used. It must stay short: behind
# sshd cmd.exe takes 8,191 characters, and base64 of UTF-16 needs 2.7 for each. What comes before the line "OF0 ..." is
# not for us.
_BOOTSTRAP = """\
$m = [string]$ExecutionContext.SessionState.LanguageMode
if ($m -ne 'FullLanguage') { "OF! language $m"; exit 41 }
$ProgressPreference = 'SilentlyContinue'
$r = New-Object IO.StreamReader([Console]::OpenStandardInput(), [Text.Encoding]::ASCII, $false, 65536)
while ($null -ne ($l = $r.ReadLine()) -and -not $l.StartsWith('OF0 ')) { }
if ($null -eq $l) { exit 42 }
$b = [Convert]::FromBase64String($l.Substring(4))
$s = New-Object IO.MemoryStream(, $b)
$s.Position = 2
$z = New-Object IO.Compression.DeflateStream($s, [IO.Compression.CompressionMode]::Decompress)
$t = (New-Object IO.StreamReader($z, [Text.Encoding]::ASCII)).ReadToEnd()
$OfficefleetReader = $r
. ([ScriptBlock]::Create($t))
Start-Agent $r $t
"""


def encoded(script: str) -> str:
    """Return a script as -EncodedCommand takes it."""
    return base64.b64encode(script.encode("utf-16-le")).decode("ascii")


def powershell(script: str) -> str:
    """Return the command line that runs a script.

    Source of the switches: about_PowerShell_exe (learn.microsoft.com). -OutputFormat Text keeps errors from becoming
    CLIXML; -ExecutionPolicy Bypass lets the system's own script modules load where no group policy forbids it.
    """
    return (
        "powershell.exe -NoProfile -NonInteractive -ExecutionPolicy Bypass -OutputFormat Text "
        f"-EncodedCommand {encoded(script)}"
    )


@functools.cache
def agent_command() -> str:
    """Return the command line that starts the agent."""
    return powershell(_BOOTSTRAP)


@functools.cache
def agent_line() -> bytes:
    """Return the line with which the bootstrap gets the agent."""
    return b"OF0 " + packed((_FOLDER / "windows.ps1").read_text(encoding="ascii")) + b"\n"


def packed(text: str) -> bytes:
    """Return ASCII text compressed (zlib), as base64."""
    return base64.b64encode(zlib.compress(text.encode("ascii"), 6))


@functools.cache
def source(name: str) -> str:
    """Return a module's Windows half, or "" when it has none."""
    file = _MODULES / name / "windows.ps1"
    return file.read_text(encoding="ascii") if file.exists() else ""


def executes(name: str) -> bool:
    """Return whether a module's Windows half runs as a whole, without a state that is read first."""
    return "function Invoke-Module" in source(name)


def plan_module(name: str) -> str:
    """Return the dotted name of the plan of a module's Windows half."""
    own = (_MODULES / name / "plan_windows.py").exists()
    return f"officefleet.modules.{name}.{'plan_windows' if own else 'plan'}"


def code_message(names: Iterable[str], *, kit: bool) -> dict[str, str]:
    """Return the message that makes modules known to the agent; `kit` sends what they share along."""
    sources = {name: source(name) for name in sorted(names)}
    if kit:
        sources[_KIT] = (_FOLDER / "windows_kit.ps1").read_text(encoding="ascii")
    return {"t": "code", "z": packed(json.dumps(sources)).decode("ascii")}
