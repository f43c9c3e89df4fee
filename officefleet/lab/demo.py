"""``make demo``, ``make demo-rebuild``: runs the commands that a file lists, times them and prints one report.

There is no product code here: whatever the demo shows, a user can type.
"""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import yaml
from pydantic import BaseModel, ConfigDict
from rich.console import Console
from rich.table import Table
from rich.text import Text

from officefleet.errors import ExitCode
from officefleet.i18n import _

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

DATA = Path(__file__).parent / "data"
STEPS = DATA / "demo.yml"
_LAB = "demo"
_WIDTH = 110
_SHOWN_ON_FAILURE = 40  # lines


class Step(BaseModel):
    """One command.

    Attributes:
        name: what it does, for the report.
        run: the command line; split into words as a shell would, but run without one.
        exit: the exit code that is expected.
        clock: name of a time that this step counts for.

    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str
    run: str
    exit: int = 0
    clock: str = ""


class Demo(BaseModel):
    """A list of steps, and the command that clears up after them whatever happens.

    Attributes:
        name: of its folder below ``build``.
        clocks: times to sum up and show: name to the goal in seconds on a quiet machine.

    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str = "demo"
    title: str
    steps: tuple[Step, ...]
    clocks: dict[str, float] = {}
    cleanup: str


@dataclass(frozen=True)
class Outcome:
    """What a step did."""

    step: Step
    seconds: float
    code: int
    output: str

    @property
    def good(self) -> bool:
        """Whether it exited as expected."""
        return self.code == self.step.exit

    @property
    def last_line(self) -> str:
        """The last line that it printed, or ""."""
        lines = [line.strip() for line in self.output.splitlines() if line.strip()]
        return lines[-1] if lines else ""


def load_demo(path: Path) -> Demo:
    """Read a list of steps."""
    return Demo.model_validate(yaml.safe_load(path.read_text(encoding="utf-8")))


def run_demo(demo: Demo, folder: Path, console: Console) -> int:
    """Run all steps until one fails, write logs and reports to `folder`; return the exit code."""
    folder.mkdir(parents=True, exist_ok=True)
    outcomes: list[Outcome] = []
    code = ExitCode.OK
    _run(demo.cleanup)  # of an earlier demo
    try:
        for number, step in enumerate(demo.steps, 1):
            with console.status(_(step.name)):
                outcome = _perform(step)
            outcomes.append(outcome)
            (folder / f"{number:02d}.log").write_text(f"$ {step.run}\n{outcome.output}", encoding="utf-8")
            console.print(_line(outcome))
            if not outcome.good:
                tail = outcome.output.splitlines()[-_SHOWN_ON_FAILURE:]
                console.print("\n".join(tail), markup=False, highlight=False)
                code = ExitCode.FAILED
                break
    except KeyboardInterrupt:
        code = ExitCode.INTERRUPTED
    finally:
        with console.status(_("Clearing up")):
            _run(demo.cleanup)
    _report(demo, outcomes, folder, console)
    return code


def _perform(step: Step) -> Outcome:
    start = time.monotonic()
    done = _run(step.run)
    return Outcome(step, time.monotonic() - start, done.returncode, done.stdout)


def _run(command: str) -> subprocess.CompletedProcess[str]:
    """Run a command as a user of this checkout would, with its error output among its output."""
    programs = os.pathsep.join((str(Path(sys.executable).parent), os.environ.get("PATH", os.defpath)))
    words = shlex.split(command)
    environment = {**os.environ, "PATH": programs, "OFFICEFLEET_LAB": _LAB, "COLUMNS": str(_WIDTH)}
    try:
        return subprocess.run(
            # By way of env, so that the program is looked up in the PATH given.
            ["env", *words],
            check=False,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
        )
    except OSError as error:
        return subprocess.CompletedProcess(words, 127, stdout=str(error))


def _line(outcome: Outcome) -> Text:
    mark, style = ("✓", "green") if outcome.good else ("✗", "red")
    return Text.assemble((f"{mark} ", style), _(outcome.step.name), (f"  {outcome.seconds:.1f} s", "dim"))


def _report(demo: Demo, outcomes: Sequence[Outcome], folder: Path, console: Console) -> None:
    """Print the table and write it as text and as a picture."""
    with Path(os.devnull).open("w", encoding="utf-8") as nowhere:
        paper = Console(record=True, width=_WIDTH, file=nowhere, force_terminal=True)
        table = _table(demo, outcomes)
        for sheet in (console, paper):
            sheet.print(table)
            for line in _clocks(demo, outcomes):
                sheet.print(line)
    (folder / "report.txt").write_text(paper.export_text(clear=False), encoding="utf-8")
    picture = paper.export_svg(title=f"make {demo.name}")
    # Rich's pictures fetch their font from the network; the viewer's own monospace font will do.
    picture = re.sub(r"@font-face\s*\{.*?\}|<!--.*?-->", "", picture, flags=re.DOTALL)
    (folder / "report.svg").write_text(picture, encoding="utf-8")


def _table(demo: Demo, outcomes: Sequence[Outcome]) -> Table:
    total = sum(outcome.seconds for outcome in outcomes)
    table = Table(title=_(demo.title), caption=_("{seconds:.1f} s in all").format(seconds=total), expand=True)
    table.add_column(_("Step"), ratio=5)
    table.add_column(_("Seconds"), justify="right")
    table.add_column(_("Result"), ratio=5)
    done = {outcome.step: outcome for outcome in outcomes}
    for step in demo.steps:
        outcome = done.get(step)
        what = Text.assemble(_(step.name), "\n", (step.run, "dim"))
        if outcome is None:
            table.add_row(what, "", Text(_("not run"), style="dim"))
        else:
            style = "green" if outcome.good else "bold red"
            said = Text(outcome.last_line or _("done"), style=style)
            table.add_row(what, f"{outcome.seconds:.1f}", said)
    return table


def _clocks(demo: Demo, outcomes: Sequence[Outcome]) -> Iterator[Text]:
    """Yield each clock's time, of those whose steps have all gone well."""
    good = {outcome.step: outcome.seconds for outcome in outcomes if outcome.good}
    for name, goal in demo.clocks.items():
        steps = [step for step in demo.steps if step.clock == name]
        if all(step in good for step in steps):
            seconds = sum(good[step] for step in steps)
            text = _("{name}: {seconds:.0f} s (goal on a quiet machine: {goal:.0f} s)")
            line = text.format(name=_(name), seconds=seconds, goal=goal)
            yield Text(line, style="bold green" if seconds <= goal else "bold yellow")


def main() -> int:
    """Run a shipped demo from the repository's root: the first argument's, else the short one."""
    steps = DATA / f"{sys.argv[1]}.yml" if sys.argv[1:] else STEPS
    demo = load_demo(steps)
    return run_demo(demo, Path("build") / demo.name, Console())


if __name__ == "__main__":
    sys.exit(main())
