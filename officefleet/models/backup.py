"""Backup policies and the 3-2-1 rule."""

from enum import StrEnum
from typing import Annotated

from pydantic import Field, StringConstraints

from officefleet.models.base import Model, Name, Slug


class Media(StrEnum):
    """What a copy lies on."""

    INTERNAL_DISK = "internal_disk"
    NAS = "nas"
    EXTERNAL_DISK = "external_disk"
    TAPE = "tape"
    HDS_CLOUD = "hds_cloud"  # a host certified for health data


class Frequency(StrEnum):
    """How often a copy is made."""

    CONTINUOUS = "continuous"
    HOURLY = "hourly"
    DAILY = "daily"
    WEEKLY = "weekly"


class BackupRule(StrEnum):
    """What a sound policy keeps: 3-2-1 (ANSSI) and daily, encrypted, tested backups (CNIL 2022-067)."""

    THREE_COPIES = "three_copies"
    TWO_MEDIA = "two_media"
    ONE_OFFSITE = "one_offsite"
    ONE_OFFLINE = "one_offline"
    DAILY = "daily"
    OFFSITE_ENCRYPTED = "offsite_encrypted"
    RESTORE_TESTED = "restore_tested"


class BackupCopy(Model):
    """One copy of the data.

    Attributes:
        live: it is the data in use, which 3-2-1 counts as the first copy.
        offsite: it is kept outside the pharmacy.
        offline: no machine can write to it between two backups.
        retention_days: how long a state is kept; None for live data.

    """

    media: Media
    live: bool = False
    offsite: bool = False
    offline: bool = False
    encrypted: bool = False
    frequency: Frequency = Frequency.DAILY
    retention_days: Annotated[int, Field(ge=1)] | None = None


class BackupPolicy(Model):
    """How a pharmacy's data are kept safe.

    Attributes:
        copies: every copy, the live data among them.
        restore_test_days: longest time between two tested restores; None: never tested.

    """

    name: Slug
    description: Name | None = None
    copies: tuple[BackupCopy, ...] = Field(min_length=1)
    restore_test_days: Annotated[int, Field(ge=1)] | None = None

    def broken_rules(self) -> tuple[BackupRule, ...]:
        """Return the rules that the policy breaks, in the order of `BackupRule`."""
        backups = [copy for copy in self.copies if not copy.live]
        offsite = [copy for copy in backups if copy.offsite]
        kept = {
            BackupRule.THREE_COPIES: len(backups) >= 2,  # noqa: PLR2004  the live data are the third
            BackupRule.TWO_MEDIA: len({copy.media for copy in self.copies}) >= 2,  # noqa: PLR2004  the 2 of 3-2-1
            BackupRule.ONE_OFFSITE: bool(offsite),
            BackupRule.ONE_OFFLINE: any(copy.offline for copy in backups),
            BackupRule.DAILY: any(copy.frequency is not Frequency.WEEKLY for copy in backups),
            BackupRule.OFFSITE_ENCRYPTED: all(copy.encrypted for copy in offsite),
            BackupRule.RESTORE_TESTED: self.restore_test_days is not None,
        }
        return tuple(rule for rule, holds in kept.items() if not holds)


class BackupDisk(Model):
    """A removable disk that goes home in the evening.

    Attributes:
        name: what is written on it: "A".
        label: of its file system: ``OFF0421-A``.
        uuid: of its file system, as ``lsblk`` shows it; None accepts the first that bears the label.
        holder: who takes it home.

    """

    name: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9_-]{0,15}$")]
    label: Annotated[str, StringConstraints(pattern=r"^OFF[0-9]{4,6}-[A-Za-z0-9]{1,5}$")]
    uuid: Annotated[str, StringConstraints(pattern=r"^[0-9A-Fa-f-]{4,40}$")] | None = None
    holder: Name | None = None
