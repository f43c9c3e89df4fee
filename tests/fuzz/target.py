"""What atheris calls: one text in, a result or an error of ours out; anything else is a crash.

Usage: python tests/fuzz/target.py template|playbook|freeform [libFuzzer options, e.g. -max_total_time=60]
"""

from __future__ import annotations

import contextlib
import sys
import tempfile
from pathlib import Path

import atheris

with atheris.instrument_imports(include=["officefleet.source", "officefleet.playbook", "jinja2"]):
    from officefleet.engine.run import make_templar
    from officefleet.errors import OfficefleetError
    from officefleet.playbook.freeform import parse_command, parse_pairs
    from officefleet.playbook.reader import read_playbooks
    from officefleet.source.scope import Scope

TEMPLAR = make_templar()
FOLDER = Path(tempfile.mkdtemp(prefix="officefleet-fuzz-"))
# lookups and files of this machine are not what is searched
for name in ("lookup", "query", "q"):
    TEMPLAR._environment.globals.pop(name)


def text_of(data: bytes) -> str:
    return atheris.FuzzedDataProvider(data).ConsumeUnicodeNoSurrogates(len(data))


def template(data: bytes) -> None:
    text = text_of(data)
    scope = Scope([({"x": 3, "y": {"a": [1, "b"]}}, True), ({"sent": text}, False)], TEMPLAR)
    for wrapped in (text, "{{" + text + "}}", "{%" + text + "%}"):
        with contextlib.suppress(OfficefleetError):
            TEMPLAR.render(wrapped, scope)
    with contextlib.suppress(OfficefleetError):
        TEMPLAR.evaluate(text, scope)
    if TEMPLAR.render("{{ sent }}", scope) != text:
        raise RuntimeError("what a host sent was evaluated")


def playbook(data: bytes) -> None:
    file = FOLDER / "play.yml"
    file.write_text(text_of(data), encoding="utf-8")
    with contextlib.suppress(OfficefleetError):
        read_playbooks([file], TEMPLAR)


def freeform(data: bytes) -> None:
    text = text_of(data)
    with contextlib.suppress(OfficefleetError):
        parse_pairs(text)
    with contextlib.suppress(OfficefleetError):
        parse_command(text, {"chdir", "creates"})


if __name__ == "__main__":
    kind = sys.argv.pop(1)
    atheris.Setup(sys.argv, {"template": template, "playbook": playbook, "freeform": freeform}[kind])
    atheris.Fuzz()
