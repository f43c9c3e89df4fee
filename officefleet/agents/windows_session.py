"""The controller's side of a Windows host: optimistic batches over a link that is renewed when it breaks.

All states are read in one write, all is planned here, and the changes go out each with the hash of the state that it
was planned on. The agent reads again just before it applies: is the state another one, it stops and returns it, and
the rest is planned anew. Two round trips for most plays, and right for all.

The ladder when something breaks: the connection sends again -> a new shell with a new agent, which knows from its
journal what the old one has done -> one process a step.
"""

from __future__ import annotations

import base64
import secrets
from pathlib import Path
from typing import TYPE_CHECKING, Any

from officefleet.agents import windows_bare, windows_code
from officefleet.agents.session import Traffic, packed
from officefleet.agents.windows_batch import Batch
from officefleet.agents.windows_link import LanguageModeError, WindowsLink
from officefleet.agents.windows_names import REFUSED, renamed
from officefleet.agents.windows_work import Work
from officefleet.errors import AgentError, TransportError, UnreachableError
from officefleet.i18n import _
from officefleet.transports.winrm_faults import ProcessGoneError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from officefleet.transports.base import Transport

_PART = 96 * 1024  # bytes of one message of content
_DEATHS = 4  # processes lost in a row without a result in between


class WindowsSession:
    """One PowerShell agent on one host; same use as `officefleet.agents.session.Session`.

    Args:
        transport: the host.
        content: function(sha256) that returns content offered for a host (bytes or a file's path).

    """

    def __init__(self, transport: Transport, content: Callable[[str], bytes | Path]) -> None:
        self.traffic = Traffic()
        self.hello: Mapping[str, Any] = {}
        self._transport = transport
        self._content = content
        self._run_id = secrets.token_hex(8)
        self._link: WindowsLink | None = None
        self._batches = 0
        self._calls = 0
        self._closed = False
        self._unreachable = 0
        self._known: set[str] = set()  # modules whose code the agent has
        self._sent: set[str] = set()  # content that it has
        self._deaths = 0
        self._stopped = False  # the agent ended its last batch before its end

    # --- a batch of the engine ----------------------------------------------------------------------------

    def run(
        self,
        steps: Sequence[Mapping[str, Any]],
        *,
        timeout: float | None = None,
        progress: Callable[[int, str], None] | None = None,
    ) -> Iterator[tuple[int, dict[str, Any]]]:
        """Run steps and yield (index, result) in order; see `Session.run`.

        Raises:
            UnreachableError: the connection is gone or silent.
            AgentError: the agent cannot start.

        """
        failed: Any = None
        self._calls += 1
        works = [self._work(index, step) for index, step in enumerate(steps)]
        for part in _parts(works):
            if failed is not None:
                part = [one for one in part if one.group == failed]  # noqa: PLW2901  a loop's other items
            for work, result in self._part(part, timeout, progress):
                yield work.index, result
                if result.get("failed") and not work.step.get("go_on"):
                    failed = work.group

    def _work(self, index: int, step: Mapping[str, Any]) -> Work:
        module, args = renamed(str(step["m"]), step["a"])
        return Work(index, step, module, args, call=self._calls)

    def _part(
        self, works: list[Work], timeout: float | None, progress: Callable[[int, str], None] | None
    ) -> Iterator[tuple[Work, dict[str, Any]]]:
        """Run works that are of one kind: bare ones, ones without a Windows half, or ones for the agent."""
        if works and works[0].module in windows_bare.MODULES:
            for work in works:
                yield work, windows_bare.run(self._transport, work, timeout)
            return
        if works and not windows_code.source(works[0].module):
            for work in works:
                yield work, no_windows_half(work.module, work.args)
            return
        try:
            yield from self._agent(works, timeout, progress)
        except LanguageModeError:
            if not all(one.module in windows_bare.INSTEAD for one in works):
                raise
            for work in works:
                yield work, windows_bare.run(self._transport, work, timeout)

    def _agent(
        self, works: list[Work], timeout: float | None, progress: Callable[[int, str], None] | None
    ) -> Iterator[tuple[Work, dict[str, Any]]]:
        """Run works on the agent; stop as the language says after a failure."""
        batch = Batch(works)
        requests = batch.opening()
        while batch.left:
            if requests:
                for index, found in self._exchange(requests, batch.sends, timeout, progress):
                    done = batch.take(index, found)
                    if done is not None:
                        yield done
            requests = []
            yield from batch.settle(requests)

    # --- messages -----------------------------------------------------------------------------------------

    def _exchange(
        self,
        requests: list[dict[str, Any]],
        sends: list[str],
        timeout: float | None,
        progress: Callable[[int, str], None] | None,
    ) -> Iterator[tuple[int, dict[str, Any]]]:
        """Send a batch and yield (index, answer), over new processes when one is lost."""
        self._batches += 1
        name = f"{self._batches}"
        done: set[int] = set()
        position = 0
        while position < len(requests):
            alone = self._deaths >= 2  # noqa: PLR2004  the last rung: one process a step
            part = requests[position : position + 1] if alone else requests[position:]
            try:
                for index, found in self._once(name, part, sends, timeout, progress):
                    if index not in done:
                        done.add(index)
                        self._deaths = 0 if not alone else self._deaths
                        yield index, found
                position = len(requests) if not alone or self._stopped else position + 1
            except (ProcessGoneError, UnreachableError) as error:
                self._lost(error)
            except AgentError:
                self._leave()
                raise
            if alone:
                self._leave()

    def _once(
        self, name: str, part: list[dict[str, Any]], sends: list[str], timeout: float | None,
        progress: Callable[[int, str], None] | None,
    ) -> Iterator[tuple[int, dict[str, Any]]]:  # fmt: skip
        link = self._link
        fresh = link is None
        if link is None:
            link = self._link = WindowsLink(self._transport, self._run_id, self.traffic)
            self._known.clear()
        if fresh and self._sent:  # what the run has left on the host is known from its greeting
            link.send([])
            self._take_hello(self._receive(link, timeout))
        self._stopped = False
        link.send(self._messages(name, part, sends, link.confirmed))
        while True:
            message = self._receive(link, timeout)
            kind = message.get("t")
            if kind == "hello":
                self.hello = message
            elif kind == "out" and progress is not None:
                progress(_index(message), str(message.get("text", "")))
            elif message.get("b", name) != name:
                continue
            elif kind == "res":
                yield _index(message), _answer(message, part)
            elif kind == "end":
                self._stopped = bool(message.get("stopped"))
                return

    def _take_hello(self, message: Mapping[str, Any]) -> None:
        if message.get("t") == "hello":
            self.hello = message
            have = message.get("have")
            self._sent = {str(one) for one in have} if isinstance(have, list) else set()

    def _receive(self, link: WindowsLink, timeout: float | None) -> dict[str, Any]:
        try:
            return link.receive(timeout)
        except TimeoutError:
            raise SilentError(
                _("the host has been silent for {seconds:g} s").format(seconds=timeout or 0)
            ) from None

    def _messages(
        self, name: str, part: list[dict[str, Any]], sends: list[str], confirmed: int
    ) -> Iterator[dict[str, Any]]:
        wanted = {str(one["m"]) for one in part} - self._known
        if wanted:
            yield dict(windows_code.code_message(wanted, kit=not self._known))
            self._known |= wanted
        for sha in dict.fromkeys(sends):
            if sha not in self._sent:
                yield from self._blob(sha)
                self._sent.add(sha)
        yield {"t": "batch", "id": name, "ack": confirmed, "steps": part}

    def _blob(self, sha: str) -> Iterator[dict[str, Any]]:
        """Yield content in parts; a large file is never held in memory as a whole."""
        found = self._content(sha)
        if isinstance(found, Path) and found.stat().st_size > _PART * 64:
            with found.open("rb") as stream:
                block = stream.read(_PART)
                number = 0
                while True:
                    following = stream.read(_PART)
                    yield _part_of(sha, number, block, end=not following, compressed=False)
                    if not following:
                        return
                    block, number = following, number + 1
        data, compressed = packed(found)
        for number, start in enumerate(range(0, max(1, len(data)), _PART)):
            end = start + _PART >= len(data)
            yield _part_of(sha, number, data[start : start + _PART], end=end, compressed=compressed)

    # --- what breaks --------------------------------------------------------------------------------------

    def _leave(self) -> None:
        """Leave the process; the next batch starts another one."""
        if self._link is not None:
            self._link.close()
        self._link = None

    def _lost(self, error: TransportError) -> None:
        """Get ready for a new process, or give up."""
        self._leave()
        self._deaths += 1
        self._unreachable = 0 if isinstance(error, ProcessGoneError) else self._unreachable + 1
        hopeless = self._closed or isinstance(error, SilentError) or not self.hello or self._unreachable > 1
        if hopeless or self._deaths >= _DEATHS:
            raise UnreachableError(error.message, hint=error.hint) from None
        self._transport.close()

    def close(self) -> None:
        """Say goodbye; what the run has left on the host is removed. Another thread may wait for a result."""
        self._closed = True
        link, self._link = self._link, None
        if link is None:
            return
        if getattr(self._transport, "busy", False):  # one request at a time: the shell's end says it
            link.close()
            return
        try:
            link.send([{"t": "bye"}])
        except TransportError:
            return
        finally:
            link.close()


class SilentError(UnreachableError):
    """Nothing came for too long: asking again would wait as long again."""


def _parts(works: list[Work]) -> Iterator[list[Work]]:
    """Yield works in runs of one kind."""
    part: list[Work] = []
    kind: Any = None
    for work in works:
        one = "bare" if work.module in windows_bare.MODULES else bool(windows_code.source(work.module))
        if part and one != kind:
            yield part
            part = []
        kind = one
        part.append(work)
    if part:
        yield part


def _index(message: Mapping[str, Any]) -> int:
    found = message.get("i")
    return found if isinstance(found, int) else -1


def _answer(message: Mapping[str, Any], part: list[dict[str, Any]]) -> dict[str, Any]:
    """Return an answer of the agent, checked: a hostile host can only hurt itself."""
    found = message.get("r")
    if not isinstance(found, dict) or _index(message) not in {one["i"] for one in part}:
        raise AgentError(_("the agent sent a result that is not a mapping"))
    for name in ("state", "error", "r"):
        if name in found and found[name] is not None and not isinstance(found[name], dict):
            raise AgentError(_("the agent sent a result that is not a mapping"))
    if not found.keys() & {"state", "error", "r"}:
        raise AgentError(_("the agent sent a result that is not a mapping"))
    return found


def _part_of(sha: str, number: int, data: bytes, *, end: bool, compressed: bool) -> dict[str, Any]:
    text = base64.b64encode(data).decode("ascii")
    return {"t": "blob", "sha": sha, "n": number, "z": compressed, "end": end, "data": text}


def no_windows_half(module: str, args: Mapping[str, Any]) -> dict[str, Any]:
    """Return the result of a step whose module does not run on Windows, or not with these arguments."""
    return {
        "failed": True, "changed": False,
        "msg": args.get(REFUSED) or _("the module {module} does not run on Windows").format(module=module),
        "hint": _("see the modules win_* for what does"),
    }  # fmt: skip
