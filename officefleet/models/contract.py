"""A maintenance contract: what a vendor promised, and for how much."""

from datetime import date
from decimal import Decimal
from typing import Annotated, Self

from pydantic import Field, model_validator

from officefleet.models.base import Model, Name, Slug

Euros = Annotated[Decimal, Field(ge=0, max_digits=9, decimal_places=2)]
Hours = Annotated[float, Field(gt=0, le=24 * 60)]


class Contract(Model):
    """What a pharmacy pays a vendor for.

    Attributes:
        vendor: the vendor's short name, as interventions name it.
        covers: what it is about, in the pharmacy's words ("LGO", "postes", "imprimantes").
        euros_a_year: price without the interventions that are billed apart.
        responds_within: promised hours until somebody answers (garantie de temps d'intervention).
        repairs_within: promised hours until it works again (garantie de temps de rétablissement).
        until: last day in force; None: until it is given notice.
        notice_days: how long before that day notice must be given.

    """

    vendor: Slug
    covers: tuple[Name, ...] = Field(min_length=1)
    euros_a_year: Euros = Decimal(0)
    responds_within: Hours | None = None
    repairs_within: Hours | None = None
    since: date
    until: date | None = None
    notice_days: Annotated[int, Field(ge=0, le=730)] = 0

    @model_validator(mode="after")
    def _ends_after_it_begins(self) -> Self:
        if self.until is not None and self.until < self.since:
            raise ValueError("the contract ends before it begins")
        return self
