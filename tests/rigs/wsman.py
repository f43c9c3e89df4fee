"""The WS-Management side of the rig: shells, commands and streams of [MS-WSMV], with Windows' limits and fault codes.

Commands are programs of this process (`Program`): the simulated agent, or anything a test plugs in.
"""

from __future__ import annotations

import base64
import re
import threading
import time
import uuid
import xml.etree.ElementTree as ET
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol
from xml.sax.saxutils import escape

if TYPE_CHECKING:
    from collections.abc import Callable

SHELL = "http://schemas.microsoft.com/wbem/wsman/1/windows/shell"
ADDRESSING = "http://schemas.xmlsoap.org/ws/2004/08/addressing"
NS = {
    "s": "http://www.w3.org/2003/05/soap-envelope",
    "a": ADDRESSING,
    "w": "http://schemas.dmtf.org/wbem/wsman/1/wsman.xsd",
    "rsp": SHELL,
}
TIMED_OUT = 2150858793
NO_SUCH_SHELL = 2150858843
TOO_LARGE = 2150858825
MAX_SHELLS = 2150859173
MAX_OPERATIONS = 2150859174
BROKEN_PIPE = 2147942509
ACCESS_DENIED = 5


class Fault(Exception):  # noqa: N818  SOAP's word
    """What Windows answers with HTTP 500: a code, a SOAP subcode, a text."""

    def __init__(self, code: int, subcode: str, text: str) -> None:
        super().__init__(text)
        self.code, self.subcode, self.text = code, subcode, text


class Program(Protocol):
    """A process of the simulated machine."""

    def feed(self, data: bytes, *, end: bool) -> None:
        """Take standard input."""

    def kill(self) -> None:
        """End at once."""


@dataclass(eq=False)
class Command:
    """A command of a shell and the output that waits to be received."""

    id: str = field(default_factory=lambda: str(uuid.uuid4()).upper())
    program: Program | None = None
    out: list[tuple[str, bytes]] = field(default_factory=list)
    rc: int | None = None
    waiting: threading.Condition = field(default_factory=threading.Condition)

    def emit(self, stream: str, data: bytes) -> None:
        """Take output of the program."""
        with self.waiting:
            self.out.append((stream, data))
            self.waiting.notify_all()

    def exited(self, rc: int) -> None:
        """Note the end of the program."""
        with self.waiting:
            if self.rc is None:
                self.rc = rc
            self.waiting.notify_all()

    def receive(self, seconds: float, limit: int) -> tuple[list[tuple[str, bytes]], bool]:
        """Return output as soon as there is some, and whether that is all there ever will be."""
        with self.waiting:
            if not self.waiting.wait_for(lambda: self.out or self.rc is not None, seconds):
                raise Fault(TIMED_OUT, "w:TimedOut", "The operation did not end within OperationTimeout.")
            found: list[tuple[str, bytes]] = []
            while self.out and limit > 0:
                stream, data = self.out.pop(0)
                if len(data) > limit:
                    self.out.insert(0, (stream, data[limit:]))
                    data = data[:limit]
                limit -= len(data)
                found.append((stream, data))
            return found, self.rc is not None and not self.out


@dataclass(eq=False)
class Shell:
    """A shell of one user."""

    owner: str
    codepage: str
    idle: float
    id: str = field(default_factory=lambda: str(uuid.uuid4()).upper())
    commands: dict[str, Command] = field(default_factory=dict)
    used: float = field(default_factory=time.monotonic)


def _seconds(text: str | None, default: float) -> float:
    found = re.fullmatch(r"PT([\d.]+)S", text or "")
    return float(found.group(1)) if found else default


@dataclass
class Service:
    """The WS-Management service: one `handle` call an envelope.

    Attributes:
        start: function(command line, codepage, command) that returns the running program.
        max_envelope: bytes of a request that Windows takes (MaxEnvelopeSizekb 500).
        max_shells: shells a user may have (MaxShellsPerUser 30).
        max_processes: commands a shell may have (MaxProcessesPerShell 25).

    """

    start: Callable[[str, str, Command], Program]
    max_envelope: int = 512_000
    max_shells: int = 30
    max_processes: int = 25
    shells: dict[str, Shell] = field(default_factory=dict)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def handle(self, xml: bytes, user: str) -> tuple[str, str]:
        """Return (action, body) for an envelope.

        Raises:
            Fault: what Windows says instead.

        """
        if len(xml) > self.max_envelope:
            raise Fault(TOO_LARGE, "w:EncodingLimit", "The packet exceeds the maximum envelope size allowed.")
        envelope = ET.fromstring(xml)  # noqa: S314  the rig's clients are ours
        action = (envelope.findtext("s:Header/a:Action", "", NS)).rpartition("/")[2]
        if action == "Create":
            return action, self._create(envelope, user)
        shell = self._shell(envelope, user)
        if action == "Command":
            return action, self._command(envelope, shell)
        if action == "Delete":
            self.shells.pop(shell.id, None)
            for command in shell.commands.values():
                self._end(command)
            return action, ""
        command_id = next(
            (
                one.get("CommandId")
                for one in envelope.find("s:Body", NS) or ()
                for one in one.iter()
                if one.get("CommandId")
            ),
            None,
        )
        if command_id not in shell.commands:
            raise Fault(NO_SUCH_SHELL, "w:InvalidSelectors", "The request has an unknown CommandId.")
        command = shell.commands[command_id]
        if action == "Send":
            return action, self._send(envelope, command)
        if action == "Receive":
            return action, self._receive(envelope, command)
        if action == "Signal":
            self._end(command)
            shell.commands.pop(command.id, None)
            return action, "<rsp:SignalResponse/>"
        raise Fault(2150858778, "a:ActionNotSupported", f"The action {action} is not supported.")

    def forget(self) -> None:
        """Lose all shells, as a reboot or a restart of the service does."""
        with self.lock:
            shells, self.shells = list(self.shells.values()), {}
        for shell in shells:
            for command in shell.commands.values():
                self._end(command)

    def _end(self, command: Command) -> None:
        if command.program is not None:
            command.program.kill()
        command.exited(1)

    def _shell(self, envelope: ET.Element, user: str) -> Shell:
        selector = envelope.findtext("s:Header/w:SelectorSet/w:Selector[@Name='ShellId']", "", NS)
        shell = self.shells.get(selector)
        if shell is None or shell.owner != user or time.monotonic() - shell.used > shell.idle:
            raise Fault(NO_SUCH_SHELL, "w:InvalidSelectors", "The shell was not found on the server.")
        shell.used = time.monotonic()
        return shell

    def _options(self, envelope: ET.Element) -> dict[str, str]:
        return {
            one.get("Name", ""): one.text or ""
            for one in envelope.findall("s:Header/w:OptionSet/w:Option", NS)
        }

    def _create(self, envelope: ET.Element, user: str) -> str:
        idle = _seconds(envelope.findtext("s:Body/rsp:Shell/rsp:IdleTimeOut", None, NS), 7200)
        shell = Shell(user, self._options(envelope).get("WINRS_CODEPAGE", "437"), idle)
        with self.lock:
            if sum(one.owner == user for one in self.shells.values()) >= self.max_shells:
                raise Fault(
                    MAX_SHELLS, "w:QuotaLimit",
                    "This user has exceeded the maximum number of concurrent shells allowed for this plugin.",
                )  # fmt: skip
            self.shells[shell.id] = shell
        return (
            f'<x:ResourceCreated xmlns:x="http://schemas.xmlsoap.org/ws/2004/09/transfer"><a:Address>x</a:Address>'
            f'<a:ReferenceParameters><w:SelectorSet><w:Selector Name="ShellId">{shell.id}</w:Selector></w:SelectorSet>'
            f"</a:ReferenceParameters></x:ResourceCreated>"
        )

    def _command(self, envelope: ET.Element, shell: Shell) -> str:
        if sum(one.rc is None for one in shell.commands.values()) >= self.max_processes:
            raise Fault(
                MAX_OPERATIONS,
                "w:QuotaLimit",
                "The maximum number of concurrent operations has been exceeded.",
            )
        line = envelope.find("s:Body/rsp:CommandLine", NS)
        assert line is not None
        words = [
            line.findtext("rsp:Command", "", NS),
            *(one.text or "" for one in line.findall("rsp:Arguments", NS)),
        ]
        text = " ".join(words)
        skip = self._options(envelope).get("WINRS_SKIP_CMD_SHELL") == "TRUE"
        if len(text) > (32_766 if skip else 8_191):
            raise Fault(2147942606, "w:InternalError", "The filename or extension is too long.")
        command = Command()
        shell.commands[command.id] = command
        command.program = self.start(text, shell.codepage, command)
        return f"<rsp:CommandResponse><rsp:CommandId>{command.id}</rsp:CommandId></rsp:CommandResponse>"

    def _send(self, envelope: ET.Element, command: Command) -> str:
        if command.rc is not None:
            raise Fault(BROKEN_PIPE, "w:InternalError", "The pipe has been ended.")
        for stream in envelope.findall("s:Body/rsp:Send/rsp:Stream", NS):
            assert command.program is not None
            command.program.feed(base64.b64decode(stream.text or ""), end=stream.get("End") == "true")
        return "<rsp:SendResponse/>"

    def _receive(self, envelope: ET.Element, command: Command) -> str:
        seconds = _seconds(envelope.findtext("s:Header/w:OperationTimeout", None, NS), 60)
        size = int(envelope.findtext("s:Header/w:MaxEnvelopeSize", "153600", NS))
        found, done = command.receive(seconds, (min(size, self.max_envelope) - 4096) * 3 // 4)
        parts = [
            f'<rsp:Stream Name="{stream}" CommandId="{command.id}">{base64.b64encode(data).decode()}</rsp:Stream>'
            for stream, data in found
        ]
        state, code = "Running", ""
        if done:
            parts += [
                f'<rsp:Stream Name="{one}" CommandId="{command.id}" End="true"/>'
                for one in ("stdout", "stderr")
            ]
            state, code = "Done", f"<rsp:ExitCode>{command.rc}</rsp:ExitCode>"
        return (
            f'<rsp:ReceiveResponse>{"".join(parts)}<rsp:CommandState CommandId="{command.id}" '
            f'State="{SHELL}/CommandState/{state}">{code}</rsp:CommandState></rsp:ReceiveResponse>'
        )


def answer(message_id: str, action: str, body: str) -> bytes:
    """Return an envelope."""
    return (
        f'<?xml version="1.0" encoding="UTF-8"?><s:Envelope xml:lang="en-US" xmlns:s="{NS["s"]}" xmlns:a="{NS["a"]}" '
        f'xmlns:w="{NS["w"]}" xmlns:rsp="{SHELL}"><s:Header><a:Action>{action}</a:Action>'
        f"<a:MessageID>uuid:{uuid.uuid4()}</a:MessageID><a:RelatesTo>{escape(message_id)}</a:RelatesTo></s:Header>"
        f"<s:Body>{body}</s:Body></s:Envelope>"
    ).encode()


def fault_answer(message_id: str, fault: Fault) -> bytes:
    """Return the envelope of a fault."""
    detail = (
        f'<f:WSManFault xmlns:f="http://schemas.microsoft.com/wbem/wsman/1/wsmanfault" Code="{fault.code}" Machine="rig">'
        f"<f:Message>{escape(fault.text)}</f:Message></f:WSManFault>"
    )
    return answer(
        message_id, "http://schemas.dmtf.org/wbem/wsman/1/wsman/fault",
        f"<s:Fault><s:Code><s:Value>s:Receiver</s:Value><s:Subcode><s:Value>{fault.subcode}</s:Value></s:Subcode></s:Code>"
        f'<s:Reason><s:Text xml:lang="en-US">{escape(fault.text)}</s:Text></s:Reason><s:Detail>{detail}</s:Detail></s:Fault>',
    )  # fmt: skip
