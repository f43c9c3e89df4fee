"""Opening hours in OpenStreetMap syntax, and the rota of garde."""

import functools
from enum import StrEnum
from typing import Annotated, Self

import opening_hours
from pydantic import AfterValidator, AwareDatetime, model_validator

from officefleet.models.base import Model


@functools.lru_cache(maxsize=4096)
def _is_valid(text: str) -> bool:
    return bool(opening_hours.validate(text))


def _check_hours(text: str) -> str:
    if not _is_valid(text):
        raise ValueError(
            'not opening hours in OpenStreetMap syntax, e.g. "Mo-Fr 08:30-19:30; Sa 09:00-12:30"'
        )
    return text


OpeningHours = Annotated[str, AfterValidator(_check_hours)]
"""Opening hours as https://wiki.openstreetmap.org/wiki/Key:opening_hours writes them."""


class GardeKind(StrEnum):
    """Garde covers days outside the usual ones, urgence the hours outside the usual ones."""

    GARDE = "garde"
    URGENCE = "urgence"


class GardeShift(Model):
    """One turn of duty, with its time zone; the pharmacy may not be disturbed in it."""

    start: AwareDatetime
    end: AwareDatetime
    kind: GardeKind = GardeKind.GARDE

    @model_validator(mode="after")
    def _ends_after_it_starts(self) -> Self:
        if self.end <= self.start:
            raise ValueError("the shift ends before it starts")
        return self
