"""Templates end: whatever is written, there is a result or an error that says where; nothing of a host is evaluated."""

from __future__ import annotations

import contextlib
import string
import time
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from officefleet.engine.run import make_templar
from officefleet.errors import OfficefleetError, TemplateError
from officefleet.source import limits
from officefleet.source.scope import Scope

TEMPLAR = make_templar()
GROWING = [
    "{{ 'x' * 10**9 }}",
    "{{ 10**9 * 'x' }}",
    "{{ [1] * 10**9 }}",
    "{{ 2 ** 10000000 }}",
    "{{ 'x'.center(10**9) }}",
    "{{ 'x'.zfill(1000000000) }}",
    "{{ 'x' | center(1000000000) }}",
    "{{ 'a\nb' | indent(1000000000) }}",
    "{{ '%1000000000d' % 1 }}",
    "{{ '%*d' % (1000000000, 1) }}",
    "{{ '{:>1000000000}'.format(1) }}",
    "{{ range(10**9) | list }}",
    "{% for i in range(10**12) %}{% endfor %}",
    "{% for i in range(10**6) %}{{ 'x' * 1000 }}{% endfor %}",
    "{% set n = namespace(x='ab') %}{% for i in range(60) %}{% set n.x = n.x ~ n.x %}{% endfor %}{{ n.x }}",
    "{% set n = namespace(x='ab') %}{% for i in range(60) %}{% set n.x = n.x + n.x %}{% endfor %}{{ n.x }}",
    "{% set n = namespace(x=[1]) %}{% for i in range(60) %}{% set n.x = n.x + n.x %}{% endfor %}{{ n.x }}",
    "{{ ('a' * 10**6).replace('a', 'b' * 10**6) }}",
    "{{ lipsum(n=10**9) }}",
    "{{ range(0, 1000) | product(range(0, 1000), range(0, 1000)) | list }}",
]


@pytest.mark.parametrize("text", GROWING)
def test_nothing_grows_without_bound(text: str) -> None:
    begun = time.monotonic()
    with pytest.raises(TemplateError):
        TEMPLAR.render(text, {})
    assert time.monotonic() - begun < 20


@pytest.mark.parametrize(
    "text",
    [
        "{% for i in range(10**6) %}{% for j in range(10**6) %}{% endfor %}{% endfor %}",
        "{% macro m(n) %}{% if n %}{{ m(n - 1) }}{{ m(n - 1) }}{% endif %}{% endmacro %}{{ m(60) }}",
    ],
)
def test_a_loop_without_end_is_out_of_time(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "SECONDS", 0.2)
    with pytest.raises(TemplateError, match="seconds"):
        TEMPLAR.render(text, {})


def test_an_error_in_a_file_says_the_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "SECONDS", 0.2)
    text = "one\ntwo\n{% for i in range(1000000) %}{% for j in range(1000000) %}{% endfor %}{% endfor %}\n"
    with pytest.raises(TemplateError) as caught:
        TEMPLAR.render_file(text, "some.conf.j2", {})
    assert (caught.value.mark.file, caught.value.mark.line) == ("some.conf.j2", 3)  # type: ignore[union-attr]


def test_what_is_large_but_useful_still_works() -> None:
    assert TEMPLAR.render("{{ 'x' * 1000000 }}", {}) == "x" * 1000000
    assert TEMPLAR.render("{{ range(100000) | list | length }}", {}) == 100000
    assert TEMPLAR.render("{{ 2 ** 64 }} {{ 7 % 3 }} {{ '%05d' % 7 }} {{ 'a' ~ 1 ~ none }}", {}) == (
        "18446744073709551616 1 00007 a1None"
    )
    assert len(TEMPLAR.render("{% for i in range(50000) %}line {{ i }}\n{% endfor %}", {})) > 500000


JINJA = st.lists(
    st.sampled_from(
        ["{{", "}}", "{%", "%}", "{#", "#}", " ", "x", "y", ".a", "[0]", "'t'", "1", "|", "default", "(", ")", "'",
         '"', "for", "in", "if", "endfor", "endif", "set", "=", "~", "*", "+", "-", "is", "defined", "not", ",", "\\",
         "raw", "endraw", "macro", "omit", "lookup", "range", "[", "]", "{", "}", ":", "combine", "\n", "é", "\0"]
    ),
    max_size=25,
).map("".join)  # fmt: skip


@given(JINJA)
@settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_any_text_has_a_result_or_an_error_of_ours(text: str) -> None:
    scope = Scope([({"x": 3, "y": {"a": [1, "b"]}}, True)], TEMPLAR)
    for render in (TEMPLAR.render, TEMPLAR.evaluate):
        with contextlib.suppress(OfficefleetError):
            render(text, scope)


@given(st.text(alphabet=string.printable, max_size=40))
@settings(max_examples=300, deadline=None)
def test_any_condition_has_a_result_or_an_error_of_ours(text: str) -> None:
    with contextlib.suppress(OfficefleetError):
        assert isinstance(TEMPLAR.evaluate(text, {"x": True}), bool)


HOSTILE = st.sampled_from(
    [
        "{{ lookup('pipe', 'touch /tmp/owned') }}",
        "{{ 7 * 7 }}",
        "{% for i in [1] %}x{% endfor %}",
        "{{ nope }}",
        "{{",
        "{#",
    ]
)
DATA = st.recursive(
    HOSTILE | st.text(max_size=10) | st.integers() | st.none(),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(HOSTILE | st.text(max_size=5), inner, max_size=3)
    ),
    max_leaves=8,
)


@given(DATA)
@settings(max_examples=300, deadline=None)
def test_what_a_host_sent_is_never_evaluated(value: Any) -> None:
    layers: list[tuple[dict[str, Any], bool]] = [
        ({"through": "{{ result }}", "deep": {"a": ["{{ through }}"]}, "joined": "<{{ result }}>"}, True),
        ({"result": value}, False),
    ]
    scope = Scope(layers, TEMPLAR)
    assert TEMPLAR.render("{{ result }}", scope) == value
    assert scope["through"] == value
    assert scope["deep"] == {"a": [value]}
    assert scope["joined"] == f"<{'' if value is None else value}>"
    assert TEMPLAR.render("{{ [result] | first }}", scope) == value
    again = Scope([*layers, ({"kept": scope["through"]}, False)], TEMPLAR)
    assert TEMPLAR.render("{{ kept }}", again) == value
