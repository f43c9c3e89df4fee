"""The rules as a table: each with what it says, its source and its test. ``docs/drivers.md`` holds it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from officefleet.drivers.catalog import Catalog, Rule

BEGIN = "<!-- rules: written by `officefleet drivers rules --markdown` -->"
END = "<!-- end of rules -->"


def cases_of(rule: Rule) -> str:
    """Return where the cases of a rule are, from the root of the repository."""
    return f"tests/drivers/rules/{rule.id}.yml"


def rows(catalog: Catalog, language: str) -> list[dict[str, Any]]:
    """Return one row a rule: dated events first, by date, then the others by name."""
    ordered = sorted(
        catalog.rules.values(),
        key=lambda rule: (rule.event is None, rule.event.isoformat() if rule.event else "", rule.id),
    )
    return [
        {
            "rule": rule.id,
            "event": rule.event.isoformat() if rule.event else None,
            "verdict": rule.verdict.value,
            "title": rule.title.in_language(language),
            "source": rule.source.title,
            "url": rule.source.url,
            "verified": rule.source.verified,
            "test": cases_of(rule),
        }
        for rule in ordered
    ]


def markdown(catalog: Catalog) -> str:
    """Return the table in English, between its markers."""
    lines = [BEGIN, "", "| rule | event | verdict | says | source | test |", "|---|---|---|---|---|---|"]
    for row in rows(catalog, "en"):
        source = f"[{_cell(row['source'])}]({row['url']})" if row["url"] else _cell(row["source"])
        if not row["verified"]:
            source += " (to be verified)"
        lines.append(
            f"| `{row['rule']}` | {row['event'] or ''} | {row['verdict']} | {_cell(row['title'])} "
            f"| {source} | [cases](../{row['test']}) |"
        )
    return "\n".join([*lines, "", END])


def replace_table(document: str, table: str) -> str:
    """Return a document with the table between its markers replaced; the document itself without markers."""
    start, end = document.find(BEGIN), document.find(END)
    if start < 0 or end < start:
        return document
    return document[:start] + table + document[end + len(END) :]


def _cell(text: str) -> str:
    return text.replace("|", "\\|")
