"""Why Windows chooses a driver: the candidates in order, and what made the first one win."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from officefleet.drivers.ids import recorded_ids
from officefleet.drivers.inf.target import WindowsVersion
from officefleet.drivers.ranking import MatchType, SignerScore, catalog_candidate, choose, inf_candidates
from officefleet.errors import DriverError
from officefleet.i18n import _
from officefleet.models import OsFamily

if TYPE_CHECKING:
    from collections.abc import Sequence

    from officefleet.drivers.catalog import Catalog
    from officefleet.drivers.ids import DeviceIds
    from officefleet.drivers.inf import DriverInf
    from officefleet.drivers.ranking import Candidate
    from officefleet.models import Machine, Peripheral

_ARCHITECTURES = {"x64": "amd64", "x86": "x86", "arm64": "arm64"}


@dataclass(frozen=True, slots=True)
class Explanation:
    """The choice for one device.

    Attributes:
        candidates: in the order of preference.
        excluded: catalogue drivers whose ids meet but that do not suit the system, with the reason.

    """

    host: str
    peripheral: str
    ids: DeviceIds
    candidates: tuple[Candidate, ...]
    excluded: tuple[tuple[str, str], ...]

    def why(self) -> str:  # noqa: PLR0911  a ladder of cases
        """Return in one sentence what made the first candidate win."""
        if not self.candidates:
            return _("no candidate matches this device")
        first, others = self.candidates[0], self.candidates[1:]
        if not others:
            return _("{name} is the only candidate").format(name=first.name)
        second = others[0]
        if first.rank >> 24 != second.rank >> 24:
            return _("{name} wins by its signature").format(name=first.name)
        if first.rank >> 16 != second.rank >> 16:
            return _("{name} wins by its feature score").format(name=first.name)
        if first.rank != second.rank:
            return _("{name} wins by a more specific id: {id}").format(
                name=first.name, id=first.match.matching_id
            )
        if first.order != second.order:
            return _("{name} wins by the newer date or version: {version}").format(
                name=first.name, version=first.version
            )
        return _("{name} and {other} tie: Windows takes either").format(name=first.name, other=second.name)

    def to_json(self) -> dict[str, Any]:
        """Return the explanation as plain data."""
        return {
            "host": self.host,
            "peripheral": self.peripheral,
            "hardware_ids": list(self.ids.hardware),
            "compatible_ids": list(self.ids.compatible),
            "candidates": [
                {
                    "name": one.name,
                    "rank": f"0x{one.rank:08x}",
                    "matching_id": one.match.matching_id,
                    "match": one.match.type.name.lower(),
                    "signer": one.signer.name.lower(),
                    "feature_score": one.feature_score,
                    "version": str(one.version) if one.version else None,
                }
                for one in self.candidates
            ],
            "excluded": [{"name": name, "reason": reason} for name, reason in self.excluded],
            "why": self.why(),
        }


def windows_of(machine: Machine) -> WindowsVersion:
    """Return the Windows of a machine as driver selection sees it.

    Raises:
        DriverError: not a Windows machine, or its build is not recorded.

    """
    if machine.os.family is not OsFamily.WINDOWS or machine.os.build is None:
        raise DriverError(
            _("{host} has no recorded Windows build: there is nothing to rank").format(host=machine.name),
            hint=_("ranking is Windows' way; record os.build"),
        )
    return WindowsVersion(architecture=_ARCHITECTURES[machine.os.arch.value], build=machine.os.build)


def explain(
    machine: Machine,
    peripheral: Peripheral,
    catalog: Catalog,
    infs: Sequence[tuple[DriverInf, SignerScore]] = (),
) -> Explanation:
    """Return which driver Windows would choose for a recorded device, among the catalogue's and some INFs.

    Raises:
        DriverError: not a Windows machine; a device without a USB id.

    """
    windows = windows_of(machine)
    if peripheral.usb is None:
        raise DriverError(
            _("{peripheral} has no USB id: Windows matches drivers by id").format(peripheral=peripheral.name),
            hint=_("record its usb id"),
        )
    ids = recorded_ids(peripheral.usb, peripheral.mode.value if peripheral.mode else None)
    found: list[Candidate] = []
    excluded: list[tuple[str, str]] = []
    for driver in catalog.drivers.values():
        candidate = catalog_candidate(ids, driver) if driver.inf else None
        if candidate is None:
            continue
        if machine.os.arch not in driver.arch:
            excluded.append((driver.name, _("another architecture")))
        elif not driver.builds.holds(windows.build):
            excluded.append((driver.name, _("another Windows build")))
        else:
            found.append(candidate)
    for inf, signer in infs:
        found += inf_candidates(ids, inf, windows, signer)
    return Explanation(machine.name, peripheral.name, ids, tuple(choose(found)), tuple(excluded))


def explanation_lines(explanation: Explanation) -> list[str]:
    """Return the explanation as lines for a terminal."""
    words = {
        MatchType.HARDWARE_HARDWARE: _("hardware id meets hardware id"),
        MatchType.HARDWARE_COMPATIBLE: _("hardware id meets compatible id"),
        MatchType.COMPATIBLE_HARDWARE: _("compatible id meets hardware id"),
        MatchType.COMPATIBLE_COMPATIBLE: _("compatible id meets compatible id"),
    }
    lines = [f"{explanation.host}: {explanation.peripheral}"]
    lines += [f"  {one}" for one in (*explanation.ids.hardware, *explanation.ids.compatible)]
    for number, one in enumerate(explanation.candidates, start=1):
        lines.append(
            f"  {number}. 0x{one.rank:08x}  {one.name}  {one.version or '-'}  {one.match.matching_id} "
            f"({words[one.match.type]}; {one.signer.name.lower()})"
        )
    lines += [f"  -  {name}: {reason}" for name, reason in explanation.excluded]
    return [*lines, f"  {explanation.why()}"]
