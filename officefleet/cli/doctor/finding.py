"""What one check of a host has found."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any


class Verdict(StrEnum):
    """How a check ended; the words are part of the report and are not translated."""

    OK = "ok"
    SKIPPED = "skipped"
    WARNING = "warning"
    FAILED = "FAILED"


@dataclass(frozen=True, slots=True)
class Finding:
    """A line of the report.

    Attributes:
        check: what was looked at.
        verdict: how it ended.
        text: one sentence or figure.
        seconds: that it took.

    """

    check: str
    verdict: Verdict
    text: str = ""
    seconds: float = 0.0


@dataclass(slots=True)
class Report:
    """All findings about one host.

    Attributes:
        host: inventory name.
        about: facts of the connection and the system.
        findings: in order.

    """

    host: str
    about: dict[str, Any] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)

    @property
    def sound(self) -> bool:
        """Whether nothing failed."""
        return all(one.verdict is not Verdict.FAILED for one in self.findings)
