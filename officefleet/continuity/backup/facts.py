"""What is believed of what a pharmacy's machines say about their backups: shape and size are checked here, once."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from officefleet.errors import ContinuityError
from officefleet.i18n import _

Seconds = Annotated[float, Field(ge=0, le=1e11, allow_inf_nan=False)]
Text = Annotated[str, Field(max_length=400)]
_MOST = 400


class Fact(BaseModel):
    """Base: unknown keys are left out, a later version of the tool may say more."""

    model_config = ConfigDict(frozen=True, extra="ignore")


class Check(Fact):
    """The last check of a repository: each file against its name, and its structure."""

    at: Seconds
    good: bool
    code: Text = ""


class HostCopies(Fact):
    """One machine's repository on the NAS: snapshots with when the NAS received them, oldest first."""

    snapshots: Annotated[list[tuple[Text, Seconds]], Field(max_length=_MOST)] = []
    check: Check | None = None

    def newest(self) -> float | None:
        """Return when the newest snapshot came, or None."""
        return max((at for _id, at in self.snapshots), default=None)


class DiskHost(Fact):
    """One machine's repository on a disk, when the disk was last written."""

    check: Check
    count: int = 0


class DiskCopy(Fact):
    """A removable disk as it was when it was last written."""

    at: Seconds
    holder: Text | None = None
    hosts: Annotated[dict[Text, DiskHost], Field(max_length=_MOST)] = {}


class Health(Fact):
    """Whether the NAS can be written."""

    free: float | None = None
    code: Text = ""


class Mirror(Fact):
    """A RAID1 of the NAS: availability, never a backup."""

    name: Text
    disks: int
    working: int
    rebuilding: bool = False


class Drill(Fact):
    """The last drill of a machine."""

    at: Seconds
    good: bool
    medium: Text = "nas"
    files: int = 0
    databases: Annotated[dict[Text, int], Field(max_length=_MOST)] = {}
    code: Text = ""


class Failure(Fact):
    """The last run of a machine, when it failed."""

    at: Seconds
    code: Text
    facts: Annotated[dict[Text, Any], Field(max_length=20)] = {}


class ClientStatus(Fact):
    """What a machine says of its own runs."""

    now: Seconds = 0
    failure: Failure | None = None
    drill: Drill | None = None


class Report(Fact):
    """All that is known of a pharmacy's backups at a moment.

    Attributes:
        now: the NAS's clock.
        read: this controller's clock when it was read.
        hosts: machine to its copies on the NAS.
        disks: name to what was last written on it.
        plugged_in: disks that are in the NAS at that moment.
        clients: machine to what it says itself; those that did not answer are missing.

    """

    now: Seconds
    read: Seconds = 0
    hosts: Annotated[dict[Text, HostCopies], Field(max_length=_MOST)] = {}
    disks: Annotated[dict[Text, DiskCopy], Field(max_length=_MOST)] = {}
    plugged_in: Annotated[list[Text], Field(max_length=_MOST)] = []
    health: Health = Health()
    mirrors: Annotated[list[Mirror], Field(max_length=_MOST)] = []
    clients: Annotated[dict[Text, ClientStatus], Field(max_length=_MOST)] = {}

    def newest_only(self) -> Report:
        """Return the report with only the newest snapshot of each machine: all that a verdict needs."""
        hosts = {
            host: one.model_copy(
                update={"snapshots": sorted(one.snapshots, key=lambda snapshot: snapshot[1])[-1:]}
            )
            for host, one in self.hosts.items()
        }
        return self.model_copy(update={"hosts": hosts})


def believe(raw: object, host: str) -> Report:
    """Return a NAS's report, checked.

    Raises:
        ContinuityError: it is not one.

    """
    try:
        return Report.model_validate(raw)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part)[:40] for part in first["loc"])
        raise ContinuityError(
            _("{host}: its report on backups makes no sense at {place}").format(host=host, place=where)
        ) from None


def believe_client(raw: object) -> ClientStatus | None:
    """Return a machine's own status, None when it makes no sense."""
    try:
        return ClientStatus.model_validate(raw)
    except ValidationError:
        return None
