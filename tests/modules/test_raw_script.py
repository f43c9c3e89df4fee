"""raw and script on this machine."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from officefleet.errors import ArgumentError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Run = Callable[..., dict[str, Any]]


@pytest.fixture
def script(modules: Any) -> Callable[[str, str], None]:
    def write(name: str, text: str) -> None:
        path = modules.controller_folder / name
        path.write_text(text)

    return write


def test_raw(run: Run) -> None:
    result = run("raw", {"cmd": "echo a; echo b >&2"})
    assert result == {
        "changed": True, "rc": 0, "stdout": "a\n", "stdout_lines": ["a"], "stderr": "b\n", "stderr_lines": ["b"]
    }  # fmt: skip
    failed = run("raw", {"cmd": "exit 4"})
    assert (failed["failed"], failed["rc"], failed["msg"]) == (True, 4, "non-zero return code")
    assert run("raw", {"cmd": "echo"}, check=True)["skipped"] is True
    assert (
        run("raw", {"cmd": "echo ${BASH_VERSION%%.*}", "executable": "/bin/bash"})["stdout"].strip().isdigit()
    )


def test_a_script_gets_its_words_through_the_shell(run: Run, script: Callable[[str, str], None]) -> None:
    script("my script.sh", '#!/bin/sh\nprintf \'<%s>\' "$(basename "$0")" "$@"\n')
    result = run("script", {"cmd": "'my script.sh' a 'b c' \"$((1 + 1))\""})
    assert result["stdout"] == "<my script.sh><a><b c><2>"
    assert result["changed"] is True


def test_a_script_for_another_interpreter(run: Run, script: Callable[[str, str], None]) -> None:
    script("run.py", "import sys; print(sys.argv[1]); sys.exit(3)")
    result = run("script", {"cmd": "run.py x", "executable": "/usr/bin/env python3"})
    assert (result["failed"], result["rc"], result["stdout_lines"]) == (True, 3, ["x"])


def test_a_script_that_need_not_run(run: Run, script: Callable[[str, str], None], tmp_path: Path) -> None:
    script("s.sh", "#!/bin/sh\npwd; touch ran\n")
    here = str(tmp_path)
    skipped = run("script", {"cmd": "s.sh", "chdir": here, "removes": "ran"})
    assert (skipped["skipped"], skipped["msg"]) == (True, "ran does not exist, matching removes option")
    assert run("script", {"cmd": "s.sh", "chdir": here}, check=True)["skipped"] is True
    assert run("script", {"cmd": "s.sh", "chdir": here, "creates": "ran"})["stdout"].strip() == here
    skipped = run("script", {"cmd": "s.sh", "chdir": here, "creates": "ran"})
    assert skipped["msg"] == "ran exists, matching creates option"


def test_a_script_that_cannot_be_found(run: Run) -> None:
    with pytest.raises(ArgumentError):
        run("script", {"cmd": "gone.sh"})
    with pytest.raises(ArgumentError, match="cannot be read"):
        run("script", {"cmd": "'open.sh"})
