"""The report as text or JSON, without names and secrets: it is made to be sent to somebody else."""

from __future__ import annotations

import json
import platform
import re
from collections import Counter
from typing import TYPE_CHECKING, Any

import officefleet
from officefleet.i18n import _

if TYPE_CHECKING:
    from collections.abc import Iterable

    from officefleet.cli.doctor.finding import Finding, Report

_SHORT = 3  # characters; shorter names would eat words that have nothing to do with them
_DOMAIN_USER = re.compile(r"^[^\\@]+\\|@.+$")


class Veil:
    """Puts stand-ins in the place of names and secrets.

    Args:
        names: (text, stand-in).

    """

    def __init__(self, names: Iterable[tuple[str, str]]) -> None:
        found: dict[str, str] = {}
        for text, stand_in in names:
            for one in (text, _DOMAIN_USER.sub("", text), text.partition(".")[0]):
                if len(one) >= _SHORT and not one.isdigit():
                    found.setdefault(one.lower(), stand_in)
        self._stand_ins = found
        words = sorted(found, key=len, reverse=True)
        self._pattern = re.compile("|".join(map(re.escape, words)), re.IGNORECASE) if words else None

    def hide(self, text: str) -> str:
        """Return a text with stand-ins."""
        if self._pattern is None:
            return text
        return self._pattern.sub(lambda found: self._stand_ins[found[0].lower()], text)


def line(finding: Finding, veil: Veil) -> str:
    """Return one finding as a line."""
    return (
        f"{finding.verdict:8} {finding.seconds:7.2f} s  {veil.hide(finding.check)}: {veil.hide(finding.text)}"
    )


def head() -> str:
    """Return the first line of a report."""
    return _("officefleet doctor {version}, controller {system} Python {python}").format(
        version=getattr(officefleet, "__version__", "0.1.0"),
        system=platform.system(),
        python=platform.python_version(),
    )


def tail(report: Report) -> str:
    """Return the last line."""
    count = Counter(one.verdict for one in report.findings)
    return ", ".join(f"{number} {verdict}" for verdict, number in sorted(count.items()))


def as_json(report: Report, veil: Veil) -> str:
    """Return the whole report as JSON."""
    found: dict[str, Any] = {
        "head": head(),
        "sound": report.sound,
        "about": {
            name: veil.hide(value) if isinstance(value, str) else value
            for name, value in report.about.items()
        },
        "findings": [
            {
                "check": veil.hide(one.check),
                "verdict": one.verdict,
                "text": veil.hide(one.text),
                "seconds": one.seconds,
            }
            for one in report.findings
        ],
    }
    return json.dumps(found, ensure_ascii=False, indent=2)
