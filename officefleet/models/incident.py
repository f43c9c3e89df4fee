"""Incidents: the binder's pages."""

from enum import StrEnum
from typing import Self

from pydantic import AwareDatetime, model_validator

from officefleet.models.base import Hostname, Model, Name, Slug
from officefleet.models.pharmacy import PharmacyId


class Severity(StrEnum):
    """How much of the pharmacy stands still."""

    INFO = "info"
    DEGRADED = "degraded"
    POSTE_DOWN = "poste_down"
    PHARMACY_DOWN = "pharmacy_down"


class Incident(Model):
    """One failure, what it was and what cured it."""

    id: Slug
    pharmacy: PharmacyId
    machine: Hostname | None = None
    peripheral: Slug | None = None
    opened: AwareDatetime
    closed: AwareDatetime | None = None
    severity: Severity = Severity.DEGRADED
    symptom: Name
    cause: str | None = None
    remedy: str | None = None
    tags: tuple[Slug, ...] = ()

    @model_validator(mode="after")
    def _closes_after_it_opens(self) -> Self:
        if self.closed is not None and self.closed < self.opened:
            raise ValueError("the incident closes before it opens")
        return self
