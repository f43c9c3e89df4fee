import io
import os
import re
import signal
import subprocess
import sys
import time

import pytest
from pydantic import ValidationError
from rich.console import Console

from officefleet.cli.app import build_app
from officefleet.errors import ExitCode
from officefleet.lab.demo import STEPS, Demo, load_demo, run_demo


def demo(tmp_path, *steps):
    return Demo.model_validate(
        {
            "title": "T",
            "steps": [{"name": f"step {number}", **step} for number, step in enumerate(steps, 1)],
            "cleanup": f"sh -c 'echo cleared >>{tmp_path}/cleared'",
        }
    )


def perform(plan, tmp_path):
    paper = io.StringIO()
    code = run_demo(plan, tmp_path / "out", Console(file=paper, width=110))
    return code, paper.getvalue()


def test_runs_every_step_and_writes_the_report(tmp_path):
    code, printed = perform(
        demo(tmp_path, {"run": "echo first"}, {"run": "sh -c 'exit 2'", "exit": 2}), tmp_path
    )

    assert code == ExitCode.OK
    report = (tmp_path / "out" / "report.txt").read_text()
    assert "first" in report
    assert "step 2" in report
    assert report.strip().splitlines()[-1] in printed
    assert (tmp_path / "out" / "01.log").read_text() == "$ echo first\nfirst\n"
    assert (tmp_path / "cleared").read_text() == "cleared\ncleared\n"  # before and after


def test_the_picture_needs_no_network(tmp_path):
    perform(demo(tmp_path, {"run": "true"}), tmp_path)

    picture = (tmp_path / "out" / "report.svg").read_text()
    assert set(re.findall(r"https?://([^/\"]+)", picture)) <= {"www.w3.org", "www.textualize.io"}
    assert 'url("http' not in picture


def test_stops_at_the_first_failure_and_clears_up(tmp_path):
    steps = ({"run": "sh -c 'echo why >&2; exit 1'"}, {"run": f"touch {tmp_path}/too-far"})

    code, printed = perform(demo(tmp_path, *steps), tmp_path)

    assert code == ExitCode.FAILED
    assert "why" in printed
    assert "not run" in printed
    assert not (tmp_path / "too-far").exists()
    assert (tmp_path / "cleared").read_text() == "cleared\ncleared\n"


def test_a_program_that_is_missing_fails(tmp_path):
    assert perform(demo(tmp_path, {"run": "no-such-program"}), tmp_path)[0] == ExitCode.FAILED


def test_ctrl_c_clears_up(tmp_path):
    script = (
        "import sys, pathlib, rich.console\n"
        "from officefleet.lab.demo import Demo, run_demo\n"
        f"demo = Demo.model_validate_json(sys.argv[1])\n"
        f"sys.exit(run_demo(demo, pathlib.Path({str(tmp_path / 'out')!r}), rich.console.Console()))"
    )
    plan = demo(tmp_path, {"run": f"sh -c 'touch {tmp_path}/began; exec sleep 60'"})
    process = subprocess.Popen(
        [sys.executable, "-c", script, plan.model_dump_json()],
        stdout=subprocess.DEVNULL,
        start_new_session=True,
    )
    while not (tmp_path / "began").exists():
        time.sleep(0.01)
    os.killpg(process.pid, signal.SIGINT)

    assert process.wait(timeout=30) == ExitCode.INTERRUPTED
    assert (tmp_path / "cleared").read_text() == "cleared\ncleared\n"


def test_a_misspelt_key_is_refused():
    with pytest.raises(ValidationError):
        Demo.model_validate({"title": "T", "steps": [{"name": "a", "runs": "true"}], "cleanup": "true"})


def test_the_shipped_steps_are_officefleets_own_commands():
    shipped = load_demo(STEPS)
    commands = set(build_app())

    lines = [*(step.run for step in shipped.steps), shipped.cleanup]
    for line in lines:
        called = re.findall(r"officefleet ([a-z]+)", line)
        assert called
        assert set(called) <= commands, f"{line}: no such command"
