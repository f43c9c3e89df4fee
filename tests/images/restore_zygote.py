"""Forks restores on request, so that a test can kill a hundred of them without paying a hundred starts.

Reads ``store trust target`` from standard input, forks, prints the child's id; at the next line, whatever it
says, waits for the child and prints its exit status.
"""

from __future__ import annotations

import os
import sys

from officefleet.images import rescue_main


def main() -> None:
    for line in sys.stdin:
        store, trust, target = line.split()
        child = os.fork()
        if child == 0:
            os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
            options = ["--store", store, "--image", "poste", "--trust", trust, "--target", target]
            os._exit(rescue_main.main([*options, "--patience", "0", "--initialise-preserved"]))
        sys.stdout.write(f"{child}\n")
        sys.stdout.flush()
        sys.stdin.readline()  # not reaped before the test has killed it: its id cannot be another's by then
        _pid, status = os.waitpid(child, 0)
        sys.stdout.write(f"{os.waitstatus_to_exitcode(status)}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
