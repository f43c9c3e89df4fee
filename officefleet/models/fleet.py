"""The whole fleet: groupements, policies, images, the driver catalogue and the pharmacies."""

from typing import Self

from pydantic import model_validator

from officefleet.models.backup import BackupPolicy
from officefleet.models.base import Model, Name, Slug
from officefleet.models.contradiction import refuse_twice
from officefleet.models.driver import Driver
from officefleet.models.image import GoldenImage
from officefleet.models.person import Person
from officefleet.models.pharmacy import Pharmacy


class Groupement(Model):
    """A group of pharmacies that share an IT staff.

    Attributes:
        backup_policy: policy of the members that name none.
        people: IT staff, whose keys every member's machines let in; see `officefleet.access`.

    """

    id: Slug
    name: Name
    backup_policy: Slug | None = None
    people: tuple[Person, ...] = ()


class FleetSettings(Model):
    """What ``inventory/fleet.yml`` holds: all that pharmacies refer to."""

    name: Name
    groupements: tuple[Groupement, ...] = ()
    backup_policies: tuple[BackupPolicy, ...] = ()
    images: tuple[GoldenImage, ...] = ()

    @model_validator(mode="after")
    def _names_are_unique(self) -> Self:
        refuse_twice("groupement {value!r} is defined twice", [one.id for one in self.groupements])
        for one in self.groupements:
            refuse_twice("person {value!r} is listed twice", [person.id for person in one.people])
        refuse_twice("backup policy {value!r} is defined twice", [one.name for one in self.backup_policies])
        refuse_twice("image {value!r} is defined twice", [one.name for one in self.images])
        return self


class Fleet(FleetSettings):
    """The fleet as a whole, or the part of it that was loaded."""

    drivers: tuple[Driver, ...] = ()
    pharmacies: tuple[Pharmacy, ...] = ()

    def pharmacy(self, pharmacy_id: str) -> Pharmacy | None:
        """Return a pharmacy by its id, or None."""
        return next((one for one in self.pharmacies if one.id == pharmacy_id), None)

    def policy_of(self, pharmacy: Pharmacy) -> BackupPolicy | None:
        """Return the backup policy in force at a pharmacy: its own, else its groupement's."""
        name = pharmacy.backup_policy
        if name is None:
            home = next((one for one in self.groupements if one.id == pharmacy.groupement), None)
            name = home.backup_policy if home else None
        return next((one for one in self.backup_policies if one.name == name), None)
