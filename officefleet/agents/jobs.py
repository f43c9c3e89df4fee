"""Steps that go on after the agent has answered (async): each writes its result into a file of its own."""

from __future__ import annotations

import json
import os

from officefleet.agents.kit import Failed

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

FOLDER = "~/.ansible_async"


def path_of(job: str) -> str:
    """Return the file of a job.

    Raises:
        Failed: the name is not one that `start` gives.

    """
    if not job or "/" in job or job.startswith("."):
        raise Failed("not a job id: %s" % job)
    return os.path.join(os.path.expanduser(FOLDER), job)


def start(work: Callable[[], dict[str, Any]], seconds: int) -> dict[str, Any]:
    """Run `work` in a process of its own and return how to ask for it.

    Args:
        work: gives the step's result.
        seconds: after that it is ended and has failed.

    """
    job = "j%s.%d" % (os.urandom(6).hex(), os.getpid())
    file = path_of(job)
    os.makedirs(os.path.dirname(file), 0o700, exist_ok=True)
    write(file, {"started": 1, "finished": 0, "ansible_job_id": job})
    child = os.fork()
    if child == 0:
        _detached(work, file, job, seconds)
    os.waitpid(child, 0)
    return {"started": 1, "finished": 0, "ansible_job_id": job, "results_file": file, "changed": True}


def _detached(work: Callable[[], dict[str, Any]], file: str, job: str, seconds: int) -> None:
    """Leave the agent's session and pipes, do the work, and never return."""
    try:
        os.setsid()
        if os.fork():
            os._exit(0)
        nothing = os.open(os.devnull, os.O_RDWR)
        for descriptor in (0, 1, 2):
            os.dup2(nothing, descriptor)
        _limit(seconds)
        result = work()
        write(file, dict(result, started=1, finished=1, ansible_job_id=job))
    except BaseException as error:  # noqa: BLE001  whatever it is, it belongs into the file: nobody else listens
        write(file, {"started": 1, "finished": 1, "ansible_job_id": job, "failed": True, "changed": False,
                     "msg": "%s: %s" % (type(error).__name__, error)})  # fmt: skip
    finally:
        os._exit(0)


def _limit(seconds: int) -> None:
    import signal

    def expire(_signal: int, _frame: Any) -> None:
        raise TimeoutError("the job took longer than %d seconds" % seconds)

    signal.signal(signal.SIGALRM, expire)
    signal.alarm(seconds)


def write(file: str, result: dict[str, Any]) -> None:
    """Replace a job's file at once, so that whoever asks sees a whole answer."""
    temporary = file + ".new"
    with open(temporary, "w") as stream:
        json.dump(result, stream, default=str)
    os.rename(temporary, file)
