"""Fixtures that several areas share."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from officefleet.errors import LabError
from officefleet.lab.sshd import SshFarm

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
