"""Fixtures that several areas share."""

from __future__ import annotations

import importlib
import os
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from officefleet.errors import LabError
from officefleet.lab.lab import Lab
from officefleet.lab.privilege import PrivilegeError
from officefleet.lab.sshd import SshFarm
from officefleet.lab.topology import choose

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_RIGS = Path(__file__).parent / "rigs"


@pytest.fixture(scope="session")
def ssh_farm() -> Iterator[SshFarm]:
    """Four real sshd hosts on the loopback, the same for a whole session: leave no files of common names."""
    farm = SshFarm(4)
    try:
        farm.__enter__()
    except LabError as error:
        pytest.skip(f"no sandboxed sshd here: {error}")
    yield farm
    farm.__exit__(None, None, None)


def pytest_configure() -> None:
    """Let the tests and the programs that they start speak English, whatever the machine speaks."""
    os.environ["OFFICEFLEET_LANG"] = "en"


@pytest.fixture(autouse=True, scope="session")
def _own_cache(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Keep what runs remember (inventories, who has which agent) out of the user's cache folder."""
    os.environ["OFFICEFLEET_CACHE"] = str(tmp_path_factory.mktemp("cache"))


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Give the test that happens to come first the time to build the lab's base, and put labs together."""
    for item in items:
        if item.get_closest_marker("lab") or "lab" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.timeout(600))
            item.add_marker(pytest.mark.xdist_group("lab"))


@pytest.fixture(scope="session")
def lab() -> Iterator[Lab]:
    """One pharmacy of the shipped inventory as real Debian hosts; give your tests the marker ``lab``.

    All tests of a session (of an xdist worker) share it: put back what you cut, slow or power off.
    """
    worker = os.environ.get("PYTEST_XDIST_WORKER", "main")
    inventory = Path(__file__).parent.parent / "inventory"
    running = Lab(f"test-{os.getpid()}-{worker}", choose([inventory], ["officine_0421"]))
    try:
        running.up()
    except PrivilegeError as error:
        pytest.skip(f"no lab here: {error}")
    yield running
    running.down()


@pytest.fixture
def systemd_lab(lab: Lab) -> Lab:
    """The lab, for tests of services: skipped by name where its hosts run sshd only."""
    if not lab.has_systemd:
        pytest.skip("the lab's hosts have no systemd without root")
    return lab


@pytest.fixture
def windows_rig(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., Any]]:
    """Start simulated Windows machines behind real WinRM listeners: `windows_rig(tls=True, latency=0.02)`."""
    monkeypatch.syspath_prepend(str(_RIGS))
    module = importlib.import_module("windows_rig")
    with ExitStack() as stack:

        def start(machine: Any = None, **options: Any) -> Any:
            folder = tmp_path / f"rig-{len(list(tmp_path.glob('rig-*')))}"
            folder.mkdir()
            return stack.enter_context(module.windows_rig(folder, machine, **options))

        yield start


@pytest.fixture
def windows_machine(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Give a simulated Windows machine without any transport."""
    monkeypatch.syspath_prepend(str(_RIGS))
    return importlib.import_module("windows_host").WindowsMachine()
