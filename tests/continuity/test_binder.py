import base64
import datetime as dt
import json

import pytest

from officefleet.continuity.binder import share
from officefleet.continuity.binder.binder import Binder, Keys
from officefleet.continuity.binder.cures import Cures, cure_id
from officefleet.continuity.binder.filing import file_failed_runs
from officefleet.continuity.binder.page import Page, new_id
from officefleet.continuity.binder.share import LARGEST, ShareError, export, load, read_key
from officefleet.continuity.database import open_store
from officefleet.errors import ContinuityError
from officefleet.images.ed25519 import Signer

DAY = dt.datetime(2026, 11, 3, 9, 30, tzinfo=dt.UTC)


@pytest.fixture
def store(tmp_path):
    found = open_store(tmp_path / "continuity.sqlite")
    yield found
    found.close()


def page(symptom="Les étiquettes sortent vides", **more):
    fields = {"pharmacy": "officine_0421", "machine": "o0421-comptoir-1", "opened": DAY, **more}
    return Page(
        id=more.pop("id", None) or new_id(fields["machine"]),
        symptom=symptom,
        **{k: v for k, v in fields.items() if k != "id"},
    )


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("étiquettes", True),
        ("ETIQUETTE", True),
        ("etiq vides", True),
        ("étiquette bourrage", False),
        ("0a5f:0080", True),
        ("KB5050081", True),
        ('" OR 1 --', False),
        ("NEAR(", False),
        ("*", False),
        ("vide -étiquettes", True),
    ],
)
def test_search_folds_accents_case_and_plurals_and_takes_no_operators(store, words, found):
    binder = Binder(store)
    binder.file(page(device="0a5f:0080", kb="KB5050081"))

    assert bool(binder.search(words)) == found


def test_search_by_keys_alone_and_with_words(store):
    binder = Binder(store)
    binder.file(page("Lecteur muet", device="08e6:3437", build=26100))
    binder.file(page("Lecteur muet", device="2947:0101"))

    assert len(binder.search("lecteur")) == 2
    assert [one.device for one in binder.search("lecteur", Keys(device="2947:0101"))] == ["2947:0101"]
    assert [one.device for one in binder.search("", Keys(build=26100))] == ["08e6:3437"]


def test_a_page_filed_again_replaces_itself(store):
    binder = Binder(store)
    first = page(id="swap-1")
    assert binder.file(first)
    assert not binder.file(first.model_copy(update={"symptom": "Lecteur muet"}))

    assert binder.search("étiquettes") == []
    assert [one.symptom for one in binder.search("muet")] == ["Lecteur muet"]


def test_notes_and_closing(store):
    binder = Binder(store)
    one = page()
    binder.file(one)
    binder.note(one, "câble changé")

    closed = binder.close(one, remedy="Câble changé")

    assert closed.closed >= DAY
    assert binder.get(one.id[:12]).remedy == "Câble changé"
    assert [note.text for note in binder.notes(one)] == ["câble changé"]
    with pytest.raises(ContinuityError, match="no incident"):
        binder.get("i19990101")


def test_cures_that_work_more_often_come_first(store):
    cures = Cures(store)
    good = page(remedy="Pilote 3.4.62", device="067b:2303")
    poor = page(remedy="Redémarrer", device="067b:2303")
    for worked in (True, True, True, False):
        cures.record(good, worked=worked)
    for worked in (True, False, False):
        cures.record(poor, worked=worked)

    found = cures.known(devices=["067b:2303"])

    assert [(one.remedy, one.worked, one.failed, one.places) for one in found] == [
        ("Pilote 3.4.62", 3, 1, 1),
        ("Redémarrer", 1, 2, 1),
    ]
    assert [one.remedy for one in cures.known("etiquette")] == ["Pilote 3.4.62", "Redémarrer"]
    assert cures.known("etiquette bourrage") == []
    assert cures.known() == []


def test_a_cures_id_is_the_same_everywhere():
    assert cure_id("Étiquettes  vides", "0a5f:0080", "", "Calibrer", "") == cure_id(
        "etiquettes vides", "0a5f:0080", "", "CALIBRER", ""
    )
    assert cure_id("a", "b", "", "", "") != cure_id("a", "", "b", "", "")


# --- sharing ------------------------------------------------------------------------------------------------


def shared(store, tmp_path, **more):
    cures = Cures(store)
    cures.record(page(**{"remedy": "Calibrer l'imprimante", "device": "0a5f:0080", **more}), worked=True)
    signer = Signer.generate()
    text, count, left = export(cures.own(), {"Pharmacie du Marché", "Maëlle"}, signer)
    file = tmp_path / "binder.json"
    file.write_text(text, encoding="utf-8")
    return file, signer, count, left


def test_a_shared_binder_comes_back_whole(store, tmp_path):
    file, signer, count, left = shared(store, tmp_path, playbook="restart-card-readers.yml")
    assert (count, left) == (1, 0)
    whole = file.read_text()
    assert "0421" not in whole

    origin, cures = load(file, signer.public, ["restart-card-readers.yml"])
    Cures(store).replace(origin, cures)
    Cures(store).replace(origin, cures)  # twice counts once

    assert [
        (one.remedy, one.playbook, one.worked, one.places) for one in Cures(store).known("étiquette")
    ] == [("Calibrer l'imprimante", "restart-card-readers.yml", 2, 2)]


def test_a_playbook_that_is_not_here_is_not_named(store, tmp_path):
    file, signer, _count, _left = shared(store, tmp_path, playbook="evil.yml")

    _origin, cures = load(file, signer.public, ["restart-card-readers.yml"])

    assert [one.playbook for one in cures] == [""]


def test_a_cure_that_names_somebody_is_left_out(store, tmp_path):
    _file, _signer, count, left = shared(store, tmp_path, remedy="Maëlle a le mot de passe")

    assert (count, left) == (0, 1)


def resign(file, signer, change):
    whole = json.loads(file.read_text())
    change(whole["binder"])
    whole["signature"] = base64.b64encode(
        signer.sign(share._PURPOSE + share._canonical(whole["binder"]))
    ).decode()
    file.write_text(json.dumps(whole))


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        ("playbook", "../../etc/cron.yml", "malformed"),
        ("playbook", [{"hosts": "all", "tasks": []}], "malformed"),
        ("symptom", "\x1b]0;owned\x07", "malformed"),
        ("symptom", "a\u202eb", "malformed"),
        ("remedy", "x" * 501, "malformed"),
        ("worked", -1, "malformed"),
        ("worked", 10**9, "malformed"),
        ("kb", "KB1; rm -rf /", "malformed"),
        ("tasks", [], "malformed"),
    ],
)
def test_a_hostile_binder_with_a_good_signature_is_refused(store, tmp_path, field, value, message):
    file, signer, _count, _left = shared(store, tmp_path)
    resign(file, signer, lambda binder: binder["cures"][0].update({field: value}))

    with pytest.raises(ShareError, match=message):
        load(file, signer.public, [])


def test_a_changed_or_foreign_binder_is_refused(store, tmp_path):
    file, signer, _count, _left = shared(store, tmp_path)
    with pytest.raises(ShareError, match="not signed by this key"):
        load(file, Signer.generate().public, [])

    file.write_text(file.read_text().replace("Calibrer", "Formater"))
    with pytest.raises(ShareError, match="not signed by this key"):
        load(file, signer.public, [])


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"[]",
        b"{}",
        b"\xff\xfe",
        b"[" * 200_000,
        b'{"binder": {}, "signature": "%%"}',
        b"x" * (LARGEST + 1),
    ],
    ids=["empty", "list", "object", "bytes", "deep", "signature", "huge"],
)
def test_a_file_that_is_no_binder_is_refused(tmp_path, data):
    file = tmp_path / "binder.json"
    file.write_bytes(data)

    with pytest.raises(ShareError):
        load(file, Signer.generate().public, [])


def test_a_public_key_is_digits_or_a_file_of_them(tmp_path):
    signer = Signer.generate()
    file = tmp_path / "key.pub"
    file.write_text(signer.public.hex() + "\n")

    assert read_key(str(file)) == read_key(signer.public.hex()) == signer.public
    with pytest.raises(ShareError, match="no public key"):
        read_key("abc")


def test_without_a_ledger_no_run_is_filed(store, tmp_path):
    assert file_failed_runs(Binder(store), tmp_path / "none.sqlite") == 0
