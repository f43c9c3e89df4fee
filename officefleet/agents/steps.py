"""Changes that are one program's run: ``{"op": "run", "program", "words"}``. Standard library only."""

from __future__ import annotations

from officefleet.agents.kit import Completed, Context, Failed, need

TYPE_CHECKING = False  # typing costs an agent several milliseconds at its start
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any


def step(program: str, *words: str, **fields: Any) -> dict[str, Any]:
    """Return the change that runs `program`; `fields` may hold "stdin", "path", "before" and "after"."""
    return dict({"op": "run", "path": program, "program": program, "words": list(words)}, **fields)


def run_step(change: Mapping[str, Any], context: Context) -> Completed:
    """Carry out a change of `step`.

    Raises:
        Failed: the program is missing, or says that it has failed; the words of its standard input never show.

    """
    command = [need(change["program"]), *change["words"]]
    done = context.run(command, stdin=change.get("stdin"), parse=True)
    if done.rc != 0:
        text = (done.err or done.out).strip() or "%s ended with code %d" % (change["program"], done.rc)
        raise Failed(text, rc=done.rc, cmd=command, stdout=done.out, stderr=done.err)
    return done
