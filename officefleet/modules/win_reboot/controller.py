"""What win_reboot does on the controller: it drives a Windows host through its restart."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING, Any

from officefleet.errors import TransportError
from officefleet.modules.windows import quote

if TYPE_CHECKING:
    from officefleet.modules.contract import Controller
    from officefleet.modules.win_reboot.spec import WinRebootArgs

_PAUSE = 1.0  # seconds between two looks at a host that has not gone down yet
_ALREADY = 1190, 1115  # a restart is scheduled, or the host is on its way down


def act(args: WinRebootArgs, controller: Controller) -> dict[str, Any]:
    """Return {"rebooted", "elapsed"} once the host answers and has started anew."""
    if controller.check:
        return {"changed": True, "rebooted": True, "elapsed": 0}
    before = controller.run_on_host("win_shell", {"cmd": args.boot_time_command, "no_profile": True})
    if before.get("failed"):
        return _failure("cannot read the time of the last start", before, None)
    start = time.monotonic()
    try:
        order = controller.run_on_host("win_command", {"cmd": command(args)}, timeout=30)
    except TransportError:
        order = {}  # the host was quick: the connection broke before it had answered
    if order.get("failed") and order.get("rc") not in _ALREADY and not order.get("timedout"):
        return _failure("the host refuses to restart", order, None)
    controller.reset_connection()
    problem = _wait_for_start(args, controller, str(before["stdout"]).strip(), start)
    if problem is None:
        threading.Event().wait(args.post_reboot_delay)
        problem = _wait_for_test(args, controller, time.monotonic() + args.reboot_timeout)
    if problem is not None:
        return _failure(problem, {}, start)
    return {"changed": True, "rebooted": True, "elapsed": int(time.monotonic() - start)}


def command(args: WinRebootArgs) -> str:
    """Return the line that restarts the host; below 2 seconds its answer would be lost."""
    return f"shutdown.exe /r /t {max(args.pre_reboot_delay, 2)} /c {quote(args.msg)}"


def _wait_for_start(args: WinRebootArgs, controller: Controller, before: str, start: float) -> str | None:
    """Wait until the time of the last start is another one; return what is wrong, or None."""
    limit = start + args.shutdown_timeout + args.reboot_timeout
    while True:
        left = limit - time.monotonic()
        if left <= 0:
            return f"timed out waiting for the restart (reboot_timeout={args.reboot_timeout})"
        try:
            controller.wait_until_reachable(left)
            asked = {"cmd": args.boot_time_command, "no_profile": True}
            now = controller.run_on_host("win_shell", asked, timeout=min(left, 60))
            if not now.get("failed") and str(now["stdout"]).strip() != before:
                return None
        except TransportError:
            pass  # still down, or going down under our feet
        controller.reset_connection()
        threading.Event().wait(_PAUSE)


def _wait_for_test(args: WinRebootArgs, controller: Controller, limit: float) -> str | None:
    """Wait until the test command succeeds; return what is wrong, or None."""
    while args.test_command is not None:
        left = limit - time.monotonic()
        if left <= 0:
            return f"timed out waiting for the test command (reboot_timeout={args.reboot_timeout})"
        try:
            controller.wait_until_reachable(left)
            if not controller.run_on_host("win_shell", {"cmd": args.test_command}, timeout=left).get(
                "failed"
            ):
                return None
        except TransportError:
            controller.reset_connection()
        threading.Event().wait(_PAUSE)
    return None


def _failure(text: str, result: dict[str, Any], start: float | None) -> dict[str, Any]:
    found: dict[str, Any] = {"changed": start is not None, "failed": True, "rebooted": start is not None}
    found.update({name: result[name] for name in ("rc", "stdout", "stderr") if name in result})
    detail = result.get("stderr") or result.get("msg")
    found["msg"] = f"{text}: {detail}" if detail else text
    found["elapsed"] = 0 if start is None else int(time.monotonic() - start)
    return found
