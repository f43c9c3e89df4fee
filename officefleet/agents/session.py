"""The controller's side of one agent: starts it, sends batches and content, yields results as they come."""

from __future__ import annotations

import contextlib
import functools
import json
import shlex
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from importlib.util import MAGIC_NUMBER
from pathlib import Path
from typing import TYPE_CHECKING, Any

from officefleet.agents import bundle as bundles
from officefleet.errors import AgentError, PythonMissingError, UnreachableError
from officefleet.i18n import _

if TYPE_CHECKING:
    from officefleet.agents.bundle import Bundle
    from officefleet.transports.base import Channel, Transport

INLINE_LIMIT = 32 * 1024  # bytes; content up to here goes along with the batch, more is asked for
_BLOCK = 1 << 18
_SAMPLE = 8192  # bytes that tell whether content compresses


@dataclass(frozen=True, slots=True)
class Become:
    """As whom the agent runs: `user` by sudo, with `password` when sudo asks."""

    user: str
    password: str = field(default="", repr=False)
    flags: str = ""
    executable: str = "sudo"


@dataclass(slots=True)
class Traffic:
    """What a session has cost: `round_trips` after the connection, bytes each way."""

    round_trips: int = 0
    sent: int = 0
    received: int = 0


class Session:
    """One agent on one host.

    Args:
        transport: the host.
        bundle: the agent's code.
        content: function(sha256) that returns content offered for a host (bytes or a file's path).
        become: as whom, or None for the login user.
        python: interpreter on the host.
        cached: True when the host is believed to have the bundle already.

    """

    def __init__(
        self,
        transport: Transport,
        bundle: Bundle,
        content: Callable[[str], bytes | Path],
        *,
        become: Become | None = None,
        python: str = "python3",
        cached: bool = False,
    ) -> None:
        self.traffic = Traffic()
        self.hello: Mapping[str, Any] = {}
        self._become = become
        self._bundle = bundle
        self._content = content
        self._sent: set[str] = set()
        self._extra: set[str] = set()
        self._batch = 0
        self._python = python
        self._transport = transport
        self._channel = self._start(transport, cached=cached)

    def _start(self, transport: Transport, *, cached: bool, again: bool = False) -> Channel:
        boot = "import sys;b=sys.stdin.buffer;l=b.readline()\nwhile l[:4]!=b'OF0 ':l=b.readline()\nexec(b.read(int(l[4:])))"
        words = [self._python, "-S", "-E", "-c", boot]
        head = b""
        if self._become is not None:
            words = [*self.sudo(self._become), *words]
            if self._become.password:
                head = self._become.password.encode() + b"\n"
        channel = transport.start(shlex.join(words))
        loader = bundles.loader()
        bundle = self._bundle
        compiled = b"" if cached else bundle.compiled
        source = bundle.source if again else b""
        self._pending = b"%sOF0 %d\n%sOF1 %s %s %d %d\n%s%s" % (
            head, len(loader), loader, bundle.digest.encode(), MAGIC_NUMBER.hex().encode(), len(compiled),
            len(source), compiled, source,
        )  # fmt: skip
        return channel

    @staticmethod
    def sudo(become: Become) -> list[str]:
        """Return the words that run a command as another user."""
        ask = ["-S", "-p", ""] if become.password else ["-n"]
        return [become.executable, "-H", *ask, *shlex.split(become.flags), "-u", become.user, "--"]

    # --- batches ------------------------------------------------------------------------------------------

    def run(
        self,
        steps: Sequence[Mapping[str, Any]],
        *,
        timeout: float | None = None,
        progress: Callable[[int, str], None] | None = None,
    ) -> Iterator[tuple[int, dict[str, Any]]]:
        """Send a batch and yield (index, result) as the host reports them.

        Args:
            steps: see `officefleet.agents.posix`.
            timeout: seconds of silence after which the host counts as lost; None waits for ever.
            progress: called with (index, last output line) of a step that takes long.

        Raises:
            UnreachableError: the connection is gone or silent.
            AgentError: the agent could not start or speaks nonsense.

        """
        self._batch += 1
        number = self._batch
        batch = self._message({"t": "batch", "id": number, "steps": list(steps)})
        data = self._code_for(steps) + self._inline(steps) + batch
        self._flush(data)
        while True:
            message = self._receive(timeout)
            kind = message.get("t")
            if message.get("b", number) != number:
                continue  # the end of a batch whose last results were all that was wanted
            if kind == "res":
                yield int(message["i"]), _result(message)
            elif kind == "end":
                return
            elif kind == "out" and progress is not None:
                progress(int(message.get("i", 0)), str(message.get("text", "")))
            elif kind == "need":
                self._send_content(message.get("sha", []))
            elif kind == "hello":
                self.hello = message
            elif kind == "need-agent":
                self._begin_again(data)

    def _begin_again(self, data: bytes) -> None:
        """The host has lost the agent or has another Python: start anew with all code and the batch that was not run."""
        self._channel.close()
        self._channel = self._start(self._transport, cached=False, again=True)
        self._flush(data)

    def close(self) -> None:
        """Say goodbye; a host that is gone does not matter any more."""
        with contextlib.suppress(UnreachableError):
            self._channel.write(b'{"t":"bye"}\n')
        self._channel.close()

    def _message(self, message: Mapping[str, Any]) -> bytes:
        return json.dumps(message, ensure_ascii=True, default=str).encode("ascii") + b"\n"

    def _flush(self, data: bytes) -> None:
        data, self._pending = self._pending + data, b""
        self.traffic.round_trips += 1
        self.traffic.sent += len(data)
        try:
            self._channel.write(data)
        except UnreachableError:
            if self.hello:
                raise
            raise self._ended() from None  # it never started: say why

    def _code_for(self, steps: Sequence[Mapping[str, Any]]) -> bytes:
        names = {str(step["m"]) for step in steps} - self._bundle.modules - self._extra
        if not names:
            return b""
        self._extra |= names
        sources: dict[str, str] = {}
        for name in sorted(names):
            sources.update(bundles.module_sources(name))
        return self._message({"t": "code", "modules": sources})

    # --- content ------------------------------------------------------------------------------------------

    def _inline(self, steps: Sequence[Mapping[str, Any]]) -> bytes:
        parts: list[bytes] = []
        for step in steps:
            for sha, size in blobs_of(step["a"]):
                if size <= INLINE_LIMIT and sha not in self._sent:
                    parts.append(self._blob(sha))
        return b"".join(parts)

    def _blob(self, sha: str) -> bytes:
        self._sent.add(sha)
        data, is_packed = packed(self._content(sha))
        return self._message({"t": "blob", "sha": sha, "len": len(data), "z": is_packed}) + data

    def _send_content(self, wanted: Sequence[str]) -> None:
        """Answer a request for content; only what was offered to this host is ever sent."""
        self.traffic.round_trips += 1
        for sha in wanted:
            try:
                found = self._content(str(sha))
            except KeyError:
                raise AgentError(_("the host asked for content that was not offered to it")) from None
            if isinstance(found, bytes) or found.stat().st_size <= _BLOCK * 16:
                data = self._blob(str(sha))
                self.traffic.sent += len(data)
                self._channel.write(data)
            else:
                self._stream(str(sha), found)

    def _stream(self, sha: str, path: Path) -> None:
        """Send a large file block by block, uncompressed: driver packages and images are compressed already."""
        size = path.stat().st_size
        self._channel.write(self._message({"t": "blob", "sha": sha, "len": size, "z": False}))
        left = size
        with path.open("rb") as stream:
            while left:
                block = stream.read(min(_BLOCK, left))
                if not block:
                    block = bytes(
                        min(_BLOCK, left)
                    )  # the file shrank: keep the framing, the digest will tell
                left -= len(block)
                self.traffic.sent += len(block)
                self._channel.write(block)

    # --- receiving ----------------------------------------------------------------------------------------

    def _receive(self, timeout: float | None) -> dict[str, Any]:
        while True:
            try:
                line = self._channel.readline(timeout)
            except TimeoutError:
                raise UnreachableError(
                    _("the host has been silent for {seconds:g} s").format(seconds=timeout or 0)
                ) from None
            if not line:
                raise self._ended()
            self.traffic.received += len(line)
            try:
                message = json.loads(line)
            except ValueError:
                continue  # a login banner or a profile that prints
            if isinstance(message, dict):
                return message

    def _ended(self) -> Exception:
        status = self._channel.exit_status(timeout=2)
        text = self._channel.error_text().strip()
        last = text.splitlines()[-1] if text else ""
        if status == 127 or f"{self._python}: command not found" in text or "No such file" in text:  # noqa: PLR2004
            return PythonMissingError(
                _("no {python} on the host: {reason}").format(python=self._python, reason=last),
                hint=_("install it with the raw module, or set ansible_python_interpreter"),
            )
        if self._become is not None and ("password" in text or "sudo" in text):
            return AgentError(
                _("sudo refused: {reason}").format(reason=last or "?"), hint=_("give the password with -K")
            )
        return AgentError(_("the agent ended: {reason}").format(reason=last or _("no message")))


def packed(content: bytes | Path) -> tuple[bytes, bool]:
    """Return content as it travels and whether it is compressed."""
    if isinstance(content, bytes):
        return _compressed(content)
    found = content.stat()
    return _packed_file(str(content), found.st_mtime_ns, found.st_size)


@functools.lru_cache(maxsize=32)
def _packed_file(path: str, _mtime: int, _size: int) -> tuple[bytes, bool]:
    """Compress a file once for all hosts; only files of a few megabytes come here, see `_send_content`."""
    return _compressed(Path(path).read_bytes())


def _compressed(data: bytes) -> tuple[bytes, bool]:
    sample = data[:_SAMPLE]
    if len(data) > _SAMPLE and len(zlib.compress(sample, 1)) > 0.9 * len(sample):
        return data, False  # an archive or an image: trying to compress all of it costs more than sending it
    packed = zlib.compress(data, 1)
    return (packed, True) if len(packed) < len(data) else (data, False)


def blobs_of(args: Any) -> Iterator[tuple[str, int]]:
    """Yield (sha256, size) of all content that a step's arguments offer."""
    if isinstance(args, Mapping):
        if "_blob" in args:
            yield str(args["_blob"]), int(args.get("_size", 0))
        for entry in args.get("_tree", ()):
            if "_blob" in entry:
                yield str(entry["_blob"]), int(entry.get("_size", 0))


def _result(message: Mapping[str, Any]) -> dict[str, Any]:
    found = message.get("r")
    if not isinstance(found, dict):
        raise AgentError(_("the agent sent a result that is not a mapping"))
    return found
