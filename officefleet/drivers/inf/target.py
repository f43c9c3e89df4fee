"""Target systems: what ``NTamd64.10.0...19041`` means and which models section a machine takes.

Source: "INF Manufacturer section" and "Combining platform extensions with operating system versions",
Microsoft Learn.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

ARCHITECTURES = ("x86", "amd64", "arm", "arm64", "ia64")

_DECORATION = re.compile(
    r"nt(?P<arch>x86|amd64|arm64|arm|ia64)?"
    r"(?:\.(?P<major>\d*)(?:\.(?P<minor>\d*)(?:\.(?P<product>(?:0x)?[0-9a-f]*)"
    r"(?:\.(?P<suite>(?:0x)?[0-9a-f]*)(?:\.(?P<build>\d*))?)?)?)?)?",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class WindowsVersion:
    """A running Windows, as driver selection sees it.

    Attributes:
        architecture: one of `ARCHITECTURES`.
        major: 10 for Windows 10 and 11.
        minor: 0 for Windows 10 and 11.
        build: e.g. 19045 (10 22H2), 26100 (11 24H2).
        product_type: 1 workstation, 2 domain controller, 3 server.
        suite_mask: VER_SUITE bits; 0x100 is "single user", every client Windows.

    """

    architecture: str = "amd64"
    major: int = 10
    minor: int = 0
    build: int = 19045
    product_type: int = 1
    suite_mask: int = 0x100


@dataclass(frozen=True, slots=True)
class TargetOs:
    """A TargetOSVersion decoration; None means "any"."""

    architecture: str | None = None
    version: tuple[int, int] | None = None
    product_type: int | None = None
    suite_mask: int | None = None
    build: int | None = None
    undecorated: bool = False

    def fits(self, windows: WindowsVersion) -> bool:
        """Return whether `windows` may use a section decorated so.

        64-bit systems take only sections decorated with their architecture, since Windows Server 2003 SP1.
        """
        if self.architecture is None:
            if windows.architecture != "x86":
                return False
        elif self.architecture != windows.architecture:
            return False
        if self.version is not None and (windows.major, windows.minor) < self.version:
            return False
        if self.product_type is not None and windows.product_type != self.product_type:
            return False
        if self.suite_mask is not None and not windows.suite_mask & self.suite_mask:
            return False
        return (
            self.build is None
            or (windows.major, windows.minor) > (self.version or (0, 0))
            or (windows.build >= self.build)
        )

    def closeness(self) -> tuple[tuple[int, int], int, bool, bool, bool, bool]:
        """Return a key: of the decorations that fit, Windows takes the one with the greatest."""
        return (
            self.version or (0, 0),
            self.build or 0,
            self.product_type is not None,
            self.suite_mask is not None,
            self.architecture is not None,
            not self.undecorated,
        )


UNDECORATED = TargetOs(undecorated=True)


def parse_target(text: str) -> TargetOs | None:
    """Return what a decoration (without its leading dot) means, or None when it is not one."""
    match = _DECORATION.fullmatch(text.strip())
    if match is None:
        return None
    major, minor = match["major"], match["minor"]
    return TargetOs(
        architecture=match["arch"].lower() if match["arch"] else None,
        version=(int(major or 0), int(minor or 0)) if major or minor else None,
        product_type=_number(match["product"]),
        suite_mask=_number(match["suite"]),
        build=int(match["build"]) if match["build"] else None,
    )


def _number(text: str | None) -> int | None:
    if not text or text.lower() == "0x":
        return None
    return int(text, 16)  # "0x" or bare: product types and suite masks below 10 are the same in both bases
