"""systemd on a POSIX host."""

from __future__ import annotations

from officefleet.agents.kit import Context, Failed
from officefleet.agents.units import environment, read_unit, systemctl

TYPE_CHECKING = False  # typing costs an agent several milliseconds at its start
if TYPE_CHECKING:
    from typing import Any


def read(args: dict[str, Any], context: Context) -> dict[str, Any]:
    """Return the unit's state; systemd reads its files again first, else it would show an older one."""
    if not context.check:
        for wish, verb in (("daemon_reload", "daemon-reload"), ("daemon_reexec", "daemon-reexec")):
            if args[wish]:
                order(args["scope"], [verb], context)
    if args["name"] is None:
        return {}
    return read_unit(args["name"], args["scope"], context, enabled=args["enabled"] is not None)


def apply(change: dict[str, Any], context: Context) -> None:
    order(change["scope"], change["words"], context)


def order(scope: str, words: list[str], context: Context) -> None:
    """Have systemctl do something.

    Raises:
        Failed: it could not; the journal's last lines are not read, systemctl says where to look.

    """
    done = context.run([*systemctl(scope), *words], parse=True, env=environment(scope))
    if done.rc != 0:
        text = (done.err or done.out).strip()
        raise Failed(
            "Unable to %s: %s" % (" ".join(words), text), rc=done.rc, stdout=done.out, stderr=done.err
        )
