"""What pause does on the controller."""

from __future__ import annotations

import datetime as dt
import getpass
import sys
import threading
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from officefleet.modules.contract import Controller
    from officefleet.modules.pause.spec import PauseArgs


def act(args: PauseArgs, controller: Controller) -> dict[str, Any]:
    """Return when the time is over or the prompt is answered."""
    seconds = args.seconds if args.seconds is not None else (args.minutes or 0) * 60
    timed = args.seconds is not None or args.minutes is not None
    if timed:
        seconds = max(seconds, 1)
    start = dt.datetime.now()  # noqa: DTZ005  Ansible reports the controller's own wall clock
    answer = ""
    if timed:
        if args.prompt:
            sys.stderr.write(args.prompt + "\n")
        threading.Event().wait(seconds)
    elif sys.stdin is not None and sys.stdin.isatty():
        question = (args.prompt or "Press enter to continue") + ": "
        answer = input(question) if args.echo else getpass.getpass(question)
    stop = dt.datetime.now()  # noqa: DTZ005  as above
    elapsed = stop - start
    if args.minutes is not None:
        waited = f"Paused for {round(elapsed.total_seconds() / 60, 2)} minutes"
    else:
        waited = f"Paused for {round(elapsed.total_seconds(), 2)} seconds"
    return {
        "changed": False, "rc": 0, "stderr": "", "stdout": waited, "start": str(start), "stop": str(stop),
        "delta": int(elapsed.total_seconds()), "echo": args.echo, "user_input": answer,
    }  # fmt: skip
