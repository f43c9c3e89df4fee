"""A pharmacy (officine): who and where it is, when it is open, what stands in it."""

from typing import Annotated, Self

from pydantic import Field, StringConstraints, model_validator

from officefleet.models.backup import BackupDisk
from officefleet.models.base import Hostname, Model, Name, Slug, Version, slugify
from officefleet.models.contract import Contract
from officefleet.models.contradiction import ContradictionError, refuse_twice
from officefleet.models.hours import GardeShift, OpeningHours
from officefleet.models.machine import Machine, MachineKind
from officefleet.models.person import OfficinePerson
from officefleet.models.spare_part import SparePart

PharmacyId = Annotated[str, StringConstraints(pattern=r"^officine_[0-9]{4,6}$")]
"""``officine_0421``: the folder, the group and the reference of a pharmacy."""

_OVERSEAS = {  # three digits of the postcode: time zone, subdivision of the holidays library
    "971": ("America/Guadeloupe", "971"),
    "972": ("America/Martinique", "972"),
    "973": ("America/Cayenne", "973"),
    "974": ("Indian/Reunion", "974"),
    "976": ("Indian/Mayotte", "976"),
    "975": ("America/Miquelon", "PM"),
    "987": ("Pacific/Tahiti", "PF"),
    "988": ("Pacific/Noumea", "NC"),
}
_ALSACE_MOSELLE = {"57": "57", "67": "6AE", "68": "6AE"}


class Address(Model):
    """A postal address."""

    street: Name
    postcode: Annotated[str, StringConstraints(pattern=r"^[0-9]{5}$")]
    city: Name


class Lgo(Model):
    """The pharmacy's management software (logiciel de gestion d'officine).

    Attributes:
        licences: postes that the licence lets work at the same time; None: not counted.
        licences_stay: a slot belongs to the machine that took it until the vendor frees it, so that a spare needs one
            more; else it belongs to the poste's name and moves with it.

    """

    name: Name
    version: Version | None = None
    server: Hostname | None = None
    licences: Annotated[int, Field(ge=1, le=200)] | None = None
    licences_stay: bool = False


class Pharmacy(Model):
    """One pharmacy with its machines.

    Attributes:
        id: ``officine_`` and its number; its folder bears the same name.
        groupement: slug of its groupement in ``fleet.yml``; None for an independent.
        opening_hours: OpenStreetMap syntax; "PH off" closes on public holidays.
        garde: turns of duty.
        backup_policy: name of a policy in ``fleet.yml``; None takes the groupement's.
        intervenes: who of the pharmacy intervenes first, as the continuity plan names them.
        backup_disks: removable disks that are written in turn and go home in the evening.
        people: whose keys its machines let in; see `officefleet.access`.
        age_recipient: public key to which its secrets are encrypted (``officefleet vault keygen``).

    """

    id: PharmacyId
    name: Name
    groupement: Slug | None = None
    address: Address
    region: Name
    opening_hours: OpeningHours
    garde: tuple[GardeShift, ...] = ()
    phone: Annotated[str, StringConstraints(pattern=r"^\+?[0-9 .]{6,20}$")] | None = None
    lgo: Lgo | None = None
    backup_policy: Slug | None = None
    intervenes: Name | None = None
    age_recipient: Annotated[str, StringConstraints(pattern=r"^age1[02-9ac-hj-np-z]{58}$")] | None = None
    spare_parts: tuple[SparePart, ...] = ()
    backup_disks: tuple[BackupDisk, ...] = ()
    contracts: tuple[Contract, ...] = ()
    people: tuple[OfficinePerson, ...] = ()
    machines: tuple[Machine, ...] = Field(min_length=1)

    @property
    def host_prefix(self) -> str:
        """What its host names begin with: ``o0421-``."""
        return host_prefix(self.id)

    @property
    def region_slug(self) -> str:
        """The region as part of a group name."""
        return slugify(self.region)

    @property
    def timezone(self) -> str:
        """IANA name of its time zone, from the postcode."""
        return _OVERSEAS.get(self.address.postcode[:3], ("Europe/Paris", ""))[0]

    @property
    def holidays_subdivision(self) -> str | None:
        """Subdivision for ``holidays.France(subdiv=...)``, from the postcode; None: the common days."""
        postcode = self.address.postcode
        overseas = _OVERSEAS.get(postcode[:3])
        return overseas[1] if overseas else _ALSACE_MOSELLE.get(postcode[:2])

    def machine(self, name: str) -> Machine | None:
        """Return the machine of that name, or None."""
        return next((one for one in self.machines if one.name == name), None)

    def of_kind(self, kind: MachineKind) -> tuple[Machine, ...]:
        """Return its machines of one kind, in file order."""
        return tuple(one for one in self.machines if one.kind is kind)

    @model_validator(mode="after")
    def _disks_are_its_own(self) -> Self:
        refuse_twice("backup disk {value!r} is listed twice", [one.name for one in self.backup_disks])
        number = self.id.removeprefix("officine_")
        for one in self.backup_disks:
            if not one.label.startswith(f"OFF{number}-"):
                raise ContradictionError(
                    "backup disk {name!r}: labels here begin with {prefix!r}",
                    name=one.name,
                    prefix=f"OFF{number}-",
                )
        return self

    @model_validator(mode="after")
    def _people_are_named_once(self) -> Self:
        refuse_twice("person {value!r} is listed twice", [one.id for one in self.people])
        return self

    @model_validator(mode="after")
    def _machines_belong_here(self) -> Self:
        prefix = self.host_prefix
        for one in self.machines:
            if not one.name.startswith(prefix):
                raise ContradictionError(
                    "machine {name!r}: names here begin with {prefix!r}", name=one.name, prefix=prefix
                )
        return self


def host_prefix(pharmacy_id: str) -> str:
    """Return what the host names of a pharmacy begin with: ``o0421-`` for ``officine_0421``."""
    return "o" + pharmacy_id.removeprefix("officine_") + "-"


def pharmacy_id_of(hostname: str) -> str | None:
    """Return the pharmacy that a host name says it belongs to, or None for other names."""
    head, dash, _rest = hostname.partition("-")
    number = head[1:]
    if dash and head[:1] == "o" and number.isascii() and number.isdigit() and 4 <= len(number) <= 6:  # noqa: PLR2004  the id's own pattern
        return f"officine_{number}"
    return None
