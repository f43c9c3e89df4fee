from __future__ import annotations

import io
from typing import TYPE_CHECKING

import pytest

from officefleet.engine.events import Counts, Note, Status
from officefleet.errors import Mark
from officefleet.outputs.console import Console, render
from officefleet.outputs.console.lines import plain, safe

if TYPE_CHECKING:
    from pathlib import Path

    from conftest import Events

    from officefleet.engine.events import Event


def shown(*events: Event, homes: dict[str, str] | None = None, verbosity: int = 0, diff: bool = False) -> str:
    stream = io.StringIO()
    with Console((homes or {}).get, stream=stream, verbosity=verbosity, diff=diff) as console:
        for event in events:
            console.handle(event)
    return stream.getvalue()


def test_results_are_grouped_by_task(make: Events) -> None:
    text = shown(
        make.run(),
        make.play(["a", "b", "c"]),
        make.finished("a", 1, Status.CHANGED),
        make.finished("c", 1),
        make.finished("b", 1),
        make.finished("a", 2),
        make.finished("b", 2, Status.SKIPPED),
        make.finished("c", 2),
    )
    lines = text.splitlines()
    assert lines[1] == "== site (3 hosts)"
    assert lines[2].split() == ["task", "1", "changed", "1", "ok", "2", "a"]
    assert lines[3].split() == ["task", "2", "ok", "2", "skipped", "1"]


def test_a_failure_shows_place_excerpt_message_error_and_hint(make: Events, tmp_path: Path) -> None:
    playbook = tmp_path / "site.yml"
    playbook.write_text("- hosts: all\n  tasks:\n    - name: Install\n      command: instal galss\n")
    event = make.finished(
        "a", 1, Status.FAILED, msg="non-zero return code", rc=127, mark=f"{playbook}:4:7",
        stderr="\n".join(f"line {number}" for number in range(20)),
    )  # fmt: skip
    text = shown(make.play(["a"]), event)
    assert f"{playbook}:4:7" in text
    assert "4 |       command: instal galss" in text
    assert "non-zero return code (rc 127)" in text
    assert "line 19" in text
    assert "line 3\n" not in text
    assert text.count("hint:") == 1


def test_failing_items_of_a_loop_are_named(make: Events) -> None:
    items = [
        ("good", Status.OK, {"msg": ""}),
        ("bad", Status.FAILED, {"msg": "no such package", "failed": True}),
    ]
    text = shown(
        make.play(["a"]), make.finished("a", 1, Status.FAILED, msg="One or more items failed", items=items)
    )
    assert "bad: no such package" in text
    assert "One or more items failed" not in text


def test_unreachable_is_apart_from_failed(make: Events) -> None:
    text = shown(
        make.play(["a", "b"]),
        make.finished("a", 1, Status.UNREACHABLE, msg="a: no connection", hint="is it on?"),
        make.finished("b", 1, Status.FAILED, msg="broken"),
        make.ended({"a": Counts(unreachable=1), "b": Counts(failed=1)}),
    )
    assert "unreachable: a: no connection" in text
    assert "2 hosts: 0 fine, 0 changed, 1 failed, 1 unreachable" in text


def test_a_hundred_unreachable_hosts_do_not_fill_the_screen(make: Events) -> None:
    hosts = [f"h{number:03}" for number in range(100)]
    text = shown(
        make.play(hosts),
        *(
            make.finished(host, 1, Status.UNREACHABLE, msg=f"{host}: gone", hint="is it on?")
            for host in hosts
        ),
    )
    assert len(text.splitlines()) < 25
    assert text.count("is it on?") == 1


def test_the_recap_counts_by_host_and_by_pharmacy(make: Events) -> None:
    homes = {"p1": "officine_0421", "p2": "officine_0421", "q1": "officine_0422"}
    text = shown(
        make.ended(
            {"p1": Counts(ok=3, changed=1), "p2": Counts(ok=1, failed=1), "q1": Counts(unreachable=1)}
        ),
        homes=homes,
    )
    assert "officine_0421  2 hosts: 1 fine, 1 changed, 1 failed" in text
    assert "officine_0422  1 host: 0 fine, 0 changed, 1 unreachable" in text
    rows = [line.split()[0] for line in text.splitlines() if "ok=" in line]
    assert rows == ["p1", "p2", "q1"]  # trouble last, nearest to the prompt


def test_of_many_hosts_only_those_with_trouble_are_listed(make: Events) -> None:
    recap = {f"h{number:03}": Counts(ok=1) for number in range(200)} | {"bad": Counts(failed=1)}
    text = shown(make.ended(recap))
    assert [line.split()[0] for line in text.splitlines() if "ok=" in line] == ["bad"]
    assert "200 others without trouble" in text
    assert len([line for line in shown(make.ended(recap), verbosity=1).splitlines() if "ok=" in line]) == 201


def test_check_mode_says_that_nothing_was_changed(make: Events) -> None:
    start = make.run()
    start = type(start)(start.run, start.playbooks, True, start.user)
    assert "nothing was changed" in shown(start, make.ended({"a": Counts(ok=1)}))


def test_diffs_are_unified_and_only_on_demand(make: Events) -> None:
    event = make.finished(
        "a", 1, Status.CHANGED, diff=[{"before": "old\n", "after": "new\n", "after_header": "/etc/galss.ini"}]
    )
    assert "galss.ini" not in shown(make.play(["a"]), event)
    text = shown(make.play(["a"]), event, diff=True)
    for part in ("+++ after: /etc/galss.ini", "-old", "+new"):
        assert part in text


def test_debug_messages_that_are_alike_are_printed_once(make: Events) -> None:
    hosts = ["a", "b", "c"]
    text = shown(make.play(hosts), *(make.finished(one, 1, module="debug", msg="done") for one in hosts))
    assert text.count("done") == 1
    assert "a, b, c: done" in text


def test_verbose_shows_every_result(make: Events) -> None:
    text = shown(make.play(["a"]), make.finished("a", 1, stdout="the output"), verbosity=1)
    assert '"stdout": "the output"' in text


def test_what_a_host_says_cannot_steer_the_terminal(make: Events) -> None:
    evil = "\x1b]0;owned\x07\x1b[2J\x9b31m\u202etxt\r"
    text = shown(
        make.play(["a"]),
        make.finished("a", 1, Status.FAILED, msg=evil, stderr=evil),
        Note(evil, "a"),
        make.finished("a", 2, module="debug", msg=evil),
    )
    for char in ("\x1b", "\x07", "\x9b", "\u202e", "\r"):
        assert char not in text
    assert safe("é œ 你\ttab") == "é œ 你    tab"


def test_an_old_code_page_gets_question_marks_not_a_crash(make: Events) -> None:
    raw = io.BytesIO()
    stream = io.TextIOWrapper(raw, encoding="cp850")
    with Console({}.get, stream=stream) as console:
        console.handle(make.play(["poste-é"]))
        console.handle(make.finished("poste-é", 1, module="debug", msg="œuvre 你"))
    stream.flush()
    assert "poste-é".encode("cp850") in raw.getvalue()


def test_a_remark_has_its_place() -> None:
    assert "no host matches (site.yml:3:1)" in shown(Note("no host matches", mark=Mark("site.yml", 3, 1)))


def test_the_live_area_shows_who_is_slow() -> None:
    from officefleet.outputs.console.board import Under  # noqa: PLC0415  only here

    under = {f"h{number:02}": Under("install", 100.0 - number, "Unpacking") for number in range(12)}
    lines = [plain(one) for one in render.under_way(under, 100.5, 8)]
    assert len(lines) == 9
    assert "h11" in lines[0]
    assert "Unpacking" in lines[0]
    assert "and 3 hosts more" in lines[-1]


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0.04, "0.0 s"), (9.94, "9.9 s"), (42, "42 s"), (185, "3 min 05 s"), (7260, "2 h 01 min")],
)
def test_durations(seconds: float, text: str) -> None:
    assert render.duration(seconds) == text
