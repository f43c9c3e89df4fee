"""reboot and wait_for_connection against a host that really restarts."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING, Any

import pytest

from officefleet.agents.session import Become
from officefleet.errors import TransportError
from officefleet.modules import registry

if TYPE_CHECKING:
    from officefleet.lab.lab import Lab

    from .conftest import Host, LabTransport

pytestmark = pytest.mark.lab

NAME = "o0421-secours-1"


class Connection:
    """The part of the engine that these actions use."""

    check = False
    windows = False

    def __init__(self, lab: Lab, transport: type[LabTransport], host: type[Host]) -> None:
        self.make = lambda: host(transport(lab, NAME), Become("root"))
        self.open: Host | None = None

    def run_on_host(self, module: str, args: dict[str, Any], timeout: float = 0) -> dict[str, Any]:
        assert timeout >= 0
        if self.open is None:
            self.open = self.make()
        return self.open.run(module, args)

    def reset_connection(self) -> None:
        if self.open is not None:
            self.open.session.close()
        self.open = None

    def wait_until_reachable(self, timeout: float, delay: float = 0) -> None:
        threading.Event().wait(delay)
        end = time.monotonic() + timeout
        while True:
            try:
                self.run_on_host("ping", {})
            except TransportError:
                self.reset_connection()
                if time.monotonic() > end:
                    raise
                threading.Event().wait(0.2)
            else:
                return


@pytest.fixture
def connection(lab: Lab, agent_parts: tuple[type[LabTransport], type[Host]]) -> Connection:
    return Connection(lab, *agent_parts)


def act(module: str, args: dict[str, Any], connection: Connection) -> dict[str, Any]:
    found = registry.get(module)
    assert found is not None
    assert found.controller is not None
    result = found.controller.act(found.spec.args.model_validate(args), connection)
    assert isinstance(result, dict)
    return result


def test_a_host_restarts_and_is_waited_for(connection: Connection) -> None:
    boot = "cat /proc/sys/kernel/random/boot_id"
    before = connection.run_on_host("shell", {"cmd": boot})["stdout"]
    result = act("reboot", {"reboot_timeout": 60}, connection)
    assert "failed" not in result, result
    assert result["rebooted"] is True
    assert connection.run_on_host("shell", {"cmd": boot})["stdout"] != before
    connection.reset_connection()


def test_a_host_that_is_off_and_comes_back(lab: Lab, connection: Connection) -> None:
    lab.kill(NAME)
    timer = threading.Timer(1, lab.start, [NAME])
    timer.start()
    result = act("wait_for_connection", {"timeout": 60}, connection)
    timer.join()
    assert "failed" not in result, result
    assert result["elapsed"] >= 1
    connection.reset_connection()
