"""A line of messages to one PowerShell agent that survives lost requests and lost answers.

Downwards each line is cut into numbered frames; the agent drops a frame that it has seen, so a Send whose answer was
lost is simply sent again. Upwards each message has a number, and the agent keeps what was not confirmed: when an
answer was lost, "A n" asks for all after n again.
"""

from __future__ import annotations

import contextlib
import json
import re
from typing import TYPE_CHECKING, Any

from officefleet.agents import windows_code
from officefleet.errors import AgentError, TransportError, UnreachableError
from officefleet.i18n import _
from officefleet.transports.winrm_faults import OutputLostError, ProcessGoneError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from officefleet.agents.session import Traffic
    from officefleet.transports.base import Channel, Transport

_WRITE = 350_000  # bytes of one write; WinRM's envelope holds 512,000 as base64
_FRAME = 200_000  # characters of one frame
_MAX_LOST = 50  # answers lost in one process; more is no accident
_NUMBERED = re.compile(rb"(\d{1,9}) (\{.*)", re.DOTALL)
_NOISE = 4096


class LanguageModeError(AgentError):
    """PowerShell may not use .NET on the host."""

    code = "transport.language-mode"


class WindowsLink:
    """One agent's process.

    Args:
        transport: the host.
        run: name of the run on the host: what it keeps there outlives the process.
        traffic: counts what is sent.

    """

    def __init__(self, transport: Transport, run: str, traffic: Traffic) -> None:
        self._traffic = traffic
        self._frames = 0
        self._got = 0
        self._lost = 0
        self._noise = b""
        self.spoken = False
        self._channel: Channel = transport.start(windows_code.agent_command())
        self._head = windows_code.agent_line()
        self._opening: list[dict[str, Any]] = [{"t": "open", "run": run}]

    @property
    def confirmed(self) -> int:
        """Number of the last message that has arrived."""
        return self._got

    def send(self, messages: Iterable[Mapping[str, Any]]) -> None:
        """Send messages, several in one write.

        Raises:
            UnreachableError, ProcessGoneError: it cannot be.

        """
        buffer, self._head = bytearray(self._head), b""
        opening, self._opening = self._opening, []
        self._traffic.round_trips += 1
        for message in (*opening, *messages):
            text = json.dumps(message, ensure_ascii=True, separators=(",", ":"), default=str).encode("ascii")
            for start in range(0, len(text), _FRAME):
                self._frames += 1
                last = b"e" if start + _FRAME >= len(text) else b"c"
                frame = b"F %d %s %s\n" % (self._frames, last, text[start : start + _FRAME])
                if buffer and len(buffer) + len(frame) > _WRITE:
                    self._write(bytes(buffer))
                    buffer.clear()
                buffer += frame
        self._write(bytes(buffer))

    def _write(self, data: bytes) -> None:
        if data:
            self._traffic.sent += len(data)
            try:
                self._channel.write(data)
            except ProcessGoneError:
                if not self.spoken:
                    self._explain()
                raise

    def _explain(self) -> None:
        """Raise what a process that never took its input has said instead."""
        with contextlib.suppress(TimeoutError):
            self.receive(10)

    def receive(self, timeout: float | None) -> dict[str, Any]:
        """Return the next message.

        Raises:
            TimeoutError: none came for `timeout` seconds.
            ProcessGoneError: the agent has ended.
            UnreachableError: the connection is gone.
            AgentError: it could not start, or speaks nonsense.

        """
        while True:
            try:
                line = self._channel.readline(timeout)
            except OutputLostError as error:
                self._ask_again(error)
                continue
            if not line:
                raise self._ended()
            self._traffic.received += len(line)
            found = _NUMBERED.match(line)
            if found is None:
                self._note(line)
                continue
            number = int(found[1])
            if number <= self._got:
                continue
            if number > self._got + 1:
                self._ask_again(AgentError(_("the agent's messages have a gap")))
                continue
            return self._message(number, found[2])

    def _message(self, number: int, text: bytes) -> dict[str, Any]:
        try:
            message = json.loads(text)
        except ValueError:
            raise ProcessGoneError(_("the agent sent something that is not JSON")) from None
        if not isinstance(message, dict):
            raise AgentError(_("the agent sent something that is not a message"))
        self._got = number
        self.spoken = True
        return message

    def _ask_again(self, error: TransportError) -> None:
        self._lost += 1
        if self._lost > _MAX_LOST:
            raise UnreachableError(_("too many answers were lost: {reason}").format(reason=error.message))
        self._write(b"A %d\n" % self._got)

    def _note(self, line: bytes) -> None:
        """Keep a line that is no message: a banner, or why PowerShell does not start."""
        if line.startswith(b"OF! language"):
            mode = line.decode("ascii", "replace").split()[-1]
            raise LanguageModeError(
                _("PowerShell runs in the language mode {mode} for this account").format(mode=mode),
                hint=_(
                    "a policy (AppLocker, Device Guard) restricts it: allow the account; raw and win_shell work all the same"
                ),
            )
        self._noise = (self._noise + line)[-_NOISE:]

    def _ended(self) -> TransportError:
        status = self._channel.exit_status(timeout=2)
        said = self._channel.error_text().strip() or self._noise.decode("utf-8", "replace").strip()
        last = said.splitlines()[-1].strip() if said else _("exit status {status}").format(status=status)
        if self.spoken:
            return ProcessGoneError(_("PowerShell has ended: {reason}").format(reason=last))
        if "PSSecurityException" in said or "UnauthorizedAccess" in said:
            return AgentError(
                _("an execution policy forbids PowerShell's scripts: {reason}").format(reason=last),
                hint=_(
                    "a group policy sets it: allow signed scripts at least, see Get-ExecutionPolicy -List"
                ),
            )
        return AgentError(_("the agent did not start: {reason}").format(reason=last))

    def close(self) -> None:
        """Leave the process."""
        self._channel.close()
