"""Writes a made-up fleet of any size, the same for the same seed: for benchmarks and trials.

What pharmacies hold follows the trade: two to five counters with their peripherals, a spare, a back
office, often a server, a NAS and a gateway; one pharmacy in ten belongs to no groupement.
"""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

from officefleet.inventory.generate_parts import (
    CITIES,
    DRIVERS,
    FLEET,
    FOUNDERS,
    GROUPEMENTS,
    HOURS,
    LGOS,
    OWNERS,
    STREETS,
    WINDOWS,
)

if TYPE_CHECKING:
    from pathlib import Path

_SIZES = (6, 7, 8, 9, 10)  # machines of a pharmacy: eight in the mean


def generate(folder: Path, pharmacies: int, *, seed: int = 421) -> int:
    """Write a fleet into a folder and return the number of machines.

    Args:
        folder: made when it does not exist; must not hold a fleet.
        pharmacies: 1 to 99,999.
        seed: the same seed gives the same files.

    Raises:
        FileExistsError: the folder already holds officines.

    """
    chance = random.Random(seed)  # noqa: S311  nothing secret: the files must be the same again
    (folder / "officines").mkdir(parents=True)
    (folder / "fleet.yml").write_text(FLEET, encoding="utf-8")
    catalogue = folder / "catalog" / "drivers"
    catalogue.mkdir(parents=True)
    for name, text in DRIVERS.items():
        (catalogue / f"{name}.yml").write_text(text, encoding="utf-8")
    machines = 0
    for number in range(1, pharmacies + 1):
        count = _SIZES[number % len(_SIZES)]
        home = folder / "officines" / f"officine_{number:05d}"
        home.mkdir()
        (home / "pharmacy.yml").write_bytes(_pharmacy(number, count, chance).encode())
        machines += count
    return machines


def _pharmacy(number: int, count: int, chance: random.Random) -> str:
    street, founder, owner = chance.choice(STREETS), chance.choice(FOUNDERS), chance.choice(OWNERS)
    city, postcode, region = chance.choice(CITIES)
    lgo, lgo_version = chance.choice(LGOS)
    groupement = chance.choice(GROUPEMENTS)
    lines = [
        f"id: officine_{number:05d}",
        f"name: Pharmacie {founder}",
        "backup_policy: trois-deux-un" if groupement is None else f"groupement: {groupement}",
        "address:",
        f"  street: {chance.randrange(1, 190)} {street}",
        f'  postcode: "{postcode}"',
        f"  city: {city}",
        f"region: {region}",
        f'opening_hours: "{chance.choice(HOURS)}"',
        f"intervenes: {owner}",
        f'lgo: {{name: {lgo}, version: "{lgo_version}"}}',
        "machines:",
    ]
    counters = max(2, count - 5) if count > 6 else 2  # noqa: PLR2004  the smallest has two counters
    kinds = ["comptoir"] * counters + ["secours", "back_office", "nas", "passerelle", "serveur"]
    kinds = (kinds + ["back_office"] * count)[:count]
    version, build = chance.choice(WINDOWS)
    seen: dict[str, int] = {}
    for place, kind in enumerate(kinds):
        seen[kind] = seen.get(kind, 0) + 1
        lines += _machine(number, kind, seen[kind], place, version, build, chance)
    return "\n".join(lines) + "\n"


def _machine(
    number: int, kind: str, rank: int, place: int, version: str, build: int, chance: random.Random
) -> list[str]:
    windows = kind not in ("nas", "passerelle")
    mac = (0x02 << 40 | number << 16 | place << 8 | chance.randrange(256)).to_bytes(6, "big").hex(":")
    lines = [
        f"  - name: o{number:05d}-{kind.replace('_', '-')}-{rank}",
        f"    kind: {kind}",
        f'    os: {{family: windows, version: "{version}", build: {build}}}'
        if windows
        else '    os: {family: debian, version: "12"}',
        f"    address: {_address(number, 10 + place)}",
        f'    mac: "{mac}"',
    ]
    if windows:
        lines += [f"    image: poste-{build}", f"    config_version: {chance.randrange(2024, 2027)}.{rank}.0"]
    if kind == "secours":
        lines.append("    ports: {usb: 8, serial: 1}")
    if kind == "comptoir":
        lines += ["    peripherals:", *_peripherals(number, place, chance)]
    return lines


def _peripherals(number: int, place: int, chance: random.Random) -> list[str]:
    serial = f"{number:05d}{place}{chance.randrange(1000):03d}"
    galss = chance.random() < 0.3  # noqa: PLR2004  the share that has not moved to PC/SC yet
    reader = (
        f"com: {chance.randrange(3, 9)}, port: usb-1, mode: galss, driver: ms-usbser"
        if galss
        else "mode: pcsc, driver: ms-usbccid"
    )
    return [
        '      - {name: vitale, kind: vitale_reader, usb: "0f14:0038",',
        f"         {reader}, serial_number: V{serial}}}",
        '      - {name: douchette, kind: scanner, usb: "05f9:220c", mode: keyboard, driver: ms-hid-keyboard,',
        f"         product: Datalogic Gryphon GD4430, serial_number: G{serial}}}",
        "      - name: tickets",
        "        kind: receipt_printer",
        "        product: TM-T88V",
        '        usb: "04b8:0202"',
        f"        port: usb-{chance.randrange(1, 9)}",
        "        mode: usbprint",
        "        driver: ms-usbprint",
    ]


def _address(number: int, last: int) -> str:
    """Return an address of the pharmacy's own /24, in 10.0.0.0/8 and then in 172.16.0.0/12."""
    block, low = divmod(number, 256)
    return f"10.{block}.{low}.{last}" if block < 256 else f"172.{block - 240}.{low}.{last}"  # noqa: PLR2004  a byte
