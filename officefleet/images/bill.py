"""The software bill of a file system: what dpkg says is installed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from officefleet.images.index_fields import Package

if TYPE_CHECKING:
    from pathlib import Path


def debian_bill(root: Path) -> tuple[Package, ...]:
    """Return the packages installed below `root`, by name; () when it has no dpkg database.

    Source: the format of ``/var/lib/dpkg/status``, deb822(5).
    """
    status = root / "var/lib/dpkg/status"
    if not status.is_file():
        return ()
    found = []
    for paragraph in status.read_text(encoding="utf-8", errors="replace").split("\n\n"):
        fields = {}
        for line in paragraph.splitlines():
            name, colon, value = line.partition(":")
            if colon and not line.startswith((" ", "\t")):
                fields[name] = value.strip()
        if fields.get("Status", "").endswith(" installed"):
            found.append(
                Package(fields["Package"], fields.get("Version", ""), fields.get("Architecture", ""))
            )
    return tuple(sorted(found, key=lambda package: (package.name, package.architecture)))
