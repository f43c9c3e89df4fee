"""How a program of the system gets to a host of a task: the engine's own settings, as `Reach`."""

from __future__ import annotations

import os
import shlex
from typing import TYPE_CHECKING

from officefleet.engine.sessions import identity
from officefleet.modules.contract import Reach
from officefleet.source.template import holds_template

if TYPE_CHECKING:
    from typing import Any

    from officefleet.agents.session import Become
    from officefleet.engine.hostrun import HostRun
    from officefleet.engine.sessions import Identity
    from officefleet.playbook.model import Task
    from officefleet.source.scope import Scope


def reach_of(run: HostRun, task: Task, scope: Scope, *, delegated: bool) -> Reach:
    """Return how a task's own host is reached, or the one that it is delegated to.

    Raises:
        ArgumentError: a connection variable is wrong.

    """
    from officefleet.engine.planner import place_of  # noqa: PLC0415  the planner makes controllers

    if delegated:
        return _as_reach(place_of(run, task, scope))

    def render(value: Any) -> Any:
        return scope.templar.render(value, scope) if holds_template(value) else value

    return _as_reach(identity(run.host.name, task.keywords, scope, run.options, render))


def _as_reach(place: Identity) -> Reach:
    endpoint = place.endpoint
    return Reach(
        host=endpoint.host,
        local=endpoint.kind == "local",
        address=endpoint.address,
        port=endpoint.port,
        user=endpoint.user,
        key_file=os.path.expanduser(endpoint.key_file),  # noqa: PTH111  a text, as the endpoint's
        known_hosts=tuple(os.path.expanduser(file) for file in endpoint.known_hosts),  # noqa: PTH111
        check_host_key=endpoint.check_host_key,
        proxy_jump=endpoint.proxy_jump,
        timeout=endpoint.timeout,
        password=bool(endpoint.password),
        become=_words(place.become) if place.become else (),
    )


def _words(become: Become) -> tuple[str, ...]:
    return (become.executable, "-n", *shlex.split(become.flags), "-u", become.user)
