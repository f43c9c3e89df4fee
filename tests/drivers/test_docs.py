from __future__ import annotations

from pathlib import Path

from officefleet.drivers.catalog import load_catalog
from officefleet.drivers.rule_table import BEGIN, END, cases_of, markdown, replace_table, rows

ROOT = Path(__file__).parents[2]
CATALOG = load_catalog(ROOT / "inventory" / "catalog")


def test_the_table_in_the_docs_is_up_to_date():
    document = (ROOT / "docs" / "drivers.md").read_text(encoding="utf-8")
    assert BEGIN in document
    assert replace_table(document, markdown(CATALOG)) == document, "officefleet drivers rules --markdown"


def test_every_rule_has_a_row_with_its_source_and_a_test_that_exists():
    found = rows(CATALOG, "fr")
    assert {row["rule"] for row in found} == set(CATALOG.rules)
    for row in found:
        assert row["source"]
        assert (ROOT / row["test"]).is_file()
    dated = [row["event"] for row in found if row["event"]]
    assert dated == sorted(dated)
    assert cases_of(CATALOG.rules["mode-differs"]) == "tests/drivers/rules/mode-differs.yml"


def test_every_dated_failure_is_a_rule():
    """The failures that the project set out to know, by the update or the day that brought them."""
    updates = {
        kb for rule in CATALOG.rules.values() if rule.when.update for kb in rule.when.update.introduced
    }
    assert {
        "KB5000802",
        "KB5005652",
        "KB5050081",
        "KB5050092",
        "KB5063875",
        "KB5063709",
        "KB5066835",
    } <= updates
    fixed = {kb for rule in CATALOG.rules.values() if rule.when.update for kb in rule.when.update.fixed}
    assert {"KB5048667", "KB5070773"} <= fixed
    days = {rule.when.date.start.isoformat() for rule in CATALOG.rules.values() if rule.when.date}
    assert {"2025-07-01", "2026-07-01"} <= days
    assert {"win11-22h2-ipp-class-hold", "win11-24h2-usb-escl-hold", "pl2303-code-10"} <= set(CATALOG.rules)


def test_a_document_without_markers_stays():
    assert replace_table("text", "table") == "text"
    assert replace_table(f"a{BEGIN}old{END}b", "new") == "anewb"
