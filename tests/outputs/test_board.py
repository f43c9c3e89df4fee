from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from officefleet.engine.events import Status, TaskFinished, TaskProgress, TaskStarted
from officefleet.errors import Mark
from officefleet.outputs import results
from officefleet.outputs.console.board import Board

if TYPE_CHECKING:
    from conftest import Events


@pytest.fixture
def board() -> Board:
    return Board(keep_details=False, diff_text=results.diff_text, said=results.said)


def titles(board: Board) -> list[str]:
    return [group.title for group in board.take_ready()]


def test_a_group_is_ready_when_every_host_is_past_it(board: Board, make: Events) -> None:
    board.begin(["a", "b"])
    board.take(make.started("a", 1))
    board.take(make.finished("a", 1))
    assert titles(board) == []
    board.take(make.started("b", 1))
    assert titles(board) == []
    board.take(make.finished("b", 1))
    assert titles(board) == ["task 1"]


def test_a_host_that_skips_ahead_does_not_hold_groups_back(board: Board, make: Events) -> None:
    board.begin(["a", "b"])
    board.take(make.finished("a", 1))
    board.take(make.started("b", 2))  # its condition kept it from task 1
    assert titles(board) == ["task 1"]


def test_a_host_that_has_left_does_not_hold_groups_back(board: Board, make: Events) -> None:
    board.begin(["a", "b"])
    board.take(make.finished("a", 1))
    board.take(make.left("b"))
    assert titles(board) == ["task 1"]


def test_hosts_that_have_not_begun_hold_groups_back(board: Board, make: Events) -> None:
    board.begin(["a", "late"])
    board.take(make.finished("a", 1))
    board.take(make.left("a"))
    assert titles(board) == []
    assert [group.title for group in board.take_ready(everything=True)] == ["task 1"]


@given(st.data())
def test_groups_come_in_the_order_of_the_play_whatever_the_hosts_do(data: st.DataObject) -> None:
    board = Board(keep_details=False, diff_text=None, said=lambda _event: "")
    hosts = ["a", "b", "c"]
    left = {host: list(range(1, 5)) for host in hosts}
    board.begin(hosts)
    shown: list[tuple[int, ...]] = []
    while any(left.values()):
        host = data.draw(st.sampled_from([name for name in hosts if left[name]]))
        number = left[host].pop(0)
        mark = Mark("site.yml", number, 1)
        board.take(TaskStarted(host, "t", (number,), mark))
        board.take(TaskFinished(host, "t", "ping", (number,), mark, Status.OK, {}, 0.0))
        for group in board.take_ready():
            assert sum(len(names) for names in group.hosts.values()) == len(hosts)
            shown.append(group.position)
    assert shown == [(1,), (2,), (3,), (4,)]


def test_alike_failures_are_told_once(board: Board, make: Events) -> None:
    board.begin(["a", "b", "c"])
    board.take(make.finished("a", 1, Status.FAILED, msg="no space"))
    board.take(make.finished("b", 1, Status.FAILED, msg="no space"))
    board.take(make.finished("c", 1, Status.FAILED, msg="no such file"))
    first, second = board.take_failures()
    assert (list(first.hosts), list(second.hosts)) == (["a", "b"], ["c"])
    assert not first.known
    assert board.take_failures() == []
    board.take(make.finished("d", 1, Status.FAILED, msg="no space"))
    assert [one.known for one in board.take_failures()] == [True]


def test_unreachable_hosts_stand_together_with_what_each_said(board: Board, make: Events) -> None:
    board.take(make.finished("a", 1, Status.UNREACHABLE, msg="a: no route"))
    board.take(make.finished("b", 1, Status.UNREACHABLE, msg="b: refused"))
    (found,) = board.take_failures()
    assert found.hosts == {"a": "a: no route", "b": "b: refused"}


def test_ignored_and_rescued_are_no_failures(board: Board, make: Events) -> None:
    board.take(make.finished("a", 1, Status.IGNORED, msg="x"))
    board.take(make.finished("a", 2, Status.RESCUED, msg="x"))
    assert board.take_failures() == []


def test_the_last_line_of_a_long_task_is_kept(board: Board, make: Events) -> None:
    board.begin(["a"])
    board.take(make.started("a", 1))
    board.take(TaskProgress("a", "task 1", "one\ntwo\n"))
    assert board.under["a"].text == "two"
    board.take(make.finished("a", 1))
    assert board.under == {}


def test_alike_diffs_are_kept_once(board: Board, make: Events) -> None:
    board.begin(["a", "b"])
    for host in ("a", "b"):
        board.take(make.finished(host, 1, Status.CHANGED, diff={"before": "x\n", "after": "y\n"}))
    (group,) = board.take_ready()
    assert list(group.diffs.values()) == [["a", "b"]]
