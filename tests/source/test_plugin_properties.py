"""What must hold for any input of the pure filters and tests."""

from __future__ import annotations

import contextlib
import functools
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from officefleet.errors import TemplateError
from officefleet.source import plugins
from officefleet.source.plugins.filters import documents, encoding, mappings, numbers, sets, text
from officefleet.source.plugins.tests.version import version
from officefleet.source.scope import Scope
from officefleet.source.template import Templar

HASHABLE = st.one_of(st.integers(-5, 5), st.text("ab", max_size=2))
ITEMS = st.lists(st.one_of(HASHABLE, st.lists(st.integers(0, 2), max_size=1)), max_size=8)
PLAIN = st.text(st.characters(exclude_categories=["Cs", "Cc"]))
VALUES = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(-9, 9), PLAIN),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(PLAIN, inner, max_size=3)),
    max_leaves=8,
)
MAPS = st.dictionaries(st.sampled_from("abc"), VALUES, max_size=3)


@functools.cache
def templar() -> Templar:
    return Templar(plugins.filters(), plugins.tests(), plugins.functions())


@given(ITEMS, ITEMS)
def test_sets_keep_the_first_lists_order(first: list[Any], second: list[Any]) -> None:
    both, either = sets.intersect(first, second), sets.union(first, second)
    assert both == [item for item in either if item in first and item in second]
    assert sets.difference(first, second) + both != [] or not first
    assert len(sets.symmetric_difference(first, second)) == len(either) - len(both)
    assert all(either.count(item) == 1 for item in either)


@given(MAPS, MAPS, st.sampled_from(["replace", "keep", "append", "prepend_rp"]), st.booleans())
def test_combine_changes_neither_side(low: Any, high: Any, how: str, recursive: Any) -> None:
    before = documents.to_json([low, high])
    merged = mappings.combine(low, high, recursive=recursive, list_merge=how)
    assert documents.to_json([low, high]) == before
    assert set(merged) == set(low) | set(high)
    assert mappings.combine(merged, {}, recursive=recursive, list_merge=how) == merged


@given(MAPS)
def test_items_and_dictionaries_are_two_forms_of_one(value: Any) -> None:
    assert mappings.items2dict(mappings.dict2items(value, "k", "v"), "k", "v") == value


@given(VALUES)
def test_documents_read_back(value: Any) -> None:
    assert documents.from_json(documents.to_json(value)) == value
    assert documents.from_json(documents.to_nice_json(value)) == value
    assert documents.from_yaml(documents.to_yaml(value)) == value
    assert documents.from_yaml(documents.to_nice_yaml(value)) == value


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_base64_reads_back(value: str) -> None:
    assert encoding.b64decode(encoding.b64encode(value)) == value


@given(st.integers(0, 2**79))
def test_a_readable_size_reads_back_within_its_two_decimals(size: int) -> None:
    back = numbers.human_to_bytes(numbers.human_readable(size).replace("ytes", ""))
    assert abs(back - size) <= size * 0.005 + 1


@given(PLAIN)
def test_a_comment_comments_every_line(value: str) -> None:
    assert all(line.startswith("#") for line in text.comment(value).split("\n"))


VERSIONS = st.from_regex(r"(0|[1-9])\.(0|[1-9])\.(0|[1-9])(-(a|b|[1-9]))?", fullmatch=True)


@given(VERSIONS, VERSIONS, VERSIONS)
def test_semantic_versions_are_in_one_order(one: str, two: str, three: str) -> None:
    below = functools.partial(version, operator="lt", version_type="semver")
    assert below(one, two) + below(two, one) + version(one, two, "eq", version_type="semver") == 1
    assert not (below(one, two) and below(two, three)) or below(one, three)


@given(PLAIN.filter(lambda value: "'" not in value and "{" not in value and "}" not in value))
def test_a_text_in_an_expression_means_itself(value: str) -> None:
    value = value.rstrip("\\")
    assert templar().render("{{ '" + value + "' }}", Scope([], templar())) == value


@given(st.sampled_from(sorted(plugins.filters())), VALUES)
def test_any_value_gives_a_result_or_an_error_of_ours(name: str, value: Any) -> None:
    engine = templar()
    if name.rsplit(".", 1)[-1] == "password_hash":  # slow by design
        return
    with contextlib.suppress(TemplateError):
        engine.render("{{ value | " + name + " }}", Scope([({"value": value}, False)], engine))


@given(st.sampled_from(sorted(plugins.tests())), VALUES)
def test_any_test_gives_true_or_false_or_an_error(name: str, value: Any) -> None:
    engine = templar()
    with contextlib.suppress(TemplateError):
        found = engine.render("{{ value is " + name + " }}", Scope([({"value": value}, False)], engine))
        assert isinstance(found, bool)
