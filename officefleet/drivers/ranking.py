"""Which driver package Windows chooses for a device: rank ``0xSSGGTHHH``, lower wins.

Source: "How Windows ranks driver packages", "Driver package rank example", "Signature score" and
"Identifier score", Microsoft Learn; SIGNERSCORE constants of SetupAPI.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from enum import IntEnum
from typing import TYPE_CHECKING

from officefleet.drivers.inf.package import DriverVersion

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from officefleet.drivers.ids import DeviceIds
    from officefleet.drivers.inf import DriverInf, WindowsVersion
    from officefleet.models import Driver

WORST_FEATURE_SCORE = 0xFF
_LIST_STEP = 0x100
_OLDEST = DriverVersion(dt.date(1601, 1, 1))


class SignerScore(IntEnum):
    """How a package is signed; only the highest byte counts in the rank."""

    PREMIUM = 0x0D000001
    STANDARD = 0x0D000002
    INBOX = 0x0D000003
    UNCLASSIFIED = 0x0D000004
    WHQL = 0x0D000005
    AUTHENTICODE = 0x0F000000
    UNSIGNED = 0x80000000
    W9X_SUSPECT = 0xC0000000
    UNKNOWN = 0xFF000000


class MatchType(IntEnum):
    """T of the rank: which kinds of id met."""

    HARDWARE_HARDWARE = 0
    HARDWARE_COMPATIBLE = 1  # a hardware id of the device, a compatible id of the INF
    COMPATIBLE_HARDWARE = 2
    COMPATIBLE_COMPATIBLE = 3


@dataclass(frozen=True, slots=True)
class Match:
    """The best meeting of a device's ids with a models line.

    Attributes:
        matching_id: ``MatchingDeviceId``, the id really used, as the device spells it.
        device_position: in the device's list, from 0.
        inf_position: among the line's compatible ids, from 0; 0 for its hardware id.

    """

    type: MatchType
    matching_id: str
    device_position: int
    inf_position: int = 0

    @property
    def identifier_score(self) -> int:
        """0xTHHH: only when both ids are compatible ids does the INF's position count."""
        position = self.device_position
        if self.type is MatchType.COMPATIBLE_COMPATIBLE:
            position += self.inf_position * _LIST_STEP
        return (self.type << 12) + min(position, 0xFFF)


@dataclass(frozen=True, slots=True)
class Candidate:
    """A package line that can serve a device.

    Attributes:
        name: INF file or catalogue name.
        rank: ``0xSSGGTHHH``.

    """

    name: str
    description: str
    provider: str
    version: DriverVersion | None
    signer: SignerScore
    feature_score: int
    match: Match
    rank: int

    @property
    def order(self) -> tuple[int, int, tuple[int, ...]]:
        """Sort key: rank, then the newer date, then the higher version."""
        version = self.version or _OLDEST
        return (self.rank, -version.date.toordinal(), tuple(-number for number in version.numbers))


def rank(signer: SignerScore, feature_score: int, match: Match, *, signers_equal: bool = True) -> int:
    """Return ``0xSSGGTHHH``.

    Args:
        signer: the package's signature.
        feature_score: 0 to 0xFF, lower is better; 0xFF when the INF gives none.
        match: the ids that met.
        signers_equal: the "AllSignersEqual" policy, on by default since Windows 7: every trusted signature
            ranks alike (SS is 00).

    """
    trusted = signer <= SignerScore.AUTHENTICODE
    signature = 0 if trusted and signers_equal else signer & 0xFF000000
    return signature | (feature_score & 0xFF) << 16 | match.identifier_score


def best_match(device: DeviceIds, hardware_id: str, compatible_ids: Sequence[str]) -> Match | None:
    """Return the best meeting of a device's ids with one models line, None when none meet."""
    found = [
        Match(kind, theirs, theirs_at, ours_at)
        for kind, lists in (
            (MatchType.HARDWARE_HARDWARE, (device.hardware, (hardware_id,))),
            (MatchType.HARDWARE_COMPATIBLE, (device.hardware, compatible_ids)),
            (MatchType.COMPATIBLE_HARDWARE, (device.compatible, (hardware_id,))),
            (MatchType.COMPATIBLE_COMPATIBLE, (device.compatible, compatible_ids)),
        )
        for theirs_at, theirs in enumerate(lists[0])
        for ours_at, ours in enumerate(lists[1])
        if ours and theirs.lower() == ours.lower()
    ]
    return min(found, key=lambda one: (one.identifier_score, one.inf_position), default=None)


def inf_candidates(
    device: DeviceIds,
    inf: DriverInf,
    windows: WindowsVersion,
    signer: SignerScore,
    *,
    signers_equal: bool = True,
) -> list[Candidate]:
    """Return the lines of an INF that can serve a device on a Windows, unsorted.

    Raises:
        InfError: an install section's FeatureScore is not a number.

    """
    found = []
    for model in inf.models_for(windows):
        match = best_match(device, model.hardware_id, model.compatible_ids)
        if match is None:
            continue
        _section, is_nt = inf.install_section(model.install_section, windows.architecture)
        own = signer
        if signer is SignerScore.UNSIGNED and not is_nt:
            own = SignerScore.W9X_SUSPECT
        feature = inf.feature_score(model.install_section, windows.architecture)
        found.append(
            Candidate(
                name=inf.name,
                description=model.description,
                provider=inf.provider,
                version=inf.driver_version,
                signer=own,
                feature_score=feature,
                match=match,
                rank=rank(own, feature, match, signers_equal=signers_equal),
            )
        )
    return found


_SIGNERS = {
    "inbox": SignerScore.INBOX,
    "whql": SignerScore.WHQL,
    "attestation": SignerScore.UNCLASSIFIED,
    "authenticode": SignerScore.AUTHENTICODE,
    "unsigned": SignerScore.UNSIGNED,
}


def catalog_candidate(device: DeviceIds, driver: Driver, *, signers_equal: bool = True) -> Candidate | None:
    """Return a catalogue entry as a candidate for a device, None when no id meets.

    Each of the entry's hardware ids counts as a models line of its own.
    """
    matches = [
        match for one in driver.hardware_ids if (match := best_match(device, one, driver.compatible_ids))
    ]
    if not matches:
        return None
    match = min(matches, key=lambda one: one.identifier_score)
    signer = _SIGNERS[driver.signature.value]
    return Candidate(
        name=driver.name,
        description=driver.driver_class,
        provider=driver.provider or "",
        version=_catalog_version(driver),
        signer=signer,
        feature_score=WORST_FEATURE_SCORE,
        match=match,
        rank=rank(signer, WORST_FEATURE_SCORE, match, signers_equal=signers_equal),
    )


def _catalog_version(driver: Driver) -> DriverVersion:
    numbers = [int(part) for part in driver.version.split(".")[:4] if part.isdigit()]
    numbers += [0] * (4 - len(numbers))
    return DriverVersion(driver.date, (numbers[0], numbers[1], numbers[2], numbers[3]))


def choose(candidates: Iterable[Candidate]) -> list[Candidate]:
    """Return the candidates in the order of Windows' preference: the first one is chosen."""
    return sorted(candidates, key=lambda one: one.order)
