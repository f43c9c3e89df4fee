"""What a module may use on a host: failures, child processes, blobs. Standard library only.

This file, like every ``posix.py`` and ``plan.py``, travels to the host; it must import fast and run on Python 3.8.
"""

from __future__ import annotations

import os

MAX_OUTPUT = 16 * 1024 * 1024  # bytes of a child's output that are kept; a runaway child must not fill memory
_PROGRESS_EVERY = 1.0  # seconds between two progress lines


class Failed(Exception):  # noqa: N818  reads as a sentence where it is raised
    """The module cannot reach the wanted state; `fields` go into the task's result."""

    def __init__(self, msg, **fields):
        super().__init__(msg)
        self.msg = msg
        self.fields = fields


class Undecidable(Exception):  # noqa: N818
    """Check mode cannot know the outcome, e.g. because an earlier task would have made it knowable."""


class Context:
    """What the agent lends to one step.

    Attributes:
        check: True when nothing may be changed.
        diff: True when the result should hold before and after texts.
        environment: variables that children get on top of the agent's own.
        emit: function(text) that reports progress to the controller.
        blob: function(sha256) that returns the path of a local file with that content.

    """

    def __init__(self, check=False, diff=False, environment=None, emit=None, blob=None):
        self.check = check
        self.diff = diff
        self.environment = environment or {}
        self.emit = emit or (lambda _text: None)
        self.blob = blob or _no_blob

    def run(self, command, **options):
        """Run a child with the step's environment; see `run`."""
        merged = dict(self.environment)
        merged.update(options.pop("env", None) or {})
        return run(command, env=merged, emit=self.emit, **options)


def _no_blob(sha):
    raise Failed("no content was sent for " + sha)


class Completed:
    """A finished child: `rc`, `out` and `err` (text, undecodable bytes escaped)."""

    def __init__(self, rc, out, err):
        self.rc = rc
        self.out = out
        self.err = err


def run(command, stdin=None, cwd=None, env=None, shell=None, timeout=None, emit=None, parse=False, umask=None):
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
    import subprocess  # noqa: PLC0415  4 ms that a play without children never pays

    environment = dict(os.environ)
    if parse:
        environment.update(LC_ALL="C", LANG="C", LANGUAGE="C")
    for name, value in (env or {}).items():
        if value is None:
            environment.pop(name, None)
        else:
            environment[name] = str(value)
    words = [shell, "-c", command] if shell else command
    try:
        child = subprocess.Popen(
            words,
            stdin=subprocess.DEVNULL if stdin is None else subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            cwd=cwd,
            env=environment,
            start_new_session=True,
            preexec_fn=None if umask is None else (lambda: os.umask(umask)),
        )
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        name = getattr(error, "filename", None) or words[0]
        raise Failed("%s: %s" % (name, reason), rc=getattr(error, "errno", 2), cmd=command) from None
    data = stdin.encode() if isinstance(stdin, str) else stdin
    out, err, expired = _communicate(child, data, timeout, emit)
    if expired:
        raise Failed(
            "timed out after %g seconds" % timeout, rc=-9, cmd=command, stdout=decode(out), stderr=decode(err)
        )
    return Completed(child.returncode, decode(out), decode(err))


def _communicate(child, data, timeout, emit):
    """Feed and drain a child; return (out, err, expired). A grandchild that keeps the pipes does not hang us."""
    import selectors  # noqa: PLC0415
    import time  # noqa: PLC0415

    end = None if timeout is None else time.monotonic() + timeout
    kept = {child.stdout: bytearray(), child.stderr: bytearray()}
    selector = selectors.DefaultSelector()
    for stream in kept:
        os.set_blocking(stream.fileno(), False)
        selector.register(stream, selectors.EVENT_READ)
    pending = memoryview(data or b"")
    if child.stdin is not None:
        os.set_blocking(child.stdin.fileno(), False)
        selector.register(child.stdin, selectors.EVENT_WRITE)
    last_emit = time.monotonic()
    expired = False
    while selector.get_map():
        wait = 0.2 if child.poll() is None else 0.05
        ready = selector.select(wait)
        for key, _events in ready:
            stream = key.fileobj
            if stream is child.stdin:
                pending = _feed(child.stdin, pending)
                if not pending:
                    selector.unregister(stream)
                    stream.close()
                continue
            block = stream.read(65536)
            if block:
                room = MAX_OUTPUT - len(kept[stream])
                kept[stream] += block[: max(room, 0)]
            elif block is not None:
                selector.unregister(stream)
        now = time.monotonic()
        if emit is not None and now - last_emit > _PROGRESS_EVERY:
            last_emit = now
            lines = bytes(kept[child.stdout][-400:]).splitlines()
            emit(decode(lines[-1])[:200] if lines else "")
        if end is not None and now > end:
            expired = True
            _kill(child)
            break
        if not ready and child.poll() is not None:
            break  # the child is gone and a background grandchild holds the pipes
    selector.close()
    if not expired:
        try:
            child.wait(None if end is None else max(0.0, end - time.monotonic()))
        except Exception:  # noqa: BLE001  subprocess is imported lazily, so its TimeoutExpired has no name here
            expired = True
            _kill(child)
    for stream in (child.stdin, child.stdout, child.stderr):
        if stream is not None and not stream.closed:
            try:
                stream.close()
            except OSError:
                pass
    return bytes(kept[child.stdout]), bytes(kept[child.stderr]), expired


def _feed(stream, pending):
    try:
        sent = os.write(stream.fileno(), pending[:65536])
    except BlockingIOError:
        return pending
    except BrokenPipeError:
        return memoryview(b"")
    return pending[sent:]


def _kill(child):
    import signal  # noqa: PLC0415

    try:
        os.killpg(child.pid, signal.SIGKILL)
    except OSError:
        pass
    child.wait()


def decode(data):
    """Return bytes as text; bytes that are not UTF-8 become surrogate escapes, as Ansible has them."""
    return data.decode("utf-8", "surrogateescape")


def which(name, extra=("/usr/local/sbin", "/usr/sbin", "/sbin")):
    """Return the path of a program, looking in the system folders too, or None."""
    if "/" in name:
        return name if os.access(name, os.X_OK) else None
    for folder in os.environ.get("PATH", "").split(":") + list(extra):
        path = os.path.join(folder or ".", name)
        if os.path.isfile(path) and os.access(path, os.X_OK):
            return path
    return None


def need(name):
    """Return the path of a program that the module cannot do without.

    Raises:
        Failed: it is not installed.

    """
    path = which(name)
    if path is None:
        raise Failed("required program not found on the host: " + name)
    return path
