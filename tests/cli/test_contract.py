"""``officefleet contract``: calls are written down, then summed up."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

    from tests.cli.conftest import Cli

FLEET = """
name: Test
groupements: [{id: g, name: G}]
"""
PHARMACY = """
id: officine_0421
name: Pharmacie du Marché
groupement: g
address: {street: 4 place du Marché, postcode: "35500", city: Vitré}
region: Bretagne
opening_hours: "Mo-Sa 09:00-19:00"
contracts:
  - {vendor: equasens, covers: [LGO], euros_a_year: "3650", responds_within: 4, since: 2020-01-01}
machines:
  - {name: o0421-comptoir-1, kind: comptoir, os: {family: debian, version: "12"}, address: 10.42.21.10}
"""
YEAR = ("--since", "2026-01-01", "--until", "2026-01-10")


@pytest.fixture(autouse=True)
def fleet(cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OFFICEFLEET_CONTINUITY", str(tmp_path / "continuity.sqlite"))
    cli.write("inventory/fleet.yml", FLEET)
    cli.write("inventory/officines/officine_0421/pharmacy.yml", PHARMACY)


def test_calls_are_summed_up(cli: Cli) -> None:
    said = cli("incident", "add", "Lecteur muet", "--host", "o0421-comptoir-1")
    incident = said.out.split()[-1]
    wrote = cli(
        "contract", "record", "equasens", "--incident", incident, "--called", "2026-01-05T09:00",
        "--responded", "2026-01-05T14:00", "--repaired", "2026-01-06T09:00", "--euros", "180,50", "--minutes", "45",
    )  # fmt: skip
    assert (wrote.code, wrote.out) == (0, "Call c20260105-0800-0421-equasens\n")

    data = json.loads(cli("contract", "report", *YEAR, "--json").out)
    [vendor] = data["vendors"]
    assert (vendor["calls"], vendor["billed_cents"], vendor["contract_cents"]) == (1, 18050, 10000)
    assert vendor["response"] == {"hours": 4.0, "kept": 0, "broken": 1, "median_hours": 5.0}
    text = cli("contract", "report", *YEAR).out
    assert "paid      €280.50 (contract €100.00, billed apart €180.50)" in text
    assert "answered  5.0 h (median), promised 4 h: kept 0, broken 1" in text


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["record", "Equasens SA", "--called", "2026-01-05", "--pharmacy", "officine_0421"], "did you mean equasens_sa"),
        (["record", "equasens", "--called", "hier", "--pharmacy", "officine_0421"], "'hier' is not a time"),
        (["record", "equasens", "--called", "2026-01-05"], "no incident and no pharmacy"),
        (["record", "equasens", "--called", "2026-01-05", "--pharmacy", "officine_0421", "--euros", "dix"], "not an amount"),
        (["record", "equasens", "--called", "2026-01-05", "--incident", "i0"], "no incident 'i0'"),
        (["record", "equasens", "--called", "2026-01-05", "--pharmacy", "officine_0421", "--minutes", "-5"], "below 0"),
        (["report", "--since", "2026-02-01", "--until", "2026-01-01"], "after --until"),
        (["report", "nowhere"], "nowhere"),
    ],
)  # fmt: skip
def test_what_makes_no_sense_is_refused(cli: Cli, arguments: list[str], said: str) -> None:
    found = cli("contract", *arguments)

    assert found.code not in (0, 250)
    assert said in found.err
    assert json.loads(cli("contract", "report", *YEAR, "--json").out)["vendors"][0]["calls"] == 0


@pytest.mark.parametrize("lang", ["C.UTF-8", "POSIX", "de_DE.UTF-8", "fr_FR.UTF-8"])
def test_the_report_is_written_under_any_locale(cli: Cli, monkeypatch: pytest.MonkeyPatch, lang: str) -> None:
    monkeypatch.delenv("OFFICEFLEET_LANG")
    monkeypatch.setenv("LC_ALL", lang)
    found = cli("contract", "report", *YEAR)
    assert found.code == 0, found.err
    assert ("100,00" if lang.startswith("fr") else "€100.00") in found.out


def test_without_dates_it_is_one_year(cli: Cli) -> None:
    data = json.loads(cli("contract", "report", "--until", "2025-12-31", "--json").out)
    assert data["since"] == "2025-01-01"
    assert data["vendors"][0]["contract_cents"] == 365000
    for last, first in (
        ("2024-02-28", "2023-03-01"),
        ("2024-02-29", "2023-03-01"),
        ("2024-03-01", "2023-03-02"),
    ):
        data = json.loads(cli("contract", "report", "--until", last, "--json").out)
        assert data["since"] == first
