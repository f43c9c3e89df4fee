"""What a run remembers of its hosts' agents is only a guess."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))
from playing import Recorder, play_text

from officefleet.engine import acquaintance

TEXT = "- hosts: h1\n  gather_facts: false\n  tasks: [{name: t, command: echo x}]\n"


def sent(recorder: Recorder) -> int:
    return max(one.sent for one in recorder.events if hasattr(one, "sent"))


def test_a_known_host_is_not_sent_its_agent_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OFFICEFLEET_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    (tmp_path / "home").mkdir()
    first, _result = play_text(TEXT, tmp_path)
    second, _result = play_text(TEXT, tmp_path)
    assert sent(second) < sent(first) / 4
    assert (first.trips(), second.trips()) == (1, 1)


def test_a_host_that_lost_its_agent_gets_it_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OFFICEFLEET_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    (tmp_path / "home").mkdir()
    play_text(TEXT, tmp_path)
    shutil.rmtree(tmp_path / "home" / ".cache")
    recorder, result = play_text(TEXT, tmp_path)
    assert result.exit_code == 0
    assert [one.result["stdout"] for one in recorder.finished()] == ["x"]


@pytest.mark.parametrize("text", ["", "{", "[1, 2]", '{"a": 1}', '[[["x"]]]'])
def test_a_damaged_file_is_no_knowledge(tmp_path: Path, text: str) -> None:
    (tmp_path / "agents.json").write_text(text, encoding="utf-8")
    acquaintance.write(
        tmp_path / "agents.json", acquaintance.read(tmp_path / "agents.json") | {("h", 22, "", "", "d")}
    )
    assert ("h", 22, "", "", "d") in acquaintance.read(tmp_path / "agents.json")


def test_a_folder_that_cannot_be_written_costs_nothing(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    acquaintance.write(tmp_path / "file" / "agents.json", {("h", 22, "", "", "d")})


def test_a_host_with_another_python_gets_the_source(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OFFICEFLEET_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setattr("officefleet.agents.session.MAGIC_NUMBER", b"\x00\x00\x0d\x0a")
    (tmp_path / "home").mkdir()
    recorder, result = play_text(TEXT, tmp_path)
    assert result.exit_code == 0
    assert [one.result["stdout"] for one in recorder.finished()] == ["x"]
