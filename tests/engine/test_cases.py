"""Every playbook of cases/ ends as ansible-core ends it (tests/differential keeps the expectations true)."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))
from playing import REFUSED, case_name, command_line, environment_of, options_of, play, playbooks

from officefleet.errors import OfficefleetError

PLAYBOOKS = playbooks()


@pytest.mark.parametrize("playbook", PLAYBOOKS, ids=[case_name(one) for one in PLAYBOOKS])
def test_playbook(playbook: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in environment_of(playbook).items():
        monkeypatch.setenv(name, value)
    try:
        recorder, _result = play(playbook, tmp_path, **options_of(command_line(playbook)))
        lines = recorder.lines(tmp_path)
    except OfficefleetError:
        lines = REFUSED
    assert lines == playbook.with_suffix(".expected").read_text(encoding="utf-8").splitlines()
