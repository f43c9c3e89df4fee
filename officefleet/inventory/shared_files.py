"""Reads what pharmacies share: ``fleet.yml`` and the driver catalogue."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from pydantic import BaseModel, ValidationError

from officefleet.errors import Mark, ModelError
from officefleet.i18n import _
from officefleet.inventory.invalid import model_errors, refuse
from officefleet.models import Driver, FleetSettings
from officefleet.source.yaml import load

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

_M = TypeVar("_M", bound=BaseModel)


def read_model(file: Path, model: type[_M]) -> _M:
    """Return the model that a YAML file holds.

    Raises:
        SourceError: unreadable or not YAML.
        ModelError: one fault, with its place.
        ProblemsError: several.

    """
    data = load(file)
    if data is None:
        raise ModelError(_("the file is empty"), mark=Mark(str(file), 1, 1))
    try:
        return model.model_validate(data)
    except ValidationError as error:
        raise refuse(model_errors(error, data, str(file), model)) from None


def read_settings(fleets: Sequence[Path]) -> FleetSettings:
    """Return the settings of all fleet folders together; names must differ between them.

    Raises:
        ModelError: two files define the same name.

    """
    found = [
        read_model(root / "fleet.yml", FleetSettings) for root in fleets if (root / "fleet.yml").is_file()
    ]
    if not found:
        return FleetSettings(name="-")
    if len(found) == 1:
        return found[0]
    try:
        return FleetSettings.model_validate(
            {
                "name": " + ".join(one.name for one in found),
                "groupements": [g for one in found for g in one.groupements],
                "backup_policies": [p for one in found for p in one.backup_policies],
                "images": [i for one in found for i in one.images],
            }
        )
    except ValidationError as error:
        file = str(fleets[-1] / "fleet.yml")
        raise refuse(model_errors(error, None, file, FleetSettings)) from None


def read_drivers(fleets: Sequence[Path]) -> dict[str, Driver]:
    """Return the driver catalogue by name, from ``catalog/drivers/*.yml``.

    Raises:
        ModelError: two files hold the same name.

    """
    drivers: dict[str, Driver] = {}
    for root in fleets:
        for file in sorted((root / "catalog" / "drivers").glob("*.yml")):
            driver = read_model(file, Driver)
            if driver.name in drivers:
                raise ModelError(
                    _("the driver {name!r} is in the catalogue twice").format(name=driver.name),
                    mark=Mark(str(file), 1, 1),
                    hint=_("give each version its own name"),
                )
            drivers[driver.name] = driver
    return drivers
