from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import yaml

if TYPE_CHECKING:
    from pathlib import Path

FLEET: dict[str, Any] = {
    "name": "Test",
    "groupements": [{"id": "horizon-sante", "name": "Horizon", "backup_policy": "sound"}],
    "backup_policies": [
        {
            "name": "sound",
            "restore_test_days": 90,
            "copies": [
                {"media": "internal_disk", "live": True},
                {"media": "nas"},
                {"media": "external_disk", "offsite": True, "offline": True, "encrypted": True},
            ],
        }
    ],
    "images": [{"name": "poste", "version": "1", "os": {"family": "debian", "version": "12"}}],
}


class FleetFolder:
    """Writes a small fleet to disk; a test changes what it is about."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.write("fleet.yml", yaml.safe_dump(FLEET, allow_unicode=True))

    def write(self, name: str, text: str) -> Path:
        file = self.root / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
        return file

    def pharmacy(self, number: int, **changes: Any) -> Path:
        """Write a pharmacy with two counters, a spare and a NAS; return its file."""
        text = yaml.safe_dump(document(number) | changes, allow_unicode=True, sort_keys=False)
        return self.write(f"officines/officine_{number:04d}/pharmacy.yml", text)

    def file(self, number: int) -> Path:
        return self.root / "officines" / f"officine_{number:04d}" / "pharmacy.yml"


def document(number: int) -> dict[str, Any]:
    def machine(kind: str, rank: int, place: int) -> dict[str, Any]:
        return {
            "name": f"o{number:04d}-{kind}-{rank}",
            "kind": kind,
            "os": {"family": "debian", "version": "12"},
            "address": f"10.{number // 256}.{number % 256}.{place}",
        }

    return {
        "id": f"officine_{number:04d}",
        "name": f"Pharmacie {number}",
        "groupement": "horizon-sante",
        "address": {"street": "1 rue du Port", "postcode": "35500", "city": "Vitré"},
        "region": "Bretagne",
        "opening_hours": "Mo-Fr 08:30-19:30; PH off",
        "machines": [
            machine("comptoir", 1, 10),
            machine("comptoir", 2, 11),
            machine("secours", 1, 12),
            machine("nas", 1, 13),
        ],
    }


@pytest.fixture(autouse=True)
def _english(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OFFICEFLEET_LANG", "en")


@pytest.fixture
def fleet(tmp_path: Path) -> FleetFolder:
    folder = FleetFolder(tmp_path / "inventory")
    folder.pharmacy(421)
    folder.pharmacy(422, region="Grand Est")
    return folder


@pytest.fixture
def pharmacy_document() -> dict[str, Any]:
    return document(421)
