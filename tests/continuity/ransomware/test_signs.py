"""Clean generations stay clean, encrypted ones are found, whatever the ransomware's manner."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from officefleet.continuity.ransomware.signs import (
    File,
    Finding,
    Generation,
    Sign,
    Verdict,
    alone,
    compare,
    is_dense,
    judge,
)

FOLDERS = ("lgo/base", "lgo/export", "documents", "scans")
PATHS = [f"/srv/{folder}/{number:03d}.{ending}" for folder in FOLDERS for number, ending in
         enumerate(["csv", "txt", "ini", "dat", "docx", "pdf"] * 5)]  # fmt: skip
CANARIES = {f"/srv/documents/{name}": True for name in ("!a.csv", "b.csv", "c.csv", "zz.csv")}


def healthy(name="first"):
    files = {path: File(8000 + len(path), "2026-11-20T20:00:00") for path in PATHS}
    return Generation(name, files, {path: is_dense(path) for path in PATHS}, dict(CANARIES))


def changed(generation, paths, *, size=0):
    files = dict(generation.files)
    for path in paths:
        files[path] = File(files[path].size + size, "2026-11-21T20:00:00")
    return replace(generation, id="next", files=files)


def verdict(before, after):
    return judge(compare(before, after))


def encrypt(generation, share, *, ending="", note="", canary=True):
    """A mock of what ransomware leaves."""
    chosen = sorted(generation.files)[: round(len(generation.files) * share)]
    files, looks = dict(generation.files), dict(generation.random)
    for path in chosen:
        old = files.pop(path)
        looks.pop(path)
        files[path + ending] = File(old.size + 256, "2026-11-21T03:12:00")
        looks[path + ending] = True
    if note:
        for folder in FOLDERS:
            files[f"/srv/{folder}/{note}"] = File(1200, "2026-11-21T03:13:00")
    return Generation("next", files, looks, dict.fromkeys(CANARIES, canary))


def test_nothing_changed():
    assert verdict(healthy(), healthy()) is Verdict.CLEAN


def test_a_busy_day():
    today = changed(healthy(), PATHS[:40], size=12)
    added = {f"/srv/scans/new{number}.pdf": File(9000, "x") for number in range(30)}
    today = replace(
        today, files={**today.files, **added}, random={**today.random, **dict.fromkeys(added, True)}
    )

    assert verdict(healthy(), today) is Verdict.CLEAN


def test_an_upgrade_of_the_lgo_is_suspect_but_not_condemned():
    today = changed(healthy(), PATHS, size=1)
    kept = dict(list(today.files.items())[:50])
    assert verdict(healthy(), replace(today, files=kept)) is Verdict.SUSPECT


def test_compressed_archives_that_replace_tables_are_no_encryption():
    files = {path: file for path, file in healthy().files.items() if "/export/" not in path}
    packed = {f"/srv/lgo/export/{number}.zip": File(9000, "x") for number in range(30)}
    today = Generation("next", {**files, **packed}, dict.fromkeys(packed, True), dict(CANARIES))
    assert verdict(healthy(), today) is Verdict.CLEAN


@pytest.mark.parametrize(
    "manner",
    [
        {"share": 1.0, "ending": ".locked", "note": "README.txt"},
        {"share": 1.0},  # in place, names kept
        {"share": 0.4, "ending": ".id-7F3A.[mail@example.org].crypt"},
        {"share": 0.12, "ending": ".enc", "note": "how-to-decrypt.hta"},  # caught early
        {"share": 0.0, "canary": False},
        {"share": 0.15, "canary": False},
    ],
)
def test_encryption_is_found(manner):
    assert verdict(healthy(), encrypt(healthy(), **manner)) is Verdict.ENCRYPTED


def test_one_canary_that_a_person_removed_is_only_suspect():
    marks = {path: number > 0 for number, path in enumerate(CANARIES)}
    assert verdict(healthy(), replace(healthy(), canaries=marks)) is Verdict.SUSPECT


def test_a_first_generation_is_judged_by_itself():
    assert judge(alone(healthy())) is Verdict.CLEAN
    assert judge(alone(encrypt(healthy(), 1.0))) is Verdict.ENCRYPTED


def test_findings_name_what_was_seen():
    found = {
        one.sign: one
        for one in compare(healthy(), encrypt(healthy(), 1.0, ending=".locked", note="LISEZ.txt"))
    }
    assert found[Sign.RENAMED] == Finding(Sign.RENAMED, 120, 120, ".locked")
    assert (found[Sign.NOTE].count, found[Sign.NOTE].example) == (4, "LISEZ.txt")
    assert found[Sign.RANDOM].share == 1.0


@given(share=st.floats(0.35, 1.0), seed=st.integers(0, 100), ending=st.sampled_from(["", ".x", ".a.b"]))
def test_a_third_of_the_files_is_always_enough(share, seed, ending):
    paths = list(PATHS)
    random.Random(seed).shuffle(paths)  # noqa: S311  a test's order
    base = healthy()
    base = replace(base, files={path: base.files[path] for path in paths})
    assert verdict(base, encrypt(base, share, ending=ending)) is Verdict.ENCRYPTED


@given(st.sets(st.sampled_from(PATHS)))
def test_changes_alone_never_condemn(paths):
    assert verdict(healthy(), changed(healthy(), paths, size=3)) is not Verdict.ENCRYPTED


@given(st.sets(st.sampled_from(PATHS)))
def test_losses_alone_never_condemn(paths):
    files = {path: file for path, file in healthy().files.items() if path not in paths}
    assert verdict(healthy(), replace(healthy(), files=files)) is not Verdict.ENCRYPTED
