"""Steps that need no agent: raw, and plain commands where PowerShell may not use .NET.

Each is one process with the script in its command line (-EncodedCommand).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from officefleet.agents import windows_code
from officefleet.errors import UnreachableError
from officefleet.i18n import _
from officefleet.transports.console import decoded
from officefleet.transports.winrm_faults import OutputLostError

if TYPE_CHECKING:
    from officefleet.agents.windows_work import Work
    from officefleet.transports.base import Transport

MODULES = frozenset({"raw"})
INSTEAD = frozenset({"win_shell"})  # win_command is no PowerShell: its words could mean something else there
_NEEDS_AGENT = ("creates", "removes", "chdir", "stdin", "executable")
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_MAX_OUTPUT = 16 << 20
_LIMIT = 32_000  # characters of a command line, CreateProcess takes 32,767
# What a script leaves is the status of the last program, or 1 after an error
_STATUS = "\nif ($null -ne $LASTEXITCODE) { exit $LASTEXITCODE } elseif (-not $?) { exit 1 } else { exit 0 }"


def run(transport: Transport, work: Work, timeout: float | None) -> dict[str, Any]:
    """Run a step and return its result.

    Args:
        transport: the host.
        work: the step.
        timeout: seconds of silence after which the host counts as lost.

    Raises:
        UnreachableError: the host cannot be talked to, or output was lost: running it twice could do harm.

    """
    if work.check:
        return {"changed": False, "skipped": True}
    args = work.args
    wanting = [name for name in _NEEDS_AGENT if args.get(name)] if work.module != "raw" else []
    if wanting:
        return _refused(
            _("{names} cannot be had where PowerShell may not use .NET").format(names=", ".join(wanting))
        )
    script = str(args.get("cmd") or args.get("_raw_params") or "")
    if args.get("executable"):
        script = f"& {_quoted(args['executable'])} {script}"
    environment = work.step.get("env") or {}
    lines = [
        f"$env:{name} = {_quoted(value)}" for name, value in environment.items() if _NAME.fullmatch(str(name))
    ]
    return run_script(transport, "\n".join([*lines, script]), timeout)


def run_script(transport: Transport, script: str, timeout: float | None) -> dict[str, Any]:
    """Run a script in a PowerShell of its own and return rc, stdout and stderr; see `run`."""
    command = windows_code.powershell(script + _STATUS)
    if len(command) > _LIMIT:
        return _refused(_("the command is too long for a command line of Windows"))
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


def _refused(text: str) -> dict[str, Any]:
    return {"failed": True, "changed": False, "msg": text}


def _quoted(value: Any) -> str:
    """Return a text as a PowerShell literal; its typographic quotes end one as well."""
    return "'" + re.sub("(['\u2018\u2019\u201a\u201b])", r"\1\1", str(value)) + "'"
