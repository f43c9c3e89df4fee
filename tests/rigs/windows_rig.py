"""A simulated Windows machine behind a real WS-Management listener: what the tests and the benchmark connect to."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

sys.path[:0] = [one for one in [str(Path(__file__).parent)] if one not in sys.path]

from windows_agent import program  # noqa: E402  found through the line above
from windows_host import WindowsMachine  # noqa: E402
from wsman import Service  # noqa: E402
from wsman_http import HttpRig  # noqa: E402

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wsman import Command, Program


class WindowsRig(HttpRig):
    """The listener with its machine.

    Attributes:
        machine: what stands behind it.
        started: command lines so far.
        die: see `windows_agent.Agent`.
        codepages: of the shells in which commands were started.

    """

    machine: WindowsMachine
    started: list[str]
    codepages: list[str]
    die: Any = None


@contextmanager
def windows_rig(folder: Path, machine: WindowsMachine | None = None, **options: Any) -> Iterator[WindowsRig]:
    """Run a rig; `options` are those of `HttpRig` and `Service` (max_shells, max_envelope, max_processes)."""
    machine = machine or WindowsMachine()
    limits = {
        one: options.pop(one) for one in ("max_shells", "max_envelope", "max_processes") if one in options
    }

    def start(line: str, codepage: str, command: Command) -> Program:
        rig.started.append(line)
        rig.codepages.append(codepage)
        return program(machine, line, command.emit, command.exited, die=rig.die)

    rig = WindowsRig(Service(start, **limits), folder, **options)
    rig.machine, rig.started, rig.codepages = machine, [], []
    with rig:
        yield rig


def main() -> None:
    """Serve for a benchmark: print the port, then answer "count", "empty" and a latency in seconds, each on a line."""
    with windows_rig(Path(sys.argv[1])) as rig:
        print(rig.port, flush=True)  # noqa: T201  the benchmark reads it
        for line in sys.stdin:
            word = line.strip()
            if word == "empty":
                rig.machine.registry.delete("HKLM\\SOFTWARE\\Officine")
                rig.machine.registry.create("HKLM\\SOFTWARE\\Officine")
            elif word != "count":
                rig.latency = float(word)
            print(len(rig.journal), flush=True)  # noqa: T201


if __name__ == "__main__":
    main()
