"""A pytest plugin: gives the tests of a role what the inventory expects of the host they run on."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

VARIABLE = "OFFICEFLEET_EXPECTED"
"""Names the file, written by `officefleet.continuity.verifying.runner`."""


@pytest.fixture(scope="session")
def expected() -> dict[str, Any]:
    """Return what the inventory expects of the host (see `officefleet.continuity.verifying.expected`)."""
    found: dict[str, Any] = json.loads(Path(os.environ[VARIABLE]).read_text(encoding="utf-8"))
    return found
