"""The agent's protocol over a simulated machine: what agents/windows.ps1 does, in Python, for tests of the controller.

`Agent` is a program of the WS-Management rig; `main` serves the same over standard input and output (behind sshd).
"""

from __future__ import annotations

import base64
import hashlib
import json
import queue
import re
import sys
import threading
import time
import zlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from windows_host import Context, ModuleFailed, Undecidable, WindowsMachine, simulator

if TYPE_CHECKING:
    from collections.abc import Callable

FLUSH = 0.05  # seconds that a batch's first results wait for others; doubled each time, up to
PATIENCE = 2.0
LIMIT = 100_000


def canonical(state: Any) -> str:
    """Return the text by which two states are compared."""
    return json.dumps(state, sort_keys=True, ensure_ascii=True, separators=(",", ":"), default=str)


def digest(state: Any) -> str:
    """Return the hash of a state."""
    return hashlib.sha256(canonical(state).encode()).hexdigest()


@dataclass
class Store:
    """What a run keeps on the host: outlives the agent's process."""

    results: dict[str, dict[str, Any] | None] = field(default_factory=dict)
    blobs: dict[str, bytes] = field(default_factory=dict)


class Agent:
    """One agent's process.

    Args:
        machine: what it acts on.
        write: takes standard output.
        exited: called with the exit status.
        die: function(key of a step, "before" or "after") -> True to end the process there, as a crash does.

    """

    def __init__(
        self,
        machine: WindowsMachine,
        write: Callable[[bytes], None],
        exited: Callable[[int], None],
        die: Callable[[str, str], bool] | None = None,
    ) -> None:
        self.machine = machine
        self._write, self._exited, self._die = write, exited, die
        self._queue: queue.Queue[bytes | None] = queue.Queue()
        self._rest = b""
        self._seen = 0  # frames
        self._parts: list[str] = []
        self._sent = 0
        self._kept: dict[int, bytes] = {}
        self._waiting: list[bytes] = []
        self._flushed = time.monotonic()
        self._patience = FLUSH
        self._store = Store()
        self._started = False
        self._modules: dict[str, str] = {}
        self._incoming: dict[str, list[bytes]] = {}
        self._dead = False
        threading.Thread(target=self._serve, daemon=True).start()

    # --- a program of the rig -----------------------------------------------------------------------------

    def feed(self, data: bytes, *, end: bool) -> None:
        """Take standard input."""
        if data:
            self._queue.put(data)
        if end:
            self._queue.put(None)

    def kill(self) -> None:
        """End at once."""
        self._dead = True
        self._queue.put(None)

    def _serve(self) -> None:
        status = 0
        try:
            while (data := self._queue.get()) is not None and not self._dead:
                *lines, self._rest = (self._rest + data).split(b"\n")
                for line in lines:
                    self._line(line.decode("ascii"))
        except SystemExit as end:
            status = int(str(end.code or 0))
        self._exited(status)

    # --- frames -------------------------------------------------------------------------------------------

    def _line(self, line: str) -> None:
        kind, _blank, rest = line.partition(" ")
        if kind == "OF0":
            text = zlib.decompress(base64.b64decode(rest)).decode("ascii")
            assert "function" in text, "the bootstrap got no agent"
            self._started = True
        elif not self._started:
            return
        elif kind == "A":
            have = int(rest)
            self._write(b"".join(data for number, data in sorted(self._kept.items()) if number > have))
        elif kind == "F":
            number, flag, text = rest.split(" ", 2)
            if int(number) <= self._seen:
                return
            if int(number) != self._seen + 1:
                raise SystemExit(3)
            self._seen += 1
            self._parts.append(text)
            if flag == "e":
                whole, self._parts = "".join(self._parts), []
                self._message(json.loads(whole))

    def _send(self, message: dict[str, Any]) -> None:
        self._sent += 1
        text = json.dumps(message, ensure_ascii=True, separators=(",", ":"), default=str)
        self._kept[self._sent] = data = f"{self._sent} {text}\n".encode("ascii")
        self._waiting.append(data)
        now = time.monotonic()
        if now - self._flushed > self._patience or sum(map(len, self._waiting)) > LIMIT:
            self._flush()

    def _flush(self) -> None:
        self._flushed = time.monotonic()
        self._patience = min(2 * self._patience, PATIENCE)
        data, self._waiting = b"".join(self._waiting), []
        if data and not self._dead:
            self._write(data)

    # --- messages -----------------------------------------------------------------------------------------

    def _message(self, message: dict[str, Any]) -> None:
        kind = message["t"]
        if kind == "open":
            runs = self.machine.extra.setdefault("runs", {})
            self._store = runs.setdefault(message["run"], Store())
            self._send({
                "t": "hello", "powershell": self.machine.powershell, "language": "FullLanguage", "pid": 1234,
                "culture": self.machine.language, "oem": self.machine.oem_codepage, "have": sorted(self._store.blobs),
            })  # fmt: skip
            self._flush()
        elif kind == "code":
            self._modules.update(json.loads(zlib.decompress(base64.b64decode(message["z"]))))
        elif kind == "blob":
            self._blob(message)
        elif kind == "batch":
            for number in [one for one in self._kept if one <= message["ack"]]:
                del self._kept[number]
            self._batch(message)
            self._flush()
        elif kind == "bye":
            raise SystemExit(0)

    def _blob(self, message: dict[str, Any]) -> None:
        parts = self._incoming.setdefault(message["sha"], [])
        if len(parts) == message["n"]:
            parts.append(base64.b64decode(message["data"]))
        if message["end"]:
            data = b"".join(self._incoming.pop(message["sha"]))
            data = zlib.decompress(data) if message["z"] else data
            if hashlib.sha256(data).hexdigest() == message["sha"]:
                self._store.blobs[message["sha"]] = data

    def _batch(self, batch: dict[str, Any]) -> None:
        failed: Any = None
        moved = False
        self._flushed, self._patience = time.monotonic(), FLUSH
        for step in batch["steps"]:
            if moved:
                result = self._known(step) or (self._read(step) if step["op"] != "run" else None)
                if result is not None:
                    self._send({"t": "res", "b": batch["id"], "i": step["i"], "r": result})
                continue
            if failed is not None and step.get("g") != failed:
                break
            result = self._step(step)
            self._send({"t": "res", "b": batch["id"], "i": step["i"], "r": result})
            if result.get("moved"):
                moved = True
            elif "r" in result and result["r"].get("failed") and not step.get("go_on"):
                failed = step.get("g", -1)
        self._send({"t": "end", "b": batch["id"], "stopped": moved or failed is not None})

    def _known(self, step: dict[str, Any]) -> dict[str, Any] | None:
        """Return what the journal says of a step, or None when it was never begun."""
        if step["op"] == "read" or step["k"] not in self._store.results:
            return None
        known = self._store.results[step["k"]]
        if known is not None:
            return known
        if step["op"] == "run":
            return {"r": {"failed": True, "changed": True, "unknown": True,
                          "msg": "PowerShell ended while the step ran; whether it was done is not known"}}  # fmt: skip
        return {"moved": True, "begun": True, **self._read(step)}

    def _step(self, step: dict[str, Any]) -> dict[str, Any]:
        if step["op"] == "read":
            return self._read(step)
        known = self._known(step)
        if known is not None:
            return known
        lasting = not step.get("check") and (step["op"] == "run" or bool(step.get("c")))
        if step["op"] == "apply":
            found = self._read(step)
            if found.get("h") != step["h"]:
                return {"moved": True, **found}
        key = step["k"]
        if lasting:
            self._store.results[key] = None
            self._crash(key, "before")
        result = self._guarded(step, self._apply if step["op"] == "apply" else self._run)
        if lasting:
            self._crash(key, "between")
            self._store.results[key] = {"r": result}
            self._crash(key, "after")
        return {"r": result}

    def _crash(self, key: str, moment: str) -> None:
        if self._die is not None and self._die(key, moment):
            self._dead = True
            raise SystemExit(1)

    def _read(self, step: dict[str, Any]) -> dict[str, Any]:
        found = self._guarded(step, lambda one, half: {"state": half.read(one["a"], self.machine)})
        if "state" not in found:
            return {"error": found, "h": digest(found)}
        state = json.loads(canonical(found["state"]))  # as it looks after its way through JSON
        return {"state": state, "h": digest(state)}

    def _apply(self, step: dict[str, Any], half: Any) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for change in step["c"]:
            found.update(half.apply(change, self.machine) or {})
        return found

    def _run(self, step: dict[str, Any], half: Any) -> dict[str, Any]:
        return dict(half.run(step["a"], self.machine))

    def _guarded(
        self, step: dict[str, Any], work: Callable[[dict[str, Any], Any], dict[str, Any]]
    ) -> dict[str, Any]:
        half = simulator(step["m"])
        source = self._modules.get(step["m"])
        if source is None or half is None:
            why = "its code was not sent" if source is None else "the rig has no simulator for it"
            return {"failed": True, "changed": False, "msg": f"{step['m']}: {why}"}
        wanted = "function Invoke-Module" if step["op"] == "run" else "function Read-State"
        if wanted not in source:
            return {"failed": True, "changed": False, "msg": f"{step['m']}: no {wanted} in windows.ps1"}
        self.machine.blobs = self._store.blobs
        self.machine.context = Context(
            bool(step.get("check")),
            bool(step.get("diff")),
            float(step.get("timeout") or 0),
            dict(step.get("env") or {}),
        )
        limit = float(step.get("timeout") or 0)
        if not limit:
            return self._caught(step, half, work)
        done: queue.Queue[dict[str, Any]] = queue.Queue()
        context = self.machine.context

        def other() -> None:
            self.machine.context = context
            done.put(self._caught(step, half, work))

        threading.Thread(target=other, daemon=True).start()
        try:
            return done.get(timeout=limit)
        except queue.Empty:
            return {
                "failed": True,
                "changed": False,
                "timedout": True,
                "msg": f"timed out after {limit:g} seconds",
            }

    def _caught(
        self, step: dict[str, Any], half: Any, work: Callable[[dict[str, Any], Any], dict[str, Any]]
    ) -> dict[str, Any]:
        try:
            if step.get("async") and step["op"] == "run":
                return self._job(step, half)
            return work(step, half)
        except ModuleFailed as error:
            return {"failed": True, "changed": False, **error.fields, "msg": error.msg}
        except Undecidable as error:
            return {"skipped": True, "undecidable": True, "changed": False, "msg": str(error)}
        except Exception as error:  # noqa: BLE001  as the real agent: a module's bug is that task's failure
            return {"failed": True, "changed": False, "msg": f"{type(error).__name__}: {error}"}

    def _job(self, step: dict[str, Any], half: Any) -> dict[str, Any]:
        jobs = self.machine.extra.setdefault("jobs", {})
        job = f"j{len(jobs) + 1}.{int(time.time())}"
        jobs[job] = {"started": 1, "finished": 0, "ansible_job_id": job}

        def work() -> None:
            found = self._caught({**step, "async": 0}, half, self._run)
            jobs[job] = {**found, "started": 1, "finished": 1, "ansible_job_id": job}

        threading.Thread(target=work, daemon=True).start()
        return {"started": 1, "finished": 0, "ansible_job_id": job, "changed": True}


class Text:
    """A program that prints and ends: what `raw` and the like start."""

    def __init__(
        self,
        emit: Callable[[str, bytes], None],
        exited: Callable[[int], None],
        found: tuple[int, bytes, bytes],
    ) -> None:
        rc, out, error = found
        if out:
            emit("stdout", out)
        if error:
            emit("stderr", error)
        exited(rc)

    def feed(self, data: bytes, *, end: bool) -> None:
        """Take no input."""

    def kill(self) -> None:
        """It has ended already."""


def decoded(line: str) -> str:
    """Return the script of a -EncodedCommand, or ""."""
    found = re.search(r"-EncodedCommand\s+([A-Za-z0-9+/=]+)", line, re.IGNORECASE)
    return base64.b64decode(found.group(1)).decode("utf-16-le") if found else ""


def program(
    machine: WindowsMachine,
    line: str,
    emit: Callable[[str, bytes], None],
    exited: Callable[[int], None],
    **options: Any,
) -> Agent | Text:
    """Start what Windows would start for a command line."""
    script = decoded(line)
    policy = machine.extra.get("language_mode", "FullLanguage")
    if "OpenStandardInput" in script:
        if policy != "FullLanguage":
            return Text(emit, exited, (41, f"OF! language {policy}\r\n".encode(), b""))
        banner = machine.extra.get("banner", b"")
        if banner:
            emit("stdout", banner)
        return Agent(machine, lambda data: emit("stdout", data), exited, options.get("die"))
    if script:
        return Text(
            emit,
            exited,
            machine.extra.get("scripts", {}).get(script, (0, script.encode("cp850", "replace"), b"")),
        )
    return Text(emit, exited, machine.extra.get("programs", {}).get(line, (1, b"", b"'x' n'est pas reconnu")))


def main() -> None:
    """Serve the agent over standard input and output: what sshd starts."""
    machine = WindowsMachine()
    done = threading.Event()
    out = sys.stdout.buffer

    def emit(_stream: str, data: bytes) -> None:
        out.write(data)
        out.flush()

    line = " ".join(sys.argv[1:])
    status: list[int] = []

    def exited(rc: int) -> None:
        status.append(rc)
        done.set()

    started = program(machine, line, emit, exited)
    while not done.is_set() and (data := sys.stdin.buffer.read1(65536)):
        started.feed(data, end=False)
    started.feed(b"", end=True)
    done.wait()
    raise SystemExit(status[0])


if __name__ == "__main__":
    main()
