"""Drivers of the catalogue: one published version of one driver."""

from datetime import date
from enum import StrEnum
from typing import Annotated, Self

from pydantic import Field, StringConstraints, model_validator

from officefleet.models.base import Model, Name, Slug, UsbId
from officefleet.models.machine import Architecture

HardwareId = Annotated[
    str, StringConstraints(pattern=r"^[A-Za-z0-9]+\\[!-~]+$|^\*?PNP[0-9A-F]{4}$|^[A-Za-z0-9_.-]+$")
]
"""A hardware or compatible id as Windows reports it: ``USB\\VID_0483&PID_5740``."""


class DriverSignature(StrEnum):
    """Who vouches for a driver."""

    INBOX = "inbox"  # delivered with the system
    WHQL = "whql"  # tested and signed by Microsoft
    ATTESTATION = "attestation"  # signed by Microsoft on the vendor's word
    AUTHENTICODE = "authenticode"  # the vendor's own certificate
    UNSIGNED = "unsigned"


class BuildRange(Model):
    """Windows builds that a driver supports, both ends included; None leaves an end open."""

    min: Annotated[int, Field(ge=7600, le=99999)] | None = None
    max: Annotated[int, Field(ge=7600, le=99999)] | None = None

    @model_validator(mode="after")
    def _is_ordered(self) -> Self:
        if self.min is not None and self.max is not None and self.max < self.min:
            raise ValueError("max is below min")
        return self

    def holds(self, build: int) -> bool:
        """Return whether a build lies in the range."""
        return (self.min is None or build >= self.min) and (self.max is None or build <= self.max)


class Driver(Model):
    """One version of one driver.

    Attributes:
        name: reference used by peripherals.
        version: four numbers on Windows, as ``DriverVer`` in the INF has it.
        driver_class: device setup class: "Ports", "SmartCardReader", "Printer" (``class`` in YAML).
        hvci: whether it loads with memory integrity on; None: not known.
        hardware_ids: ids it matches; USB ids are derived by `usb_ids`.
        source: where these facts come from.

    """

    name: Slug
    version: Annotated[str, StringConstraints(pattern=r"^[0-9A-Za-z][0-9A-Za-z.+~:_-]*$", max_length=64)]
    date: date
    driver_class: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_]+$")] = Field(alias="class")
    provider: Name | None = None
    arch: tuple[Architecture, ...] = Field(min_length=1)
    builds: BuildRange = BuildRange()
    signature: DriverSignature
    hvci: bool | None = None
    inf: Annotated[str, StringConstraints(pattern=r"(?i)^[^/\\]+\.inf$")] | None = None
    sha256: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")] | None = None
    hardware_ids: tuple[HardwareId, ...] = Field(min_length=1)
    compatible_ids: tuple[HardwareId, ...] = ()
    source: Name | None = None
    notes: Name | None = None

    def usb_ids(self) -> tuple[UsbId, ...]:
        """Return the ``vid:pid`` pairs among its hardware ids, without repetition."""
        found: dict[str, None] = {}
        for one in self.hardware_ids:
            upper = one.upper()
            if upper.startswith("USB\\VID_") and upper[12:17] == "&PID_":
                found[f"{upper[8:12]}:{upper[17:21]}".lower()] = None
        return tuple(found)
