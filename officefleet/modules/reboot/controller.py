"""What reboot does on the controller: it drives the host through its restart."""

from __future__ import annotations

import shlex
import threading
import time
from typing import TYPE_CHECKING, Any

from officefleet.errors import ArgumentError, TransportError
from officefleet.i18n import _
from officefleet.modules.reboot.spec import RebootArgs
from officefleet.modules.win_reboot import controller as windows
from officefleet.modules.win_reboot.spec import WinRebootArgs

if TYPE_CHECKING:
    from officefleet.modules.contract import Controller

_PAUSE = 1.0  # seconds between two looks at a host that has not gone down yet


def act(args: RebootArgs, controller: Controller) -> dict[str, Any]:
    """Return {"rebooted", "elapsed"} once the host answers with another boot id."""
    if controller.windows:
        return windows.act(for_windows(args), controller)
    if controller.check:
        return {"changed": True, "rebooted": True, "elapsed": 0}
    before = controller.run_on_host("shell", {"cmd": args.boot_time_command})
    if before.get("failed"):
        return _failure("cannot read the boot id before the restart", before, start=None)
    start = time.monotonic()
    try:
        order = controller.run_on_host("shell", {"cmd": command(args)}, timeout=30)
    except TransportError:
        order = {}  # the host was quick: the connection broke before it had answered
    if order.get("failed") and not order.get("timedout"):
        return _failure("Reboot command failed", order, start=None)
    controller.reset_connection()
    limit = start + args.reboot_timeout
    problem = _wait_for_boot(args, controller, str(before["stdout"]), limit)
    if problem is None:
        threading.Event().wait(args.post_reboot_delay)
        problem = _wait_for_test(args, controller, limit)
    if problem is not None:
        return _failure(problem, {}, start=start)
    return {"changed": True, "rebooted": True, "elapsed": int(time.monotonic() - start)}


def for_windows(args: RebootArgs) -> WinRebootArgs:
    """Return the arguments of win_reboot that say the same; what has its default here has it there.

    Raises:
        ArgumentError: something is asked for that is Linux' own.

    """
    given = {
        name: value
        for name, value in args
        if value != RebootArgs.model_fields[name].get_default(call_default_factory=True)
    }
    strange = sorted(set(given) - set(WinRebootArgs.model_fields))
    if strange:
        raise ArgumentError(
            _("reboot has no {names} on Windows").format(names=", ".join(strange)), hint=_("see win_reboot")
        )
    return WinRebootArgs.model_validate(given)


def command(args: RebootArgs) -> str:
    """Return the line that restarts the host."""
    paths = ":".join(args.search_paths)
    if args.reboot_command is not None:
        return f"PATH={shlex.quote(paths)}:$PATH; {args.reboot_command}"
    when = f"+{args.pre_reboot_delay // 60}" if args.pre_reboot_delay >= 60 else "now"  # noqa: PLR2004  a minute
    return f"PATH={shlex.quote(paths)}:$PATH; exec shutdown -r {when} {shlex.quote(args.msg)}"


def _wait_for_boot(args: RebootArgs, controller: Controller, before: str, limit: float) -> str | None:
    """Wait until the boot id is another one; return what is wrong, or None."""
    while True:
        left = limit - time.monotonic()
        if left <= 0:
            return f"Timed out waiting for last boot time check (timeout={args.reboot_timeout})"
        try:
            controller.wait_until_reachable(left)
            now = controller.run_on_host("shell", {"cmd": args.boot_time_command}, timeout=min(left, 30))
            if not now.get("failed") and str(now["stdout"]) != before:
                return None
        except TransportError:
            pass  # still down, or going down under our feet
        controller.reset_connection()
        threading.Event().wait(_PAUSE)


def _wait_for_test(args: RebootArgs, controller: Controller, limit: float) -> str | None:
    """Wait until the test command succeeds; return what is wrong, or None."""
    while True:
        left = limit - time.monotonic()
        if left <= 0:
            return f"Timed out waiting for post-reboot test command (timeout={args.reboot_timeout})"
        try:
            controller.wait_until_reachable(left)
            if not controller.run_on_host("shell", {"cmd": args.test_command}, timeout=left).get("failed"):
                return None
        except TransportError:
            controller.reset_connection()
        threading.Event().wait(_PAUSE)


def _failure(text: str, result: dict[str, Any], start: float | None) -> dict[str, Any]:
    found: dict[str, Any] = {"changed": start is not None, "failed": True, "rebooted": start is not None}
    for name in ("rc", "stdout", "stderr"):
        if name in result:
            found[name] = result[name]
    detail = result.get("stderr") or result.get("msg")
    found["msg"] = f"{text}: {detail}" if detail else text
    found["elapsed"] = 0 if start is None else int(time.monotonic() - start)
    return found
