"""systemd's units as systemctl shows them. Standard library only."""

from __future__ import annotations

import os

from officefleet.agents.kit import Context, Failed, Undecidable, need, which

TYPE_CHECKING = False  # typing costs an agent several milliseconds at its start
if TYPE_CHECKING:
    from typing import Any


def runs_systemd() -> bool:
    """Return whether systemd is this host's process 1 and systemctl is there."""
    return os.path.isdir("/run/systemd/system") and which("systemctl") is not None


def systemctl(scope: str) -> list[str]:
    """Return the start of a command line for a scope: "system", "user" or "global"."""
    words = [need("systemctl")]
    return words if scope == "system" else [*words, "--" + scope]


def environment(scope: str) -> dict[str, str]:
    """Return the variable without which systemctl does not find the user's manager."""
    if scope == "user" and "XDG_RUNTIME_DIR" not in os.environ:
        return {"XDG_RUNTIME_DIR": "/run/user/%d" % os.geteuid()}
    return {}


def properties(text: str) -> dict[str, str]:
    """Return what ``systemctl show`` printed; a value that goes on over lines keeps them."""
    found: dict[str, str] = {}
    last = ""
    for line in text.splitlines():
        name, equals, value = line.partition("=")
        if equals and name.isidentifier():
            found[name] = value
            last = name
        elif last:
            found[last] += "\n" + line
    return found


def read_unit(name: str, scope: str, context: Context, *, enabled: bool) -> dict[str, Any]:
    """Return {"status": properties, "enabled": True, False or None when it was not asked or cannot be}.

    Raises:
        Undecidable: in check mode, no such unit: an earlier task may bring it.
        Failed: no such unit, or systemd does not answer.

    """
    base, variables = systemctl(scope), environment(scope)
    done = context.run([*base, "show", name], parse=True, env=variables)
    status = properties(done.out) if done.rc == 0 else {}
    if not status and os.path.isdir("/run/systemd/system"):
        raise Failed("systemd does not answer: %s" % (done.err or done.out).strip(), rc=done.rc)
    if status.get("LoadState") == "not-found":
        if context.check:
            raise Undecidable("there is no service %s yet; an earlier task may bring it" % name)
        raise Failed("Could not find the requested service %s: host" % name)
    state = status.get("UnitFileState", "")
    if enabled and state in ("", "generated"):  # systemctl asks the links of /etc/rc?.d, or works offline
        done = context.run([*base, "is-enabled", name], parse=True, env=variables)
        state = done.out.strip().splitlines()[-1] if done.out.strip() else ""
        if not state and not status:
            raise Failed("Could not find the requested service %s: host" % name)
    return {"status": status, "unit_file_state": state}
