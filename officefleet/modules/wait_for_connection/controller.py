"""What wait_for_connection does on the controller."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from officefleet.errors import UnreachableError

if TYPE_CHECKING:
    from officefleet.modules.contract import Controller
    from officefleet.modules.wait_for_connection.spec import WaitForConnectionArgs


def act(args: WaitForConnectionArgs, controller: Controller) -> dict[str, Any]:
    """Return {"elapsed": seconds} once the host answers; a failure when it does not in time."""
    if controller.check:
        return {"changed": False, "skipped": True}
    start = time.monotonic()
    controller.reset_connection()
    try:
        controller.wait_until_reachable(args.timeout, args.delay)
    except UnreachableError as error:
        elapsed = int(time.monotonic() - start)
        text = f"timed out waiting for the host: {error.message}"
        return {"changed": False, "failed": True, "msg": text, "elapsed": elapsed}
    return {"changed": False, "elapsed": int(time.monotonic() - start)}
