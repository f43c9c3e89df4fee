"""Steps that need no agent: raw, and plain commands where PowerShell may not use .NET.

Each is one process with the script in its command line (-EncodedCommand).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from officefleet.agents import windows_code
from officefleet.errors import UnreachableError
from officefleet.i18n import _
from officefleet.transports.console import decoded
from officefleet.transports.winrm_faults import OutputLostError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from officefleet.transports.base import Transport

MODULES = frozenset({"raw"})
INSTEAD = frozenset({"win_shell", "win_command", "shell", "command", "win_powershell"})
_MAX_OUTPUT = 16 << 20
_LIMIT = 32_000  # characters of a command line, CreateProcess takes 32,767
# What a script leaves is the status of the last program, or 1 after an error
_STATUS = "\nif ($null -ne $LASTEXITCODE) { exit $LASTEXITCODE } elseif (-not $?) { exit 1 } else { exit 0 }"


def run(
    transport: Transport, module: str, args: Mapping[str, Any], *, check: bool, timeout: float | None
) -> dict[str, Any]:
    """Run a step and return its result.

    Raises:
        UnreachableError: the host cannot be talked to, or output was lost: running it twice could do harm.

    """
    if check:
        return {"changed": False, "skipped": True}
    script = str(args.get("cmd") or args.get("script") or args.get("_raw_params") or "")
    if args.get("executable") and module == "raw":
        script = f"& '{args['executable']}' {script}"
    command = windows_code.powershell(script + _STATUS)
    if len(command) > _LIMIT:
        return {
            "failed": True,
            "changed": False,
            "msg": _("the command is too long for a command line of Windows"),
        }
    channel = transport.start(command)
    out = bytearray()
    try:
        while line := channel.readline(timeout):
            if len(out) < _MAX_OUTPUT:
                out += line
    except OutputLostError as error:
        raise UnreachableError(error.message) from None
    except TimeoutError:
        raise UnreachableError(
            _("the host has been silent for {seconds:g} s").format(seconds=timeout or 0)
        ) from None
    finally:
        channel.close()
    status = channel.exit_status(timeout=10)
    text, said = decoded(bytes(out)), channel.error_text()
    result = {
        "changed": True, "rc": -1 if status is None else status, "stdout": text, "stderr": said,
        "stdout_lines": text.splitlines(), "stderr_lines": said.splitlines(),
    }  # fmt: skip
    return result if status == 0 else {**result, "failed": True, "msg": _("non-zero return code")}
