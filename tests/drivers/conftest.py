from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from hypothesis import settings

# A busy machine must not fail a property: pytest's own timeout ends what hangs.
settings.register_profile("no-deadline", deadline=None)
settings.load_profile("no-deadline")

CATALOG = Path(__file__).parents[2] / "inventory" / "catalog"


@pytest.fixture
def catalog_folder(tmp_path):
    """Return a copy of the shipped catalogue that a test may spoil."""
    folder = tmp_path / "catalog"
    shutil.copytree(CATALOG, folder)
    return folder
