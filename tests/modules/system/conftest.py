"""Runs modules on a real Debian host of the lab, through the agent, as root."""

from __future__ import annotations

import os
import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from officefleet.agents.bundle import build
from officefleet.agents.session import Become, Session
from officefleet.modules import registry
from officefleet.transports.local import LocalChannel

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from officefleet.lab.lab import Lab
    from officefleet.transports.base import Transport

NAME = "o0421-nas-1"
MODULES = frozenset(
    name for name in registry.names() if (Path(registry.__file__).parent / name / "posix.py").exists()
)


class LabTransport:
    """ssh from inside the lab's network."""

    def __init__(self, lab: Lab, host: str) -> None:
        known = lab.state.folder / "modules_known_hosts"
        options = [
            "-F",
            "none",
            "-o",
            "BatchMode=yes",
            "-o",
            "StrictHostKeyChecking=accept-new",
            "-o",
            "ConnectTimeout=2",
        ]
        options += [
            "-o",
            f"UserKnownHostsFile={known}",
            "-o",
            "LogLevel=ERROR",
            "-i",
            str(lab.state.private_key),
        ]
        self.words = lab.command(["ssh", *options, f"officefleet@{lab.topology.hosts[host].address}"])

    def start(self, command: str) -> LocalChannel:
        return LocalChannel(shlex.join([*self.words, command]))

    def close(self) -> None:
        pass


class OwnNetwork:
    """This machine, with a network of its own: its kernel's network parameters may be changed."""

    def start(self, command: str) -> LocalChannel:
        return LocalChannel("unshare --net " + command)

    def close(self) -> None:
        pass


class Host:
    """One agent that runs as root."""

    def __init__(self, transport: Transport, become: Become | None = None) -> None:
        self.session = Session(transport, build(MODULES), _no_content, become=become)

    def run(
        self, name: str, args: Mapping[str, Any], *, check: bool = False, diff: bool = False
    ) -> dict[str, Any]:
        """Return the result of one task."""
        found = registry.get(name)
        assert found is not None
        typed = found.spec.args.model_validate(dict(args)).model_dump()
        step = {"m": found.name, "a": typed, "check": check, "diff": diff, "go_on": True}
        ((_index, result),) = self.session.run([step], timeout=120)
        return result

    def sh(self, script: str) -> str:
        """Return a script's output; it must succeed."""
        result = self.run("shell", {"cmd": script})
        assert not result.get("failed"), result
        return str(result["stdout"])

    def converge(
        self, name: str, args: Mapping[str, Any], *, unknowable: frozenset[str] = frozenset()
    ) -> dict[str, Any]:
        """Run a task in check mode, for real and again; return the real result.

        Check mode must foretell the real result but the fields in `unknowable`; a second run must change nothing.
        """
        before = self.run(name, args, check=True, diff=True)
        result = self.run(name, args, diff=True)
        assert not result.get("failed"), result
        assert _without(before, unknowable) == _without(result, unknowable)
        for check in (True, False):
            again = self.run(name, args, check=check)
            assert again["changed"] is False, again
        return result


def _without(result: Mapping[str, Any], names: frozenset[str]) -> dict[str, Any]:
    return {name: value for name, value in result.items() if name not in names}


def _no_content(sha: str) -> bytes:
    raise AssertionError(sha)


@pytest.fixture(scope="session")
def host(lab: Lab) -> Iterator[Host]:
    """Return the lab's NAS; tests use names of their own and need not put back what they change."""
    found = Host(LabTransport(lab, NAME), Become("root"))
    yield found
    found.session.close()


@pytest.fixture
def own_network() -> Iterator[Host]:
    """Return this machine with a network of its own."""
    if os.geteuid() != 0:
        pytest.skip("a network namespace needs root")
    found = Host(OwnNetwork())
    yield found
    found.session.close()


@pytest.fixture(scope="session")
def agent_parts() -> tuple[type[LabTransport], type[Host]]:
    """Return what a test needs to open connections of its own."""
    return LabTransport, Host
