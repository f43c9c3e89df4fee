"""Atheris looks for texts that crash the parser or the templater, for a bounded time."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).parent
SEEDS = {
    "template": ["{{ x }}", "{% for i in y.a %}{{ i }}{% endfor %}", "x is defined and y.a | length > 1", "{{ 'a' ~ x * 3 }}"],
    "freeform": ["src=a dest='b c' mode=0644", "ls -l chdir=/tmp creates={{ x }}"],
    "playbook": [
        "- hosts: all\n  vars: {a: 1}\n  tasks:\n    - block:\n        - debug: {msg: '{{ a }}'}\n      rescue: []\n",
        "- hosts: all\n  roles: [x]\n  handlers:\n    - {name: h, command: true, listen: t}\n",
        "- import_playbook: play.yml\n- hosts: all\n  tasks: [{include_tasks: x.yml, loop: [1]}]\n",
    ],
}  # fmt: skip
WORDS = ["{{", "}}", "{%", "%}", "{#", "#}", " is ", " for ", " in ", "endfor", " if ", " | ", "hosts:", "tasks:", "block:",
         "rescue:", "when:", "loop:", "vars:", "- ", ": ", "!unsafe ", "!vault ", "&a ", "*a", "<<: "]  # fmt: skip


@pytest.mark.fuzz
@pytest.mark.slow
@pytest.mark.timeout(180)
@pytest.mark.skipif(
    importlib.util.find_spec("atheris") is None, reason="atheris is not installed (group fuzz)"
)
@pytest.mark.parametrize("target", sorted(SEEDS))
def test_no_text_crashes(target: str, tmp_path: Path) -> None:
    corpus = tmp_path / "corpus"
    corpus.mkdir()
    for number, seed in enumerate(SEEDS[target]):
        (corpus / str(number)).write_text(seed, encoding="utf-8")
    words = tmp_path / "words"
    words.write_text("".join(f'"{word}"\n' for word in WORDS), encoding="utf-8")
    done = subprocess.run(
        [sys.executable, HERE / "target.py", target, str(corpus), "-max_total_time=20", "-timeout=25", "-max_len=300",
         f"-dict={words}", "-verbosity=0", f"-artifact_prefix={tmp_path}/"],
        capture_output=True, text=True, check=False, cwd=tmp_path,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-3000:]
