"""The verdict on a pharmacy's backups: newest good copy on each medium, 3-2-1, disks, proof. Pure."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from officefleet.continuity.backup.sentences import sentence
from officefleet.i18n import _
from officefleet.models import Frequency

if TYPE_CHECKING:
    from officefleet.continuity.backup.facts import Report
    from officefleet.models import BackupPolicy

_HOUR, _DAY = 3600.0, 86400.0
_CLOCK = 600.0  # seconds that two clocks may differ
_CHECK_DAYS = 8.0  # a copy that nobody has read for longer is not called good
NAS = "nas"
# How old a copy may be before it is a breach; Sundays do not count (`age`).
LIMITS = {
    Frequency.CONTINUOUS: 3 * _HOUR,
    Frequency.HOURLY: 26 * _HOUR,
    Frequency.DAILY: 50 * _HOUR,
    Frequency.WEEKLY: 9 * _DAY,
}


class Kind(StrEnum):
    """What a breach is about."""

    NEVER_READ = "never-read"
    STALE = "stale"
    DAMAGED = "damaged"
    UNCHECKED = "unchecked"
    NOT_321 = "not-3-2-1"
    UNPROVEN = "unproven"
    CLOCK = "clock"
    NAS = "nas"
    FAILED = "failed"
    MIRROR = "mirror"
    OLD_NEWS = "old-news"


@dataclass(frozen=True, slots=True)
class Breach:
    """One thing that is not as it must be."""

    kind: Kind
    text: str


@dataclass(frozen=True, slots=True)
class Copy:
    """The newest copy on one medium, of the machine that is worst off there.

    Attributes:
        medium: "nas", or a disk's name.
        newest: seconds since the epoch; None: there is none.
        good: it was checked, and nothing was found.
        offsite: it is out of the pharmacy now.
        holder: who has it.

    """

    medium: str
    newest: float | None
    good: bool
    offsite: bool = False
    holder: str = ""
    host: str = ""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What an audit says of a pharmacy."""

    pharmacy: str
    copies: tuple[Copy, ...] = ()
    breaches: tuple[Breach, ...] = ()
    three_two_one: bool = False
    proven: float | None = None
    read: float | None = None
    mirrors: tuple[str, ...] = ()

    @property
    def good(self) -> bool:
        """Whether nothing is to be said against it."""
        return not self.breaches

    def to_json(self) -> dict[str, Any]:
        """Return the verdict as plain data; times in seconds since the epoch."""
        return {
            "pharmacy": self.pharmacy,
            "good": self.good,
            "three_two_one": self.three_two_one,
            "last_proven_restore": self.proven,
            "read": self.read,
            "copies": [
                {
                    "medium": one.medium,
                    "newest": one.newest,
                    "good": one.good,
                    "offsite": one.offsite,
                    "holder": one.holder or None,
                    "host": one.host,
                }
                for one in self.copies
            ],
            "availability": list(self.mirrors),
            "breaches": [{"kind": one.kind.value, "text": one.text} for one in self.breaches],
        }


def age(at: float, now: float) -> float:
    """Return the seconds from one moment to another without Sundays: from Saturday noon to Monday morning is 20 h."""
    if now <= at:
        return 0.0
    total, day = now - at, int(at // _DAY)
    last = int(now // _DAY)
    for number in range(day, last + 1):
        if (number + 3) % 7 == 6:  # noqa: PLR2004  1970-01-01 was a Thursday: 0 is Monday, 6 Sunday
            begin, end = number * _DAY, (number + 1) * _DAY
            total -= max(0.0, min(end, now) - max(begin, at))
        if number - day > 400:  # noqa: PLR2004  a year: stale whatever the Sundays
            break
    return max(0.0, total)


def judge(
    pharmacy: str, report: Report | None, policy: BackupPolicy | None, now: float, proven: float | None
) -> Verdict:
    """Return the verdict.

    Args:
        pharmacy: its id.
        report: what was last read, None when nothing ever was.
        policy: the one in force; None: hourly to the NAS and daily to a disk are asked for all the same.
        now: this controller's time.
        proven: when a restore was last proven from this controller.

    """
    if report is None:
        text = _("its backups were never looked at: officefleet backup audit {pharmacy}")
        return Verdict(pharmacy, breaches=(Breach(Kind.NEVER_READ, text.format(pharmacy=pharmacy)),))
    copies = (_on_nas(report, now), *_on_disks(report, now))
    proven = _proven(report, proven)
    met = three_two_one(copies, now, policy)
    breaches = [
        *_clock(report),
        *_nas(report),
        *_freshness(copies, now, policy),
        *_checks(report, now),
        *_failures(report),
        *([] if met else [Breach(Kind.NOT_321, _not_met(copies, now, policy))]),
        *_proof(proven, now, policy),
        *_mirror(report),
        *_old_news(report, now),
    ]
    mirrors = tuple(f"{one.name}: {one.working}/{one.disks}" for one in report.mirrors)
    return Verdict(pharmacy, copies, tuple(breaches), met, proven, report.read or report.now, mirrors)


def _on_nas(report: Report, now: float) -> Copy:
    """Return the copy on the NAS: as old as that of the machine whose is oldest."""
    if not report.hosts:
        return Copy(NAS, None, good=False)
    host, oldest = min(report.hosts.items(), key=lambda one: one[1].newest() or 0.0)
    good = all(
        one.check is not None and one.check.good and now - one.check.at < _CHECK_DAYS * _DAY
        for one in report.hosts.values()
    )
    return Copy(NAS, oldest.newest(), good and oldest.newest() is not None, host=host)


def _on_disks(report: Report, now: float) -> list[Copy]:
    found = []
    for name, disk in sorted(report.disks.items()):
        sound = bool(disk.hosts) and all(one.check.good and one.count for one in disk.hosts.values())
        missing = [host for host, one in report.hosts.items() if one.snapshots and host not in disk.hosts]
        bad = next((host for host, one in disk.hosts.items() if not one.check.good), "")
        found.append(
            Copy(
                name,
                disk.at if disk.at <= now + _CLOCK else None,
                sound and not missing,
                offsite=name not in report.plugged_in,
                holder=disk.holder or "",
                host=bad or (missing[0] if missing else ""),
            )
        )
    return found


def _limits(policy: BackupPolicy | None) -> tuple[float, float]:
    """Return how old the NAS's and the disks' newest copy may be."""
    limits = {NAS: LIMITS[Frequency.HOURLY], "disk": LIMITS[Frequency.DAILY]}
    for copy in policy.copies if policy is not None else ():
        if not copy.live:
            limits["disk" if copy.offline else NAS] = LIMITS[copy.frequency]
    return limits[NAS], limits["disk"]


def _fresh(copies: tuple[Copy, ...], now: float, policy: BackupPolicy | None) -> list[Copy]:
    nas, disk = _limits(policy)
    return [
        one
        for one in copies
        if one.good
        and one.newest is not None
        and age(one.newest, now) <= (nas if one.medium == NAS else disk)
    ]


def three_two_one(copies: tuple[Copy, ...], now: float, policy: BackupPolicy | None) -> bool:
    """Whether there are three copies (the data in use are one), on two media, one of them out of the house, good and fresh.

    A mirror is no copy: what is deleted or encrypted on one of its disks is so on the other in the same moment.
    """
    fresh = _fresh(copies, now, policy)
    return any(one.medium == NAS for one in fresh) and any(one.offsite for one in fresh)


def _not_met(copies: tuple[Copy, ...], now: float, policy: BackupPolicy | None) -> str:
    fresh = _fresh(copies, now, policy)
    if not any(one.medium == NAS for one in fresh):
        return _("3-2-1 is not met: no good, fresh copy on the NAS")
    if not any(one.medium != NAS for one in fresh):
        return _("3-2-1 is not met: no good, fresh copy on a removable disk")
    return _("3-2-1 is not met: every disk is plugged in; one must go home in the evening")


def _freshness(copies: tuple[Copy, ...], now: float, policy: BackupPolicy | None) -> list[Breach]:
    nas_limit, disk_limit = _limits(policy)
    found = []
    nas = copies[0]
    if nas.newest is None:
        found.append(
            Breach(Kind.STALE, _("NAS: {host} has no backup").format(host=nas.host) if nas.host else _("NAS: nothing is backed up"))
        )  # fmt: skip
    elif age(nas.newest, now) > nas_limit:
        found.append(
            Breach(Kind.STALE, _("NAS: the newest backup of {host} is of {when}").format(
                host=nas.host, when=moment(nas.newest)))
        )  # fmt: skip
    newest = max((one.newest for one in copies[1:] if one.newest is not None), default=None)
    if newest is None:
        found.append(Breach(Kind.STALE, _("removable disks: none was ever written")))
    elif age(newest, now) > disk_limit:
        text = _("removable disks: the newest was written on {when}").format(when=moment(newest))
        found.append(Breach(Kind.STALE, text))
    return found


def _checks(report: Report, now: float) -> list[Breach]:
    found = []
    for host, one in report.hosts.items():
        if not one.snapshots:
            continue
        if one.check is None or now - one.check.at > _CHECK_DAYS * _DAY:
            found.append(Breach(Kind.UNCHECKED, _("NAS: nobody has read the backups of {host} for {days} days").format(
                host=host, days=int(_CHECK_DAYS))))  # fmt: skip
        elif not one.check.good:
            found.append(Breach(Kind.DAMAGED, _("NAS: the backups of {host} are damaged").format(host=host)))
    for name, disk in report.disks.items():
        found += [
            Breach(
                Kind.DAMAGED, _("disk {name}: the backups of {host} are damaged").format(name=name, host=host)
            )
            for host, one in disk.hosts.items()
            if not one.check.good
        ]
    return found


def _failures(report: Report) -> list[Breach]:
    return [
        Breach(Kind.FAILED, sentence({"code": one.failure.code, "facts": one.failure.facts}, host))
        for host, one in report.clients.items()
        if one.failure is not None
    ]


def _clock(report: Report) -> list[Breach]:
    found = []
    for host, clock in [("NAS", report.now), *((host, one.now) for host, one in report.clients.items())]:
        skew = clock - report.read
        if report.read and clock and abs(skew) > _CLOCK:
            text = _("{host}: its clock is wrong by {days} days")
            found.append(Breach(Kind.CLOCK, text.format(host=host, days=round(abs(skew) / _DAY, 1))))
    return found


def _nas(report: Report) -> list[Breach]:
    code = report.health.code
    if not code:
        return []
    return [Breach(Kind.NAS, sentence({"code": code, "facts": {"free": report.health.free}}, "NAS"))]


def _proven(report: Report, proven: float | None) -> float | None:
    """Return when a restore was last proven, here or by a machine's own record."""
    own = [one.drill.at for one in report.clients.values() if one.drill is not None and one.drill.good]
    return max([*own, *([proven] if proven is not None else [])], default=None)


def _proof(proven: float | None, now: float, policy: BackupPolicy | None) -> list[Breach]:
    days = policy.restore_test_days if policy is not None and policy.restore_test_days is not None else 90
    if proven is None:
        return [Breach(Kind.UNPROVEN, _("no restore was ever proven: officefleet backup drill"))]
    if now - proven > days * _DAY:
        text = _("the last proven restore is of {when}, more than {days} days ago")
        return [Breach(Kind.UNPROVEN, text.format(when=moment(proven), days=days))]
    return []


def _mirror(report: Report) -> list[Breach]:
    return [
        Breach(Kind.MIRROR, _("mirror {name}: {working} of {disks} disks work; replace the other").format(
            name=one.name, working=one.working, disks=one.disks))
        for one in report.mirrors
        if one.working < one.disks and not one.rebuilding
    ]  # fmt: skip


def _old_news(report: Report, now: float) -> list[Breach]:
    if not report.read or age(report.read, now) <= LIMITS[Frequency.DAILY]:
        return []
    return [Breach(Kind.OLD_NEWS, _("its NAS last answered on {when}").format(when=moment(report.read)))]


def moment(at: float) -> str:
    """Return a moment as day and minute on this computer's clock."""
    return dt.datetime.fromtimestamp(at).astimezone().strftime("%Y-%m-%d %H:%M")
