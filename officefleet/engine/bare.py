"""Steps that need only a shell: raw and script on a host that has no agent (yet), perhaps no Python."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING, Any

from officefleet.agents.session import Session
from officefleet.errors import AgentError
from officefleet.i18n import _

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from officefleet.agents.session import Become
    from officefleet.modules.contract import Prepared
    from officefleet.transports.base import Channel, Transport

MODULES = frozenset({"raw", "script"})
_MAX_OUTPUT = 16 << 20  # bytes; a runaway command must not fill the controller's memory
# What arrives on standard input becomes a private file, which runs and is removed whatever happens.
_SCRIPT = (
    'set -e; umask 077; f=$(mktemp); trap \'rm -f "$f"\' EXIT; head -c {size} >"$f"; chmod 700 "$f"; set +e; '
    '{before}"$f" {arguments}; exit $?'
)


def run(
    transport: Transport,
    become: Become | None,
    prepared: Prepared,
    content: Callable[[str], bytes | Path],
    *,
    check: bool,
    timeout: float,
) -> dict[str, Any]:
    """Run a raw or script step over the bare transport and return its result.

    Args:
        transport: the host.
        become: as whom.
        prepared: the step.
        content: gives the script by its hash.
        check: True runs nothing.
        timeout: seconds of silence after which the host counts as lost.

    Raises:
        UnreachableError: the host cannot be talked to, or the connection broke.
        AgentError: sudo refused.

    """
    if check:
        return {"changed": False, "skipped": True}
    args = prepared.args
    if prepared.module == "raw":
        return _call(transport, become, _words(args, str(args["cmd"])), b"", timeout)
    skipped = _not_needed(transport, become, args, timeout)
    if skipped:
        return {"changed": False, "skipped": True, "msg": skipped}
    found = content(str(args["_blob"]))
    data = found if isinstance(found, bytes) else found.read_bytes()
    chdir = f"cd {shlex.quote(args['chdir'])} && " if args.get("chdir") else ""
    program = f"{args['executable']} " if args.get("executable") else ""
    line = _SCRIPT.format(size=len(data), before=chdir + program, arguments=args.get("_arguments") or "")
    return _call(transport, become, ["/bin/sh", "-c", line], data, timeout)


def _words(args: Mapping[str, Any], line: str) -> list[str]:
    return [str(args.get("executable") or "/bin/sh"), "-c", line]


def _not_needed(transport: Transport, become: Become | None, args: Mapping[str, Any], timeout: float) -> str:
    """Return why `creates` or `removes` say that the script need not run, or ""."""
    for name, wanted, text in (
        ("creates", 0, _("{path} exists")),
        ("removes", 1, _("{path} does not exist")),
    ):
        path = args.get(name)
        if path and _call(transport, become, ["test", "-e", str(path)], b"", timeout)["rc"] == wanted:
            return text.format(path=path)
    return ""


def _call(
    transport: Transport, become: Become | None, words: list[str], data: bytes, timeout: float
) -> dict[str, Any]:
    head = b""
    if become is not None:
        words = [*Session.sudo(become), *words]
        head = become.password.encode() + b"\n" if become.password else b""
    channel = transport.start(shlex.join(words))
    try:
        return _result(channel, head + data, become, timeout)
    finally:
        channel.close()


def _result(channel: Channel, data: bytes, become: Become | None, timeout: float) -> dict[str, Any]:
    if data:
        channel.write(data)
    out = bytearray()
    while line := channel.readline(timeout):
        if len(out) < _MAX_OUTPUT:
            out += line
    status = channel.exit_status(timeout=10)
    error = channel.error_text()
    if become is not None and status == 1 and "sudo:" in error and not out:
        raise AgentError(
            _("sudo refused: {reason}").format(reason=error.strip().splitlines()[-1]),
            hint=_("give the password with -K"),
        )
    text = out.decode("utf-8", "surrogateescape")
    result = {
        "changed": True, "rc": -1 if status is None else status, "stdout": text, "stderr": error,
        "stdout_lines": text.splitlines(), "stderr_lines": error.splitlines(),
    }  # fmt: skip
    return result if status == 0 else {**result, "failed": True, "msg": _("non-zero return code")}
