"""Every playbook of cases/ ends as ansible-core ends it (tests/differential keeps the expectations true)."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))
from playing import CASES, play

PLAYBOOKS = sorted(CASES.glob("*.yml"))


@pytest.mark.parametrize("playbook", PLAYBOOKS, ids=[one.stem for one in PLAYBOOKS])
def test_playbook(playbook: Path, tmp_path: Path) -> None:
    recorder, _result = play(playbook, tmp_path)
    assert (
        recorder.lines(tmp_path) == playbook.with_suffix(".expected").read_text(encoding="utf-8").splitlines()
    )
