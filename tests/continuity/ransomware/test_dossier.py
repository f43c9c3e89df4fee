"""The record of an attack, and the file that is made of it."""

from __future__ import annotations

import datetime as dt

import pytest

from officefleet.continuity.database import open_store
from officefleet.continuity.ransomware.dossier import compile_dossier, render
from officefleet.continuity.ransomware.recovery import Kind, Recoveries
from officefleet.errors import ContinuityError
from officefleet.models import Pharmacy

SEEN = dt.datetime(2026, 11, 3, 8, 10, tzinfo=dt.timezone(dt.timedelta(hours=1)))
PHARMACY = Pharmacy.model_validate(
    {
        "id": "officine_0421",
        "name": "Pharmacie <du> Marché",
        "address": {"street": "4 place du Marché", "postcode": "35500", "city": "Vitré"},
        "region": "Bretagne",
        "opening_hours": "Mo-Sa 09:00-19:00",
        "machines": [
            {"name": "o0421-comptoir-1", "kind": "comptoir", "os": {"family": "debian", "version": "12"},
             "address": "10.42.21.10"},
        ],
    }
)  # fmt: skip


@pytest.fixture
def recoveries(tmp_path):
    store = open_store(tmp_path / "c.sqlite")
    yield Recoveries(store)
    store.close()


def dossier(recoveries, recovery):
    return compile_dossier(recovery, recoveries.facts(recovery), PHARMACY, PHARMACY.machines[0])


def test_one_recovery_a_machine_at_a_time(recoveries):
    first = recoveries.open("officine_0421", "o0421-comptoir-1", SEEN)
    assert recoveries.open("officine_0421", "o0421-comptoir-1") == first
    recoveries.close(first)
    second = recoveries.open("officine_0421", "o0421-comptoir-1")
    assert second.discovered != first.discovered
    assert recoveries.of("o0421-comptoir-1") == second
    recoveries.close(second)
    assert recoveries.of("o0421-comptoir-1").closed is not None


def test_what_cannot_be_is_refused(recoveries):
    with pytest.raises(ContinuityError, match="no recovery of o0421-comptoir-1 has begun"):
        recoveries.of("o0421-comptoir-1")
    with pytest.raises(ContinuityError, match="lies in the future"):
        recoveries.open(
            "officine_0421", "o0421-comptoir-1", dt.datetime.now(tz=dt.UTC) + dt.timedelta(hours=1)
        )


def test_a_file_at_the_beginning_says_what_is_missing(recoveries):
    found = dossier(recoveries, recoveries.open("officine_0421", "o0421-comptoir-1", SEEN))
    page = render(found, now=SEEN + dt.timedelta(hours=1))

    assert found.lost_from is None
    assert len(found.missing) == 7
    assert "Avant le 06/11/2026 08:10" in page
    assert "Ce délai est passé" not in page
    assert "Pharmacie &lt;du&gt; Marché" in page
    assert "aucune sauvegarde saine" in page


def test_a_whole_file(recoveries):
    recovery = recoveries.open("officine_0421", "o0421-comptoir-1", SEEN)
    piece = {"name": "preuve.tar.gz", "bytes": 12, "sha256": "ab" * 32}
    written = {
        Kind.ISOLATED: {"text": "pare-feu"},
        Kind.EVIDENCE: {"files": [piece], "text": "preuve.tar.gz"},
        Kind.JUDGED: {"snapshot": "1a2b", "time": "2026-11-03T06:00:00+01:00", "verdict": "encrypted",
                      "signs": [{"sign": "renamed", "count": 9, "of": 10, "example": "<.locked>"}]},
        Kind.CLEAN: {"snapshot": "0c1d", "time": "2026-11-02T20:00:00+01:00"},
        Kind.REBUILT: {"text": "poste-debian 3"},
        Kind.RESTORED: {"text": "12 fichiers"},
        Kind.ROTATED: {"what": ["clé SSH", "dépôt de sauvegarde"], "text": "x"},
        Kind.PROVEN: {},
    }  # fmt: skip
    for kind, value in written.items():
        recoveries.write(recovery, kind, value)

    found = dossier(recoveries, recovery)
    page = render(found, now=SEEN + dt.timedelta(hours=73))

    assert found.missing == []
    assert "Ce délai est passé" in page
    assert "Modifications du 02/11/2026 20:00 (dernière sauvegarde saine) au 03/11/2026 08:10" in page
    assert "chiffrée : 9 fichiers sur 10 renommés en *&lt;.locked&gt;" in page
    assert "ab" * 32 in page
    assert "clé SSH, dépôt de sauvegarde" in page
    assert found.hours_down is not None
