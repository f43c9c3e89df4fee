"""expect on a POSIX host: a child with a terminal, and the answers that it gets."""

from __future__ import annotations

import os

from officefleet.agents.kit import Context, Failed, decode
from officefleet.modules.command.posix import enter, not_needed

TYPE_CHECKING = False  # typing costs an agent several milliseconds at its start
if TYPE_CHECKING:
    import re
    from typing import Any

_WINDOW = 2000  # bytes of output in which a question is looked for, as pexpect does for Ansible
_ENOUGH = 16 * 1024 * 1024  # bytes of output that are kept


def run(args: dict[str, Any], context: Context) -> dict[str, Any]:
    import datetime as dt
    import shlex

    result: dict[str, Any] = {"changed": False, "cmd": args["command"], "stdout": "", "rc": 0}
    if context.check:
        message = "remote module (expect) does not support check mode"
        return {"changed": False, "skipped": True, "msg": message}
    folder = enter(args, dict(result, stderr=""))
    reason = not_needed(args, folder)
    if reason is not None:
        text = "skipped, since " + reason.replace("'", "")
        return dict(result, stdout=text, stdout_lines=[text])
    answers = [(_compiled(question), _answers(answer)) for question, answer in args["responses"].items()]
    try:
        words = shlex.split(args["command"])
    except ValueError as error:
        raise Failed("cannot split the command into words: %s" % error, rc=256) from None
    start = dt.datetime.now()  # noqa: DTZ005  Ansible reports the host's own wall clock
    talk = Conversation(words, answers, folder=folder, echo=args["echo"], environment=context.environment)
    problem = talk.hold(args["timeout"])
    end = dt.datetime.now()  # noqa: DTZ005  as above
    out = decode(bytes(talk.output)).rstrip("\r\n")
    result.update(
        stdout=out, rc=talk.rc, start=str(start), end=str(end), delta=str(end - start), changed=True
    )
    result["stdout_lines"] = out.splitlines()
    if problem is not None:
        raise Failed(problem, **result)
    if talk.rc:
        raise Failed("non-zero return code", **result)
    return result


def _compiled(question: str) -> re.Pattern[bytes]:
    import re

    try:
        return re.compile(question.encode("utf-8", "surrogateescape"), re.DOTALL)
    except re.error as error:
        raise Failed("bad regular expression %r: %s" % (question, error)) from None


def _answers(answer: Any) -> list[bytes] | bytes:
    """Return what is typed: one answer for every time, or a list of which each item serves once."""
    if isinstance(answer, list):
        return [_line(one) for one in answer]
    return _line(answer)


def _line(answer: Any) -> bytes:
    return str(answer).rstrip("\n").encode("utf-8", "surrogateescape") + b"\n"


class Conversation:
    """A child that has a terminal.

    Attributes:
        output: all that it printed.
        rc: its exit code, None while it lives or after it was killed for being silent.

    """

    def __init__(
        self,
        words: list[str],
        answers: list[tuple[re.Pattern[bytes], list[bytes] | bytes]],
        *,
        folder: str | None,
        echo: bool,
        environment: dict[str, Any],
    ) -> None:
        import pty
        import subprocess

        self.answers = answers
        self.output = bytearray()
        self.fresh = 0  # where the output begins that no answer has been given to
        self.rc: int | None = None
        self.master, slave = pty.openpty()
        if not echo:
            _silence(slave)
        env = dict(os.environ)
        env.update({name: str(value) for name, value in environment.items()})
        try:
            self.child = subprocess.Popen(
                words, stdin=slave, stdout=slave, stderr=slave, cwd=folder, env=env,
                preexec_fn=_own_terminal,  # noqa: PLW1509  the agent has one thread
            )  # fmt: skip
        except OSError as error:
            os.close(self.master)
            raise Failed(
                "The command was not found or was not executable: %s." % words[0], rc=error.errno
            ) from None
        finally:
            os.close(slave)

    def hold(self, timeout: float | None) -> str | None:
        """Talk until the child is gone; return what went wrong, or None.

        Args:
            timeout: seconds without a question that has an answer until the child is killed; None waits for ever.

        """
        import select
        import time

        try:
            end = None if timeout is None else time.monotonic() + timeout
            while True:
                left = None if end is None else max(0.0, end - time.monotonic())
                ready = select.select([self.master], [], [], left)[0]
                if not ready:
                    return "command exceeded timeout"
                if not self.listen():
                    self.rc = self.child.wait(timeout=10)
                    return None
                problem = self.answer()
                if problem is not None:
                    return problem
                if self.fresh == len(self.output):
                    end = None if timeout is None else time.monotonic() + timeout
        finally:
            self.end()

    def listen(self) -> bool:
        """Read what is there; False when the child has closed its terminal."""
        try:
            block = os.read(self.master, 65536)
        except OSError:
            return False  # Linux answers EIO when the last holder of the other end is gone
        if len(self.output) < _ENOUGH:
            self.output += block
        return bool(block)

    def answer(self) -> str | None:
        """Answer the first question that is in the output, by its place and then by the order of the task."""
        window = bytes(self.output[max(self.fresh, len(self.output) - _WINDOW) :])
        found = [(match.start(), index, match.end()) for index, (question, _answer) in enumerate(self.answers)
                 for match in [question.search(window)] if match]  # fmt: skip
        if not found:
            return None
        _start, index, end = min(found)
        question, answer = self.answers[index]
        if isinstance(answer, list):
            if not answer:
                text = question.pattern.decode("utf-8", "surrogateescape")
                return "No remaining responses for '%s', output was '%s'" % (text, decode(window))
            line = answer.pop(0)
        else:
            line = answer
        self.fresh = len(self.output) - len(window) + end
        os.write(self.master, line)
        return self.answer() if self.fresh < len(self.output) else None

    def end(self) -> None:
        """Hang up; a child that is still there is killed with its group."""
        import signal

        if self.child.poll() is None:
            try:
                os.killpg(self.child.pid, signal.SIGKILL)
            except OSError:
                self.child.kill()
            self.child.wait()
        os.close(self.master)


def _silence(terminal: int) -> None:
    """Let the terminal not repeat what is typed."""
    import termios

    attributes = termios.tcgetattr(terminal)
    attributes[3] &= ~termios.ECHO
    termios.tcsetattr(terminal, termios.TCSANOW, attributes)


def _own_terminal() -> None:
    import fcntl
    import termios

    os.setsid()
    fcntl.ioctl(0, termios.TIOCSCTTY, 0)
