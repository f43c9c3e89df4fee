"""The ten-minute road: a poste dies, first aid does not help, the spare stands in. Its timeline is printed.

Machine time is measured. A person's time is what each answer is allowed here: nobody crawls below a counter in a lab.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.continuity.conftest import Office

pytestmark = [pytest.mark.lab, pytest.mark.timeout(300), pytest.mark.xdist_group("lab")]
ROOT = Path(__file__).parents[2]
POSTE, SPARE = "o0421-comptoir-1", "o0421-secours-1"
PROMPT = b"[y/N] "
CABLE = 40  # seconds to pull a plug, carry it to the spare and push it in
ROAD = [  # what the person does, for how many seconds, what they answer
    ("switches it off and on, waits for the screen", 90, "n"),
    ("pushes five plugs in", 120, "n"),
    ("reads what is offered", 15, "y"),
    *((f"moves {name}", CABLE, "y") for name in ("vitale", "cps", "douchette", "tickets", "etiquettes")),
]


@dataclass(frozen=True)
class Moment:
    who: str
    what: str
    seconds: float


def walk(process: subprocess.Popen[bytes]) -> tuple[list[Moment], str]:
    """Answer each question when it comes; return what took how long, and all that was shown."""
    assert process.stdin is not None
    assert process.stdout is not None
    timeline, shown = [], b""
    for what, seconds, answer in ROAD:
        begun, before = time.monotonic(), len(shown)
        while not shown.endswith(PROMPT) or len(shown) == before:
            read = os.read(process.stdout.fileno(), 65536)
            assert read, shown.decode()
            shown += read
        question = shown.decode().splitlines()[-1].removesuffix(PROMPT.decode()).strip()
        timeline += [
            Moment("machine", f"until: {question}", time.monotonic() - begun),
            Moment("person", what, seconds),
        ]
        process.stdin.write(f"{answer}\n".encode())
        process.stdin.flush()
    begun = time.monotonic()
    rest, _error = process.communicate(timeout=100)
    timeline.append(Moment("machine", "proof and binder", time.monotonic() - begun))
    return timeline, (shown + rest).decode()


def draw(timeline: list[Moment]) -> str:
    at, lines = 0.0, ["", "  at        who      took   what"]
    for one in timeline:
        lines.append(f"  {int(at) // 60:2}:{at % 60:04.1f}  {one.who:<8} {one.seconds:6.1f} s  {one.what}")
        at += one.seconds
    return "\n".join([*lines, f"  {int(at) // 60:2}:{at % 60:04.1f}  {POSTE} sells again, from {SPARE}", ""])


def test_from_a_dead_poste_to_a_sale_in_ten_minutes(
    office: Office, capsys: pytest.CaptureFixture[str]
) -> None:
    office.lab.kill(POSTE)
    command = [
        sys.executable,
        "-c",
        "from officefleet.cli.app import main; main()",
        "aid",
        POSTE,
        "-s",
        "écran noir",
    ]
    with subprocess.Popen(
        office.lab.command(command), env=office._environment, cwd=ROOT,
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
    ) as process:  # fmt: skip
        timeline, shown = walk(process)
    with capsys.disabled():
        sys.stdout.write(draw(timeline))

    assert process.returncode == 0, shown
    assert office.carriers(POSTE) == [SPARE]
    machine = sum(one.seconds for one in timeline if one.who == "machine")
    person = sum(one.seconds for one in timeline if one.who == "person")
    assert person + machine < 600
    assert machine < 60
