"""Fixtures that several areas share."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from officefleet.errors import LabError
from officefleet.lab.lab import Lab
from officefleet.lab.sshd import SshFarm
from officefleet.lab.topology import choose

if TYPE_CHECKING:
    from collections.abc import Iterator


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


@pytest.fixture(scope="session")
def lab() -> Iterator[Lab]:
    """One pharmacy of the shipped inventory as real Debian hosts; give your tests the marker ``lab``.

    All tests of a session (of an xdist worker) share it: put back what you cut, slow or power off.
    """
    if os.geteuid() != 0:
        pytest.skip("whole Debian hosts need root")
    worker = os.environ.get("PYTEST_XDIST_WORKER", "main")
    inventory = Path(__file__).parent.parent / "inventory"
    with Lab(f"test-{os.getpid()}-{worker}", choose([inventory], ["officine_0421"])) as running:
        yield running
