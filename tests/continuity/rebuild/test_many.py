"""Several postes at once, in threads: the record of each names whoever typed the command."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING
from unittest.mock import sentinel

from officefleet.continuity.database import open_store
from officefleet.continuity.rebuild.many import Stop, rebuild_all
from officefleet.continuity.setting import Setting
from officefleet.durable.person import acting_as, who

if TYPE_CHECKING:
    from pathlib import Path


def test_every_thread_knows_who_acts(tmp_path: Path) -> None:
    store = tmp_path / "continuity.sqlite"
    with closing(open_store(store)) as connection:
        setting = Setting(
            inventory=sentinel.inventory, player=sentinel.player, journal=sentinel.journal, binder=sentinel.binder,
            store=store, connection=connection, catalog=tmp_path, person=sentinel.person, read_live=sentinel.live,
        )  # fmt: skip
        names: dict[str, str] = {}

        def one(_mine: Setting, poste: str) -> None:
            names[poste] = who()

        with acting_as("maelle (SHA256:abc)"):
            ended = rebuild_all(setting, ["o1", "o2", "o3"], one, Stop(), parallel=2)
    assert [outcome.error for outcome in ended] == [None] * 3
    assert set(names.values()) == {"maelle (SHA256:abc)"}
    assert who() != "maelle (SHA256:abc)"
