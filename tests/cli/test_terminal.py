"""The console on a real terminal (a pseudo-terminal): live area and colours, or plain text."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from conftest import Cli

pty = pytest.importorskip("pty", reason="pseudo-terminals are POSIX")
PLAY = """\
- name: Configurer
  hosts: all
  gather_facts: false
  tasks:
    - name: Installer
      shell: for part in 1 2 3 4 5 6 7 8; do echo part $part; sleep 0.3; done
"""


def on_a_terminal(*arguments: str, **environment: str) -> str:
    """Return what a terminal got."""
    master, slave = pty.openpty()
    command = [sys.executable, "-c", "from officefleet.cli.app import main; main()", *arguments]
    with subprocess.Popen(
        command, stdin=subprocess.DEVNULL, stdout=slave, stderr=slave, env={**os.environ, "COLUMNS": "100", **environment}
    ):  # fmt: skip
        os.close(slave)
        said = b""
        while True:
            try:
                block = os.read(master, 65536)
            except OSError:  # how Linux says that the other end has gone
                break
            if not block:
                break
            said += block
    os.close(master)
    return said.decode()


def test_live_and_in_colour(cli: Cli) -> None:
    cli.write("site.yml", PLAY)
    said = on_a_terminal("run", "site.yml", "-i", "h1,h2,", "-c", "local", TERM="xterm-256color")
    assert "\x1b[" in said
    assert re.search(r"Installer.*part \d", said)  # the last line of a task under way
    assert "of 2 hosts through" in said
    assert said.count("\x1b[?25h") >= said.count("\x1b[?25l") > 0  # the cursor comes back
    assert "Recap" in said


@pytest.mark.parametrize("environment", [{"NO_COLOR": "1", "TERM": "xterm"}, {"TERM": "dumb"}])
def test_plain_where_that_is_wanted(cli: Cli, environment: dict[str, str]) -> None:
    cli.write("site.yml", PLAY.replace("sleep 0.3", "true"))
    said = on_a_terminal("run", "site.yml", "-i", "h1,", "-c", "local", **environment)
    assert "\x1b" not in said
    assert "Installer" in said
    assert "Recap" in said
