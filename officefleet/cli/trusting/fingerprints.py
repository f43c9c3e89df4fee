"""Reads a list of fingerprints that somebody trusted has written: ``host SHA256:...`` a line."""

from __future__ import annotations

from typing import TYPE_CHECKING

from officefleet.errors import Mark, SourceError
from officefleet.i18n import _
from officefleet.source.yaml import read_text

if TYPE_CHECKING:
    from pathlib import Path


def read_fingerprints(file: Path) -> dict[str, str]:
    """Return host name -> fingerprint.

    Raises:
        SourceError: unreadable, or a line that is not of that form.

    """
    found: dict[str, str] = {}
    for number, line in enumerate(read_text(file).splitlines(), 1):
        words = line.split("#", 1)[0].split()
        if not words:
            continue
        if len(words) != 2 or not words[1].startswith("SHA256:"):  # noqa: PLR2004  host and fingerprint
            raise SourceError(
                _("not a fingerprint: {line!r}").format(line=line.strip()),
                mark=Mark(str(file), number, 1),
                hint=_("write lines of the form: HOST SHA256:..."),
            )
        if found.setdefault(words[0], words[1]) != words[1]:
            raise SourceError(
                _("{host} has two fingerprints").format(host=words[0]), mark=Mark(str(file), number, 1)
            )
    return found
