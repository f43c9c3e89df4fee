"""What a module may use on a host: failures, child processes, blobs. Standard library only.

Like every ``posix.py`` and ``plan.py`` this file goes to the host: fast to import, no newer than Python 3.8.
"""

from __future__ import annotations

import os

TYPE_CHECKING = False  # importing typing would cost the host 2 ms
if TYPE_CHECKING:
    import subprocess
    from collections.abc import Callable, Mapping, Sequence
    from typing import Any

MAX_OUTPUT = 16 * 1024 * 1024  # bytes of a child's output that are kept; a runaway child must not fill memory
_PROGRESS_EVERY = 1.0  # seconds between two progress lines


class Failed(Exception):  # noqa: N818  reads as a sentence where it is raised
    """The module cannot reach the wanted state; `fields` go into the task's result."""

    def __init__(self, msg: str, **fields: Any) -> None:
        super().__init__(msg)
        self.msg = msg
        self.fields = fields


class Undecidable(Exception):  # noqa: N818  reads as a sentence where it is raised
    """Check mode cannot know the outcome, e.g. because an earlier task would have made it knowable."""


class Context:
    """What the agent lends to one step.

    Attributes:
        check: True when nothing may be changed.
        diff: True when the result should hold before and after texts.
        environment: variables that children get on top of the agent's own.
        emit: function(text) that reports progress to the controller.
        blob: function(sha256) that returns the path of a local file with that content.
        content: function(sha256) that returns that content, or None when it is too large to be held in memory.

    """

    def __init__(
        self,
        *,
        check: bool = False,
        diff: bool = False,
        environment: Mapping[str, Any] | None = None,
        emit: Callable[[str], object] | None = None,
        blob: Callable[[str], str] | None = None,
        content: Callable[[str], bytes | None] | None = None,
    ) -> None:
        self.check = check
        self.diff = diff
        self.environment = dict(environment or {})
        self.emit = emit or _silent
        self.blob = blob or _no_blob
        self.content = content or _in_a_file

    def run(self, command: Sequence[str] | str, **options: Any) -> Completed:
        """Run a child with the step's environment; see `run`."""
        merged = dict(self.environment)
        merged.update(options.pop("env", None) or {})
        return run(command, env=merged, emit=self.emit, **options)


def _silent(_text: str) -> None:
    pass


def _in_a_file(_sha: str) -> None:
    return None


def _no_blob(sha: str) -> str:
    raise Failed("no content was sent for " + sha)


class Completed:
    """A finished child: `rc`, `out` and `err` (text, undecodable bytes escaped)."""

    def __init__(self, rc: int, out: str, err: str) -> None:
        self.rc = rc
        self.out = out
        self.err = err


def run(
    command: Sequence[str] | str,
    *,
    stdin: str | bytes | None = None,
    cwd: str | None = None,
    env: Mapping[str, Any] | None = None,
    shell: str | None = None,
    timeout: float | None = None,
    emit: Callable[[str], object] | None = None,
    parse: bool = False,
    umask: int | None = None,
) -> Completed:
    """Run a child process and return `Completed`.

    Args:
        command: list of words, or one string when `shell` is given.
        stdin: text or bytes for the child; None gives it an empty input.
        cwd: working folder.
        env: variables on top of the agent's own; a None value removes one.
        shell: path of a shell that interprets `command`.
        timeout: seconds; the whole process group is killed after that.
        emit: function(text) that gets the last output line about once a second.
        parse: True when the output will be parsed: the C locale is forced.
        umask: file mode mask of the child.

    Raises:
        Failed: the program does not exist, may not be run, or ran out of time.

    """
    import subprocess  # 4 ms that a play without children never pays

    words: list[str] = [shell, "-c", str(command)] if shell else list(command)
    try:
        child = subprocess.Popen(
            words,
            stdin=subprocess.DEVNULL if stdin is None else subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            cwd=cwd,
            env=_environment(env or {}, parse=parse),
            start_new_session=True,
            preexec_fn=None if umask is None else (lambda: _set_umask(umask)),  # noqa: PLW1509  the agent has one thread
        )
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        name = getattr(error, "filename", None) or words[0]
        number = getattr(error, "errno", None)
        text = "[Errno %d] %s: %r" % (number, reason, os.fsencode(name)) if number else reason
        raise Failed(text, rc=number or 2, cmd=command) from None
    talk = _Talk(child, stdin.encode() if isinstance(stdin, str) else stdin, timeout, emit)
    expired = talk.run()
    out, err = talk.output()
    if expired:
        raise Failed(
            "timed out after %g seconds" % (timeout or 0), rc=-9, cmd=command, stdout=out, stderr=err
        )
    return Completed(child.returncode, out, err)


def _set_umask(mask: int) -> None:
    os.umask(mask)


def _environment(extra: Mapping[str, Any], *, parse: bool) -> dict[str, str]:
    environment = dict(os.environ)
    if parse:
        environment.update(LC_ALL="C", LANG="C", LANGUAGE="C")
    for name, value in extra.items():
        if value is None:
            environment.pop(name, None)
        else:
            environment[name] = str(value)
    return environment


class _Talk:
    """Feeds and drains a child; a grandchild that keeps the pipes open does not hang it."""

    def __init__(
        self,
        child: subprocess.Popen[bytes],
        data: bytes | None,
        timeout: float | None,
        emit: Callable[[str], object] | None,
    ) -> None:
        import selectors
        import time

        self.child = child
        self.pending = memoryview(data or b"")
        self.emit = emit
        self.clock = time.monotonic
        self.last_emit = self.clock()
        self.end = None if timeout is None else self.clock() + timeout
        self.kept = {1: bytearray(), 2: bytearray()}
        self.selector = selectors.DefaultSelector()
        for number, stream in ((0, child.stdin), (1, child.stdout), (2, child.stderr)):
            if stream is not None:
                os.set_blocking(stream.fileno(), False)
                self.selector.register(
                    stream, selectors.EVENT_READ if number else selectors.EVENT_WRITE, number
                )

    def run(self) -> bool:
        """Return True when the child had to be killed because its time was over."""
        while self.selector.get_map():
            alive = self.child.poll() is None
            ready = self.selector.select(0.2 if alive else 0.05)
            for key, _events in ready:
                self.serve(key.fileobj, key.data)
            self.report()
            if self.end is not None and self.clock() > self.end:
                return self.finish(expired=True)
            if not ready and not alive:
                break  # the child is gone and a background grandchild holds the pipes
        return self.finish(expired=False)

    def serve(self, stream: Any, number: int) -> None:
        if number == 0:
            self.pending = _feed(stream, self.pending)
            if not self.pending:
                self.selector.unregister(stream)
                stream.close()
            return
        block = stream.read(65536)
        if block:
            kept = self.kept[number]
            kept += block[: max(MAX_OUTPUT - len(kept), 0)]
        elif block is not None:
            self.selector.unregister(stream)

    def report(self) -> None:
        now = self.clock()
        if self.emit is not None and now - self.last_emit > _PROGRESS_EVERY:
            self.last_emit = now
            lines = bytes(self.kept[1][-400:]).splitlines()
            self.emit(decode(lines[-1])[:200] if lines else "")

    def finish(self, *, expired: bool) -> bool:
        self.selector.close()
        if not expired:
            import subprocess

            try:
                self.child.wait(None if self.end is None else max(0.0, self.end - self.clock()))
            except subprocess.TimeoutExpired:
                expired = True
        if expired:
            _kill(self.child)
        for stream in (self.child.stdin, self.child.stdout, self.child.stderr):
            if stream is not None and not stream.closed:
                try:
                    stream.close()
                except OSError:
                    continue  # a broken pipe: the child did not read all of its input
        return expired

    def output(self) -> tuple[str, str]:
        return decode(bytes(self.kept[1])), decode(bytes(self.kept[2]))


def _feed(stream: Any, pending: memoryview) -> memoryview:
    try:
        sent = os.write(stream.fileno(), pending[:65536])
    except BlockingIOError:
        return pending
    except BrokenPipeError:
        return memoryview(b"")
    return pending[sent:]


def _kill(child: subprocess.Popen[bytes]) -> None:
    import signal

    try:
        os.killpg(child.pid, signal.SIGKILL)
    except OSError:
        child.kill()
    child.wait()


def decode(data: bytes) -> str:
    """Return bytes as text; bytes that are not UTF-8 become surrogate escapes, as Ansible has them."""
    return data.decode("utf-8", "surrogateescape")


def which(name: str, extra: Sequence[str] = ("/usr/local/sbin", "/usr/sbin", "/sbin")) -> str | None:
    """Return the path of a program, looking in the system folders too, or None."""
    if "/" in name:
        return name if os.access(name, os.X_OK) else None
    for folder in [*os.environ.get("PATH", "").split(":"), *extra]:
        path = os.path.join(folder or ".", name)
        if os.path.isfile(path) and os.access(path, os.X_OK):
            return path
    return None


def need(name: str) -> str:
    """Return the path of a program that the module cannot do without.

    Raises:
        Failed: it is not installed.

    """
    path = which(name)
    if path is None:
        raise Failed("required program not found on the host: " + name)
    return path
