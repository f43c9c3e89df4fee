"""50 tasks over WinRM on the rig: officefleet beside pywinrm's run_ps and one shell with a Command a task, in one run.

The rig (tests/rigs) is a process of its own and speaks WS-Management with NTLM and message encryption over real sockets; a
latency is half spent before and half after each request. Behind it stands a simulated machine, so a task costs what
the protocol costs: the start of a PowerShell, which the two baselines pay once a task, is not in their figures.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
import time
import warnings
from pathlib import Path
from typing import Any

import winrm
from winrm.protocol import Protocol

from officefleet.agents.windows_session import WindowsSession
from officefleet.engine.options import Options
from officefleet.engine.run import run_playbooks
from officefleet.inventory import load_inventory
from officefleet.transports.base import Endpoint, connect
from officefleet.transports.winrm_options import WinrmOptions

RIGS = Path(__file__).parent.parent / "tests" / "rigs"
WORD = "s3cret-\xe9t\xe9"
TARGETS = {"requests_50_tasks": 20, "ms_per_task_0": 1.5, "latencies_per_batch": 2.0}


class Rig:
    """The rig's process: its commands are an empty registry, a latency in seconds, the count of requests."""

    def __init__(self, folder: Path) -> None:
        self._process = subprocess.Popen(
            [sys.executable, str(RIGS / "windows_rig.py"), str(folder)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self.port = self._answer()

    def _answer(self) -> int:
        assert self._process.stdout is not None
        return int(self._process.stdout.readline())

    def ask(self, word: str) -> int:
        assert self._process.stdin is not None
        self._process.stdin.write(word + "\n")
        self._process.stdin.flush()
        return self._answer()

    def stop(self) -> None:
        self._process.communicate()


def step(number: int) -> dict[str, Any]:
    args = {"path": "HKLM:\\SOFTWARE\\Officine", "name": f"v{number}", "data": number, "type": "dword", "state": "present",
            "delete_key": True, "hive": None}  # fmt: skip
    return {"m": "win_regedit", "a": args, "g": number}


def whole_play(rig: Rig, folder: Path, tasks: int) -> float:
    """Return the seconds of a play with `tasks` changes, from nothing to the closed connection."""
    inventory = folder / "hosts.ini"
    inventory.write_text(
        f"poste-01 ansible_connection=winrm ansible_host=127.0.0.1 ansible_port={rig.port} ansible_user=admin "
        f"ansible_password='{WORD}' ansible_winrm_scheme=http\n",
        encoding="utf-8",
    )
    play = folder / "play.yml"
    lines = "".join(
        f"    - win_regedit: {{path: 'HKLM:\\SOFTWARE\\Officine', name: v{n}, data: {n}, type: dword}}\n"
        for n in range(tasks)
    )
    play.write_text(f"- hosts: all\n  gather_facts: false\n  tasks:\n{lines}", encoding="utf-8")
    hosts = load_inventory([inventory])
    begun = time.perf_counter()
    result = run_playbooks([play], hosts, Options(), [])
    seconds = time.perf_counter() - begun
    assert result.exit_code == 0, result
    assert result.recap["poste-01"].changed == tasks, result
    return seconds


def open_agent(rig: Rig) -> tuple[WindowsSession, Any]:
    place = Endpoint(
        "h", "winrm", "127.0.0.1", rig.port, "admin", WORD, powershell=True, winrm=WinrmOptions(scheme="http")
    )
    transport = connect(place)
    session = WindowsSession(transport, {}.__getitem__)
    list(session.run([step(10_000)]))
    list(session.run([step(10_001)]))
    return session, transport


def one_batch(rig: Rig, tasks: int, repeat: int) -> float:
    """Return the median seconds of a batch of `tasks` changes on an agent that runs."""
    session, transport = open_agent(rig)
    times = []
    for _again in range(repeat):
        rig.ask("empty")
        begun = time.perf_counter()
        found = list(session.run([step(n) for n in range(tasks)]))
        times.append(time.perf_counter() - begun)
        assert sum(result["changed"] for _index, result in found) == tasks
    session.close()
    transport.close()
    return statistics.median(times)


def run_ps(rig: Rig, tasks: int) -> float:
    """Return the seconds of pywinrm's own way: a shell, a command and a goodbye for each task."""
    session = winrm.Session(
        f"http://127.0.0.1:{rig.port}/wsman",
        auth=("admin", WORD),
        transport="ntlm",
        ca_trust_path=None,
        proxy=None,
    )
    begun = time.perf_counter()
    for number in range(tasks):
        assert session.run_ps(f"'{number}'").status_code == 0
    return time.perf_counter() - begun


def one_shell(rig: Rig, tasks: int) -> float:
    """Return the seconds of one shell with a Command for each task."""
    protocol = Protocol(
        f"http://127.0.0.1:{rig.port}/wsman",
        username="admin",
        password=WORD,
        transport="ntlm",
        ca_trust_path=None,
        proxy=None,
    )
    begun = time.perf_counter()
    shell = protocol.open_shell()
    for _number in range(tasks):
        command = protocol.run_command(shell, "powershell.exe", ["-EncodedCommand", "MQA="])
        assert protocol.get_command_output(shell, command)[2] == 0
        protocol.cleanup_command(shell, command)
    protocol.close_shell(shell)
    return time.perf_counter() - begun


def measure(rig: Rig, folder: Path, options: argparse.Namespace) -> dict[str, Any]:
    found: dict[str, Any] = {"tasks": options.tasks, "by_latency_ms": {}}
    batches: dict[int, float] = {}
    whole_play(rig, folder, 1)  # imports are not what this measures
    for latency in options.latency:
        rig.ask(str(latency / 1000))
        rig.ask("empty")
        before = rig.ask("count")
        seconds = whole_play(rig, folder, options.tasks)
        requests = rig.ask("count") - before
        for _again in range(options.repeat - 1):
            rig.ask("empty")
            seconds = min(seconds, whole_play(rig, folder, options.tasks))
        batches[latency] = one_batch(rig, options.tasks, options.repeat)
        row = {
            "officefleet_requests": requests,
            "officefleet_ms_per_task": round(seconds * 1000 / options.tasks, 3),
            "batch_ms": round(batches[latency] * 1000, 2),
        }
        for name, baseline in (("run_ps", run_ps), ("one_shell", one_shell)):
            before = rig.ask("count")
            spent = baseline(rig, options.tasks)
            row[f"{name}_requests"] = rig.ask("count") - before
            row[f"{name}_ms_per_task"] = round(spent * 1000 / options.tasks, 3)
        found["by_latency_ms"][latency] = row
    low, high = min(batches), max(batches)
    first = found["by_latency_ms"][low]
    found["requests_50_tasks"] = max(row["officefleet_requests"] for row in found["by_latency_ms"].values())
    found["ms_per_task_0"] = first["officefleet_ms_per_task"]
    found["latencies_per_batch"] = (
        round((batches[high] - batches[low]) * 1000 / (high - low), 2) if high > low else None
    )
    found["run_ps_requests"], found["run_ps_ms_per_task_0"] = (
        first["run_ps_requests"],
        first["run_ps_ms_per_task"],
    )
    found["one_shell_requests"] = first["one_shell_requests"]
    found["one_shell_ms_per_task_0"] = first["one_shell_ms_per_task"]
    return found


def report(found: dict[str, Any]) -> None:
    for latency, row in found["by_latency_ms"].items():
        print(f"{latency} ms of latency, {found['tasks']} tasks with NTLM:")
        for name in ("officefleet", "one_shell", "run_ps"):
            print(
                f"  {name:12} {row[f'{name}_requests']:4} requests  {row[f'{name}_ms_per_task']:8.2f} ms a task"
            )
        print(f"  a batch on an agent that runs: {row['batch_ms']:.1f} ms")
    for name, target in TARGETS.items():
        value = found[name]
        verdict = (
            ""
            if value is None
            else "met"
            if value <= target + (0.05 if "latencies" in name else 0)
            else "MISSED"
        )
        print(f"{name}: {value} (target {target}) {verdict}")


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--tasks", type=int, default=50)
    parser.add_argument(
        "--latency", type=int, nargs="+", default=[0, 20, 60], help="milliseconds of a round trip"
    )
    parser.add_argument("--repeat", type=int, default=5)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    warnings.simplefilter("ignore", ResourceWarning)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        rig = Rig(folder)
        try:
            found = measure(rig, folder, options)
        finally:
            rig.stop()
    if options.json:
        print(json.dumps(found))
    else:
        report(found)
