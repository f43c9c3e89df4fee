"""Every case of tests/engine/cases under ansible-core: what is stored as expected is what Ansible does."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "engine"))
from playing import (
    REFUSED,
    case_name,
    command_line,
    environment_of,
    message,
    playbooks,
    sorted_by_host,
    write_inventory,
)

pytestmark = pytest.mark.differential
PLAYBOOKS = playbooks()


def ansible_lines(playbook: Path, folder: Path) -> list[str]:
    inventory = write_inventory(folder)
    log = folder / "lines.jsonl"
    environment = {
        **os.environ,
        "LINES_FILE": str(log),
        "ANSIBLE_CALLBACK_PLUGINS": str(Path(__file__).parent / "callbacks"),
        "ANSIBLE_CALLBACKS_ENABLED": "lines",
        "ANSIBLE_LOCALHOST_WARNING": "0",
        "ANSIBLE_PIPELINING": "1",
        "ANSIBLE_HOME": str(folder / "ansible"),
        "ANSIBLE_RETRY_FILES_ENABLED": "0",
        "LC_ALL": "C.UTF-8",
        **environment_of(playbook),
    }
    command = [
        Path(sys.executable).parent / "ansible-playbook",
        "-i",
        inventory,
        playbook,
        "-e",
        f"out={folder}",
        *command_line(playbook),
    ]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False, timeout=110)
    if not log.exists():
        assert done.returncode, done.stdout[-2000:] + done.stderr[-2000:]
        return REFUSED
    entries = [json.loads(one) for one in log.read_text(encoding="utf-8").splitlines()]
    return sorted_by_host(
        [
            " | ".join(
                [one["host"], short(one["task"]), one["status"], message(one["module"], one["result"])]
            ).replace(str(folder), "OUT")
            for one in entries
            if not one["module"].rpartition(".")[2].startswith("include_")
        ]
    )


def short(title: str) -> str:
    return title.removeprefix("ansible.builtin.").replace(" : ansible.builtin.", " : ")


@pytest.mark.parametrize("playbook", PLAYBOOKS, ids=[case_name(one) for one in PLAYBOOKS])
def test_ansible_does_what_is_expected(playbook: Path, tmp_path: Path) -> None:
    found = ansible_lines(playbook, tmp_path)
    expected = playbook.with_suffix(".expected")
    if os.environ.get("WRITE_EXPECTED") and not expected.exists():
        expected.write_text("\n".join(found) + "\n", encoding="utf-8")
    assert found == expected.read_text(encoding="utf-8").splitlines()
