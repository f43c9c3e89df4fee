"""Judges a made-up fleet of 160,000 machines x 12 peripherals by 400 rules; parses generated INF files.

    python bench/drivers.py [--machines N] [--rules N] [--inf FOLDER] [--json]

``table_s`` reduces the fleet's models to classes, ``check_all_s`` does that and judges every machine,
``fleet_query_s`` answers "what would KB5066835 break?" on the table, ``cold_query_s`` from the models.
"""

from __future__ import annotations

import argparse
import datetime as dt
import json
import random
import resource
import sys
import time
from dataclasses import replace
from pathlib import Path

from officefleet.drivers.catalog import Catalog, Rule, load_catalog
from officefleet.drivers.inf import parse_inf, parse_inf_bytes
from officefleet.drivers.verdicts.fleet import FleetJudge
from officefleet.drivers.verdicts.index import RuleIndex
from officefleet.drivers.verdicts.table import FleetTable
from officefleet.drivers.verdicts.update import judge_update, parse_target
from officefleet.errors import InfError
from officefleet.models import (
    Architecture,
    Lgo,
    Machine,
    MachineKind,
    Middleware,
    OperatingSystem,
    OsFamily,
    Peripheral,
    Pharmacy,
)

ROOT = Path(__file__).parents[1]
DAY = dt.date(2026, 11, 24)
BUILDS = {19045: "10 22H2", 22631: "11 23H2", 26100: "11 24H2", 26200: "11 25H2"}


def rules(catalog: Catalog, count: int, chance: random.Random) -> Catalog:
    """Return the shipped rules and made-up ones up to `count`, of the same kinds of condition."""
    found = dict(catalog.rules)
    text = {"fr": "fait pour la mesure", "en": "made for the measurement"}
    products = [one for one in catalog.products.values() if any(mode.usb for mode in one.modes)]
    updates = sorted(catalog.updates)
    while len(found) < count:
        product = chance.choice(products)
        mode = chance.choice([one for one in product.modes if one.usb])
        when = {
            "os": {"family": ["windows"], "build": {"min": chance.choice(list(BUILDS))}},
            "peripheral": {"kind": [chance.choice(product.kinds)], "usb": list(mode.usb)},
        }
        if chance.random() < 0.5:
            when["update"] = {"introduced": [chance.choice(updates)]}
        if chance.random() < 0.3:
            when["middleware"] = {"cryptolib_cps": {"before": f"5.{chance.randrange(5)}"}}
        if chance.random() < 0.3:
            when["driver"] = {"version": {"min": f"{chance.randrange(12)}.0"}}
        name = f"made-up-{len(found)}"
        found[name] = Rule.model_validate(
            {
                "id": name,
                "title": text,
                "reason": text,
                "cure": text,
                "verdict": chance.choice(["warn", "block"]),
                "when": when,
                "source": {"title": "bench", "date": "2026-01-01"},
            }
        )
    return replace(catalog, rules=found)


def pool(catalog: Catalog, chance: random.Random) -> list[Peripheral]:
    """Return distinct peripherals: every product in every mode, on many ports and COM numbers."""
    drivers = [None, *catalog.drivers]
    return [
        Peripheral.model_construct(
            name=f"p{number}",
            kind=chance.choice(product.kinds),
            product=product.product if number % 5 else None,
            usb=chance.choice(mode.usb) if mode.usb else None,
            address=None,
            port=f"1-{number % 14 + 1}",
            mode=mode.mode,
            com=number + 1,
            driver=chance.choice(drivers),
            serial_number=f"{chance.randrange(10**9)}",
        )
        for product in catalog.products.values()
        for mode in product.modes
        for number in range(120)
    ]


def fleet(catalog: Catalog, machines: int, chance: random.Random) -> list[Pharmacy]:
    """Return pharmacies of 8 machines with 12 peripherals each."""
    peripherals = pool(catalog, chance)
    lgos = [Lgo.model_construct(name=one.product, version="1") for one in catalog.lgo.values()]
    found = []
    for number in range(machines // 8):
        members = tuple(
            Machine.model_construct(
                name=f"o{number:05d}-comptoir-{index}",
                kind=MachineKind.COUNTER,
                os=OperatingSystem.model_construct(
                    family=OsFamily.WINDOWS,
                    version="",
                    build=chance.choice(list(BUILDS)),
                    revision=chance.choice([None, *range(1000, 7200, 200)]),
                    arch=Architecture.X64,
                    hvci=chance.choice([None, True, False]),
                ),
                middleware=Middleware.model_construct(
                    galss=chance.choice([None, "3.43.01"]),
                    pcsc=chance.choice([None, "5.0.4"]),
                    cryptolib_cps=chance.choice([None, "5.1.9", "5.2.3", "5.2.5"]),
                    fsv=f"1.40.{chance.randrange(20)}",
                ),
                peripherals=tuple(chance.sample(peripherals, 12)),
            )
            for index in range(8)
        )
        found.append(
            Pharmacy.model_construct(id=f"officine_{number:05d}", machines=members, lgo=chance.choice(lgos))
        )
    return found


def made_up_infs(count: int) -> list[bytes]:
    """Return INF files of the size of a vendor's: 200 models in three decorations."""
    found = []
    for number in range(count):
        lines = [
            "[Version]",
            'Signature = "$Windows NT$"',
            "Class = Ports",
            "ClassGuid = {4d36e978-e325-11ce-bfc1-08002be10318}",
            "Provider = %Maker%",
            f"DriverVer = 03/12/2024,1.2.{number}.0",
            "CatalogFile = test.cat",
            "[Manufacturer]",
            "%Maker% = Models, NTx86, NTamd64, NTarm64.10.0...16299",
        ]
        for decoration in ("NTx86", "NTamd64", "NTarm64.10.0...16299"):
            lines.append(f"[Models.{decoration}]")
            lines += [
                f'%Device{one}% = Install, USB\\VID_{number:04X}&PID_{one:04X} ; "{one}"'
                for one in range(200)
            ]
        lines += [
            "[Strings]",
            'Maker = "Test ""Maker"""',
            *(f'Device{one} = "Device {one}"' for one in range(200)),
        ]
        found.append(
            "\r\n".join(lines).encode("utf-16") if number % 2 else "\r\n".join(lines).encode("cp1252")
        )
    return found


def parse_all(folder: Path | None) -> tuple[int, int, float]:
    """Return how many INF files were parsed, how many refused, and the seconds it took."""
    start = time.perf_counter()
    parsed = refused = 0
    for data in made_up_infs(50):
        parsed += bool(parse_inf_bytes(data, "made-up.inf").models)
    for path in sorted(folder.rglob("*.inf")) if folder else ():
        try:
            parse_inf(path)
            parsed += 1
        except InfError as error:
            refused += 1
            print(error, file=sys.stderr)
    return parsed, refused, time.perf_counter() - start


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--machines", type=int, default=160_000)
    parser.add_argument("--rules", type=int, default=400)
    parser.add_argument("--inf", type=Path)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    chance = random.Random(421)  # noqa: S311  figures must repeat
    catalog = rules(load_catalog(ROOT / "inventory" / "catalog"), options.rules, chance)
    pharmacies = fleet(catalog, options.machines, chance)
    before_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024

    start = time.perf_counter()
    table = FleetTable()
    table.add_pharmacies(pharmacies)
    table_s = time.perf_counter() - start
    summary = FleetJudge(RuleIndex(catalog, DAY), table).summary()
    check_all_s = time.perf_counter() - start

    start = time.perf_counter()
    judge = FleetJudge(RuleIndex(catalog, DAY), table)  # nothing remembered: as a new process would ask
    impact = judge_update(judge, parse_target("KB5066835", catalog))
    fleet_query_s = time.perf_counter() - start
    parsed, refused, inf_s = parse_all(options.inf)
    figures = {
        "machines": summary.machines,
        "peripherals": summary.peripherals,
        "rules": len(catalog.rules),
        "classes": len(table.classes),
        "table_s": round(table_s, 3),
        "check_all_s": round(check_all_s, 3),
        "fleet_query_s": round(fleet_query_s, 3),
        "cold_query_s": round(table_s + fleet_query_s, 3),
        "peak_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024),
        "models_mb": round(before_mb),
        "hosts_made_worse": len(impact.hosts),
        "inf_files_parsed": parsed,
        "inf_files_refused": refused,
        "inf_s": round(inf_s, 3),
    }
    if options.json:
        print(json.dumps(figures))
        return
    for name, value in figures.items():
        print(f"{name:<20}{value:>12,}")


if __name__ == "__main__":
    main()
