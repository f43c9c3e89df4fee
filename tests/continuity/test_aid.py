"""First aid by somebody who may look but not cure: they are told what to do by hand, and no playbook is run."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from officefleet.continuity.aid import FirstAid
from officefleet.continuity.binder.binder import Binder
from officefleet.continuity.binder.cures import Cures
from officefleet.continuity.binder.page import Page, new_id
from officefleet.continuity.database import open_store
from officefleet.inventory import load_inventory

INVENTORY = Path(__file__).parents[2] / "inventory"
POSTE = "o0421-comptoir-1"


class Person:
    def __init__(self, *answers: bool) -> None:
        self.answers = list(answers)
        self.heard: list[str] = []

    def say(self, text: str) -> None:
        self.heard.append(text)

    def confirm(self, question: str) -> bool:
        self.heard.append(question)
        return self.answers.pop(0)


class NoPlayer:
    def __getattr__(self, name: str) -> Any:
        raise AssertionError(f"the machine was touched: {name}")


@pytest.mark.parametrize("answers", [True, False])
def test_without_the_right_to_cure_nothing_is_run(tmp_path: Path, *, answers: bool) -> None:
    fleet = load_inventory([INVENTORY], only=["officine_0421"])
    pharmacy = fleet.pharmacy("officine_0421")
    with closing(open_store(tmp_path / "continuity.sqlite")) as store:
        binder, cures, person = Binder(store), Cures(store), Person(False, True)
        page = Page(
            id=new_id(POSTE), pharmacy=pharmacy.id, machine=POSTE, opened="2026-11-24T08:00:00Z", symptom="lecteur muet",
            playbook="restart-card-readers.yml",
        )  # fmt: skip
        binder.file(page)
        cures.record(page, worked=True)
        setting: Any = SimpleNamespace(
            machine=lambda _name: pharmacy.machine(POSTE), home=lambda _name: pharmacy, person=person, binder=binder,
            player=NoPlayer(),
        )  # fmt: skip
        aid = FirstAid(setting, cures, POSTE, may_cure=False)
        aid._answers = answers

        assert aid._restart(page) == "switched off and on"
        assert list(aid._known(page)) == []  # "Have you tried it?" no
        assert [one.playbook for one in aid._known(page)] == ["restart-card-readers.yml"]
        assert [note.text for note in binder.notes(page)] == ["restart-card-readers.yml: not tried"]
    assert person.heard.count("Have you tried it?") == 2
