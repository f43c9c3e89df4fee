"""Each rule of the catalogue against its cases: tests/drivers/rules/RULE.yml."""

from __future__ import annotations

import dataclasses
import datetime as dt
from pathlib import Path

import pytest
import yaml

from officefleet.drivers.catalog import Product, Verdict, load_catalog
from officefleet.drivers.catalog.software import LgoEntry
from officefleet.drivers.verdicts.index import RuleIndex
from officefleet.drivers.verdicts.judge import judge_machine, judge_stand_in
from officefleet.models import Driver, Machine, Pharmacy

ROOT = Path(__file__).parents[2]
CATALOG = load_catalog(ROOT / "inventory" / "catalog")
CASES = Path(__file__).parent / "rules"
TODAY = dt.date(2026, 11, 24)


def _cases():
    for file in sorted(CASES.glob("*.yml")):
        document = yaml.safe_load(file.read_text(encoding="utf-8"))
        for case in document["cases"]:
            yield pytest.param(file.stem, document.get("with", {}), case, id=f"{file.stem}: {case['name']}")


def _catalog(extra):
    return dataclasses.replace(
        CATALOG,
        drivers={**CATALOG.drivers, **{one["name"]: Driver(**one) for one in extra.get("drivers", ())}},
        products={
            **CATALOG.products,
            **{one["name"]: Product(**one) for one in extra.get("peripherals", ())},
        },
        lgo={**CATALOG.lgo, **{one["name"]: LgoEntry(**one) for one in extra.get("lgo", ())}},
    )


def _machine(case, name="o0001-comptoir-1", kind="comptoir"):
    return Machine.model_validate({"name": name, "kind": kind, "address": "10.0.0.1", **case["machine"]})


def _pharmacy(machine, lgo):
    return Pharmacy.model_validate(
        {
            "id": "officine_0001",
            "name": "Test",
            "address": {"street": "1 rue", "postcode": "35000", "city": "Rennes"},
            "region": "Bretagne",
            "opening_hours": "Mo-Fr 09:00-19:00",
            "machines": [machine],
            "lgo": {"name": lgo} if lgo else None,
        }
    )


@pytest.mark.parametrize(("rule", "extra", "case"), list(_cases()))
def test_case(rule, extra, case):
    index = RuleIndex(_catalog(extra), case.get("day", TODAY))
    machine = _machine(case)
    pharmacy = _pharmacy(machine, case.get("lgo"))
    if case.get("moved"):
        spare = machine.model_copy(update={"name": "o0001-secours-1", "peripherals": ()})
        verdict = judge_stand_in(index, spare, machine, pharmacy)
    else:
        verdict = judge_machine(index, machine, pharmacy)
    every = [*verdict.findings, *(one for judged in verdict.peripherals for one in judged.findings)]
    found = [one for one in every if one.rule.id == rule]
    if case["expect"] == "absent":
        assert not found
        return
    assert found
    known = CATALOG.rules[rule].verdict
    if case["expect"] == "holds":
        assert all(not one.missing and one.verdict is known for one in found)
        assert verdict.verdict.severity >= known.severity
    else:
        assert all(one.verdict is Verdict.UNKNOWN and one.missing for one in found)
        assert verdict.verdict.severity >= Verdict.UNKNOWN.severity, "unknown is never ok"
        assert set(case.get("missing", ())) <= set(found[0].missing)


def test_every_rule_has_a_case_that_holds_and_one_that_does_not():
    for rule in CATALOG.rules:
        file = CASES / f"{rule}.yml"
        assert file.is_file(), f"{rule} has no cases"
        expected = {case["expect"] for case in yaml.safe_load(file.read_text(encoding="utf-8"))["cases"]}
        assert {"holds", "absent"} <= expected, rule


def test_no_cases_without_a_rule():
    assert {file.stem for file in CASES.glob("*.yml")} <= set(CATALOG.rules)


def test_every_rule_speaks_both_languages_and_differs_in_them():
    for rule in CATALOG.rules.values():
        for text in (rule.title, rule.reason, rule.cure):
            assert text.fr != text.en, rule.id
            assert text.in_language("fr") == text.fr
            assert text.in_language("de") == text.en
