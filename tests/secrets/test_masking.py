import base64
import json
from urllib.parse import quote

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from officefleet.engine import secret_forms
from officefleet.engine.events import Status, TaskFinished, TaskProgress, TaskStarted
from officefleet.engine.masking import STARS, Mask
from officefleet.errors import Mark
from officefleet.source.secrets import Sealed, opening

TEXTS = st.text(st.characters(codec="utf-8", exclude_characters="*"), min_size=4, max_size=20)


def mask_of(*secrets):
    mask = Mask()
    for one in secrets:
        mask.add(one)
    return mask


def is_worth_hiding(text):
    return len(text.strip()) >= 4 and text.strip().lower() not in ("true", "false", "none", "null")


SECRETS = TEXTS.filter(is_worth_hiding)


@given(secrets=st.lists(SECRETS, min_size=1, max_size=8), before=TEXTS, after=TEXTS, data=st.data())
def test_no_secret_is_left_in_any_text(secrets, before, after, data):
    mask = mask_of(*secrets)
    one, two = data.draw(st.sampled_from(secrets)), data.draw(st.sampled_from(secrets))
    shown = mask.clean(before + one + after + two)
    for secret in secrets:
        assert secret not in shown


@given(secrets=st.lists(SECRETS, max_size=6), text=TEXTS)
def test_what_holds_no_secret_stays(secrets, text):
    mask = mask_of(*secrets)
    forms = {
        form
        for one in secrets
        for part in (one, one.strip(), *one.splitlines())
        for form in secret_forms.forms(part)
    }
    if not any(form in text for form in forms):
        value = {"a": [text, 1, None]}
        assert mask.clean(value) is value


@given(secret=SECRETS, other=TEXTS)
def test_forms_in_which_a_secret_shows(secret, other):
    mask = mask_of(secret)
    for shown in (
        json.dumps({"x": secret}),
        json.dumps({"x": secret}, ensure_ascii=False),
        repr({"x": secret}),
        quote(other + secret, safe=""),
        secret.replace("'", "'\"'\"'"),
    ):
        assert STARS in mask.clean(shown), shown


@given(secret=st.binary(min_size=9, max_size=40), before=st.binary(max_size=5), after=st.binary(max_size=5))
def test_base64_at_any_alignment(secret, before, after):
    text = secret.hex()
    mask = mask_of(text)
    shown = mask.clean(base64.b64encode(before + text.encode() + after).decode())
    assert STARS in shown
    assert (
        len(shown.replace(STARS, "")) <= 2 * (len(before) + len(after)) + 12
    )  # only its neighbours are left


@settings(max_examples=50)
@given(st.lists(st.text("ab", min_size=1, max_size=12), min_size=1, max_size=60), st.text("abc", max_size=60))
def test_the_pattern_finds_the_longest_at_each_place(texts, haystack):
    pattern = secret_forms.pattern(set(texts))
    for start in range(len(haystack)):
        expected = max((len(one) for one in texts if haystack.startswith(one, start)), default=0)
        found = pattern.match(haystack, start)
        assert (found.end() - start if found else 0) == expected


def test_overlapping_secrets_leave_nothing():
    assert mask_of("abcde", "cdefg").clean("xabcdefgx") == f"x{STARS}x"
    mask = mask_of("password")
    mask.clean("compile what is there")
    mask.add("password123")
    assert mask.clean("password123") == STARS


def test_lines_of_a_secret_file_are_hidden_one_by_one():
    mask = mask_of("first line\nsecond line\n-\n")
    assert mask.clean("+first line\n+second line\n+-") == f"+{STARS}\n+{STARS}\n+-"


@pytest.mark.parametrize("value", ["abc", "true", "False", " ab ", "", None, True])
def test_what_would_blot_out_everything_is_not_masked(value):
    mask = mask_of(value)
    assert mask.clean({"a": "true abc ab None", "b": True, "c": None}) == {
        "a": "true abc ab None",
        "b": True,
        "c": None,
    }


def test_numbers_keys_and_nested_values():
    mask = mask_of({"pin": [481516, 2.75]}, "keyname")
    assert mask.clean({"keyname": (481516, {"x": "pin 481516"}, 2.75, 7)}) == {
        STARS: [STARS, {"x": f"pin {STARS}"}, STARS, 7]
    }


def test_what_is_sealed_shows_as_stars_and_stays_sealed():
    sealed = Sealed("$ANSIBLE_VAULT;1.1;AES256\n00", Mark("f", 1, 1), None)
    assert Mask().clean({"a": sealed, "b": [opening({"c": sealed})]}) == {"a": STARS, "b": [{"c": STARS}]}


def test_events():
    mask = mask_of("gelule")
    started = mask.clean_event(TaskStarted("h", "set gelule", (1,), Mark("f")))
    assert started.task == f"set {STARS}"
    result = {"msg": "gelule"}
    done = TaskFinished(
        "h", "t", "debug", (1,), Mark("f"), Status.OK, result, 0.0, items=[("gelule", Status.OK, result)]
    )
    clean = mask.clean_event(done)
    assert "gelule" not in repr(clean)
    assert clean.at == done.at
    other = TaskFinished("h", "t", "debug", (1,), Mark("f"), Status.OK, {"msg": "x"}, 0.0)
    assert mask.clean_event(other) is other


@given(secret=st.text("abcdefgh", min_size=6, max_size=20), data=st.data())
def test_a_line_that_is_still_being_written_shows_no_part_of_a_secret(secret, data):
    start = data.draw(st.integers(0, len(secret)))
    end = data.draw(st.integers(start, len(secret)))
    for cut in (f"12{secret[:end]}", f"{secret[start:]}12", secret[start:], secret[start:end]):
        event = TaskProgress("h", "t", cut)
        shown = mask_of(secret).clean_event(event).text
        left = shown.replace(STARS, "").strip("12")
        assert len(left) < 4
    plain = TaskProgress("h", "t", "12 of 34 done")
    assert mask_of(secret).clean_event(plain) is plain


def test_many_secrets_are_fast_and_all_found():
    secrets = [f"{number:05d}-{number * 7919 % 99991:05d}" for number in range(2000)]
    mask = Mask()
    for one in secrets:
        mask.add(one)
        if one.endswith("1"):
            mask.clean(one)
    text = " ".join(secrets)
    assert mask.clean(text).replace(STARS, "").strip() == ""
