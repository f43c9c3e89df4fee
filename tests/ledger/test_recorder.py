from __future__ import annotations

import stat
import sys
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from officefleet.engine.events import Counts, Status
from officefleet.errors import LedgerError
from officefleet.ledger import RunFacts, open_ledger, query

if TYPE_CHECKING:
    from pathlib import Path

    from conftest import Ledgering


def test_a_run_can_be_read_back(made: Ledgering, path: Path) -> None:
    facts = RunFacts(content="abc", limit="officine_0421", options={"tags": ["web"]})
    warnings = made.record(
        path,
        made.started(),
        made.play(),
        made.result(
            "a",
            Status.CHANGED,
            changed=True,
            stdout="x",
            stdout_lines=["x"],
            diff=[{"before": "1", "after": "2"}],
        ),
        made.remark("careful"),
        made.left("a"),
        made.finished(a=Counts(ok=1, changed=1)),
        facts=facts,
    )
    assert warnings == []
    with closing(open_ledger(path, create=False)) as ledger:
        run = query.run(ledger, path, "aaaa")
        assert (run.state, run.user, run.content, run.limit, run.seconds) == (
            "ok",
            "marie",
            "abc",
            "officine_0421",
            12.5,
        )
        (one,) = query.results(ledger, run.id)
        assert one["result"] == {"changed": True, "stdout": "x"}
        assert one["diff"] == [[{"before": "1", "after": "2"}]]
        assert (one["position"], one["place"], one["status"]) == ("2.1", "site.yml:3:7", "changed")
        assert query.recap(ledger, run.id)[0]["changed"] == 1
        assert [note["text"] for note in query.notes(ledger, run.id)] == ["careful"]
        assert query.options(ledger, run.id) == {"tags": ["web"]}
        row = ledger.execute("SELECT * FROM hosts").fetchone()
        assert (row["pharmacy"], row["status"], row["round_trips"]) == ("officine_0421", "ok", 2)


@pytest.mark.parametrize(
    ("recap", "interrupted", "state"),
    [
        ({"a": Counts(ok=1)}, False, "ok"),
        ({"a": Counts(failed=1), "b": Counts(unreachable=1)}, False, "failed"),
        ({"b": Counts(unreachable=1)}, False, "unreachable"),
        ({"a": Counts(failed=1)}, True, "interrupted"),
    ],
)
def test_how_a_run_ended(
    made: Ledgering, path: Path, recap: dict[str, Counts], state: str, *, interrupted: bool
) -> None:
    made.record(path, made.started(), made.finished(interrupted=interrupted, **recap))
    with closing(open_ledger(path)) as ledger:
        assert query.run(ledger, path, "aaaaaaaaaaaa").state == state


def test_words_are_found_without_accents_and_by_their_beginning(made: Ledgering, path: Path) -> None:
    made.record(
        path, made.started(), made.play(), made.result("a", Status.FAILED, msg="Échec de la mise à jour", stderr="dépôt injoignable"),
        made.result("b", Status.CHANGED, msg="mis à jour"), made.result("c", Status.OK, msg="mis à jour"), made.finished(),
    )  # fmt: skip
    with closing(open_ledger(path)) as ledger:
        assert [one["host"] for one in query.search(ledger, "echec depot")] == ["a"]
        assert [one["host"] for one in query.search(ledger, "jour")] == [
            "b",
            "a",
        ]  # not c: nothing happened there
        assert [one["host"] for one in query.search(ledger, "injoign")] == ["a"]
        assert query.search(ledger, 'a" OR "b') == []
        assert query.search(ledger, "  ") == []


def test_facts_and_long_outputs_do_not_fill_the_ledger(made: Ledgering, path: Path) -> None:
    made.record(
        path,
        made.started(),
        made.result("a", ansible_facts={"x": "y" * 10_000}, results=[{"stdout": "z" * 100_000}]),
        made.finished(),
    )
    with closing(open_ledger(path)) as ledger:
        (one,) = query.results(ledger, "aaaaaaaaaaaa")
    assert one["result"]["ansible_facts"] == "[1]"
    kept = one["result"]["results"][0]["stdout"]
    assert kept.startswith("[...]z")
    assert len(kept) < 20_000


def test_results_by_host_and_status(made: Ledgering, path: Path) -> None:
    made.record(
        path,
        made.started(),
        made.result("a"),
        made.result("a", Status.FAILED),
        made.result("b", Status.FAILED),
        made.finished(),
    )
    with closing(open_ledger(path)) as ledger:
        assert len(query.results(ledger, "aaaaaaaaaaaa")) == 3
        found = query.results(ledger, "aaaaaaaaaaaa", host="a", statuses=["failed", "changed"])
        assert [(one["host"], one["status"]) for one in found] == [("a", "failed")]


def test_hosts_that_came_through_are_known_over_several_resumptions(made: Ledgering, path: Path) -> None:
    made.record(
        path,
        made.started("a" * 12),
        made.play(0),
        made.left("a"),
        made.left("b", Status.FAILED),
        made.finished("a" * 12, interrupted=True),
    )
    made.record(
        path, made.started("b" * 12), made.play(0), made.left("c"), made.play(1), made.left("a"), made.left("d", Status.SKIPPED),
        made.finished("b" * 12, interrupted=True), facts=RunFacts(resumed_from="a" * 12),
    )  # fmt: skip
    with closing(open_ledger(path)) as ledger:
        assert query.finished_hosts(ledger, "b" * 12) == {0: frozenset("ac"), 1: frozenset("a")}
        assert query.finished_hosts(ledger, "a" * 12) == {0: frozenset("a")}


def test_the_last_unfinished_run_is_found(
    made: Ledgering, path: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    site = str((tmp_path / "site.yml").resolve())
    made.record(path, made.started("a" * 12), made.finished("a" * 12, interrupted=True))
    made.record(path, made.started("b" * 12), made.finished("b" * 12))
    with closing(open_ledger(path)) as ledger:
        assert query.last_unfinished(ledger, path, [site]).id == "a" * 12
        assert query.last_unfinished(ledger, path, []).id == "a" * 12
        with pytest.raises(LedgerError, match="no interrupted run"):
            query.last_unfinished(ledger, path, ["/other.yml"])
    made.record(path, made.started("c" * 12), made.finished("c" * 12), facts=RunFacts(resumed_from="a" * 12))
    with closing(open_ledger(path)) as ledger, pytest.raises(LedgerError, match="no interrupted run"):
        query.last_unfinished(ledger, path, [site])  # it has been resumed


def test_how_long_a_run_usually_takes(
    made: Ledgering, path: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    site = str((tmp_path / "site.yml").resolve())
    facts = RunFacts(limit="officine_0421")
    made.record(path, made.started("a" * 12), made.finished("a" * 12), facts=facts)
    made.record(path, made.started("b" * 12), made.finished("b" * 12, interrupted=True), facts=facts)
    with closing(open_ledger(path)) as ledger:
        assert query.usual_seconds(ledger, [site], "officine_0421", check=False) == 12.5
        assert query.usual_seconds(ledger, [site], "", check=False) is None
        assert query.usual_seconds(ledger, [site], "officine_0421", check=True) is None


def test_unknown_and_ambiguous_runs(made: Ledgering, path: Path) -> None:
    made.record(path, made.started("aab" + "0" * 9), made.finished("aab" + "0" * 9))
    made.record(path, made.started("aac" + "0" * 9), made.finished("aac" + "0" * 9))
    with closing(open_ledger(path)) as ledger:
        assert query.run(ledger, path, "aac").id == "aac000000000"
        for wrong in ("aa", "zz", "", "%"):
            with pytest.raises(LedgerError):
                query.run(ledger, path, wrong)


def test_two_runs_may_be_recorded_at_the_same_time(made: Ledgering, path: Path) -> None:
    from officefleet.ledger import Recorder  # noqa: PLC0415  only here

    warnings: list[str] = []
    with (
        Recorder(path, RunFacts(), pharmacy_of={}.get, warn=warnings.append) as one,
        Recorder(path, RunFacts(), pharmacy_of={}.get, warn=warnings.append) as two,
    ):
        for recorder, run in ((one, "a" * 12), (two, "b" * 12)):
            recorder.handle(made.started(run))
        for _round in range(200):
            one.handle(made.result("a"))
            two.handle(made.result("b"))
    assert warnings == []
    with closing(open_ledger(path)) as ledger:
        assert len(query.results(ledger, "a" * 12)) == len(query.results(ledger, "b" * 12)) == 200


@pytest.mark.skipif(sys.platform == "win32", reason="POSIX modes")
def test_only_its_owner_reads_the_ledger(made: Ledgering, path: Path) -> None:
    made.record(path, made.started(), made.finished())
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
