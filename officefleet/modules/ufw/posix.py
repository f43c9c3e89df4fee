"""ufw on a POSIX host."""

from __future__ import annotations

from officefleet.agents.kit import Context, Failed, Undecidable, which
from officefleet.agents.reading import assignments, read_text
from officefleet.modules.ufw.plan import rule

TYPE_CHECKING = False  # typing costs an agent several milliseconds at its start
if TYPE_CHECKING:
    from typing import Any

_SETTINGS = "/etc/ufw/ufw.conf"
_DEFAULTS = "/etc/default/ufw"
_CHAINS = ("INPUT", "OUTPUT", "FORWARD")


def read(args: dict[str, Any], context: Context) -> dict[str, Any]:
    program = _program(context)
    settings = assignments(read_text(_SETTINGS))
    defaults = assignments(read_text(_DEFAULTS))
    trial = ""
    if args["rule"] is not None:
        done = context.run([program, "--dry-run", *rule(args)], parse=True)
        if done.rc != 0 and "non-existent" not in done.out + done.err:
            raise Failed((done.err or done.out).strip(), rc=done.rc)
        trial = done.out
    return {
        "enabled": settings.get("ENABLED") == "yes",
        "level": settings.get("LOGLEVEL", "off"),
        "policies": {chain: defaults.get("DEFAULT_%s_POLICY" % chain, "") for chain in _CHAINS},
        "trial": trial,
        "rules": read_text("/etc/ufw/user.rules"),
        "rules6": read_text("/etc/ufw/user6.rules"),
    }


def _program(context: Context) -> str:
    path = which("ufw")
    if path is not None:
        return path
    if context.check:
        raise Undecidable("ufw is not installed yet; an earlier task may bring it")
    raise Failed("required program not found on the host: ufw")


def apply(change: dict[str, Any], context: Context) -> None:
    done = context.run([_program(context), *change["words"]], parse=True)
    if done.rc != 0:
        raise Failed(
            (done.err or done.out).strip(), rc=done.rc, commands=["ufw " + " ".join(change["words"])]
        )
