"""Typed model of a fleet of pharmacies (pydantic; imports nothing else of officefleet)."""

from officefleet.models.backup import BackupCopy, BackupDisk, BackupPolicy, BackupRule, Frequency, Media
from officefleet.models.base import Model, slugify
from officefleet.models.contract import Contract
from officefleet.models.driver import BuildRange, Driver, DriverSignature
from officefleet.models.fleet import Fleet, FleetSettings, Groupement
from officefleet.models.hours import GardeKind, GardeShift, OpeningHours
from officefleet.models.image import GoldenImage
from officefleet.models.incident import Incident, Severity
from officefleet.models.machine import (
    Architecture,
    Connection,
    Machine,
    MachineKind,
    Middleware,
    OperatingSystem,
    OsFamily,
    Ports,
)
from officefleet.models.peripheral import Interface, Peripheral, PeripheralKind, PeripheralMode
from officefleet.models.person import Grant, OfficinePerson, Person, Role
from officefleet.models.pharmacy import Address, Lgo, Pharmacy, PharmacyId, host_prefix, pharmacy_id_of
from officefleet.models.spare_part import PartKind, SparePart

__all__ = [
    "Address",
    "Architecture",
    "BackupCopy",
    "BackupDisk",
    "BackupPolicy",
    "BackupRule",
    "BuildRange",
    "Connection",
    "Contract",
    "Driver",
    "DriverSignature",
    "Fleet",
    "FleetSettings",
    "Frequency",
    "GardeKind",
    "GardeShift",
    "GoldenImage",
    "Grant",
    "Groupement",
    "Incident",
    "Interface",
    "Lgo",
    "Machine",
    "MachineKind",
    "Media",
    "Middleware",
    "Model",
    "OfficinePerson",
    "OpeningHours",
    "OperatingSystem",
    "OsFamily",
    "PartKind",
    "Peripheral",
    "PeripheralKind",
    "PeripheralMode",
    "Person",
    "Pharmacy",
    "PharmacyId",
    "Ports",
    "Role",
    "Severity",
    "SparePart",
    "host_prefix",
    "pharmacy_id_of",
    "slugify",
]
