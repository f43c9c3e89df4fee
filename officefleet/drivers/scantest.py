"""The scan test: a code with known content is shown, a person scans it, what arrives is explained.

False alerts of the medicines verification (FMD) come from a wrong keyboard layout or case, which no driver
check sees; only a scan does.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from ppf.datamatrix import DataMatrix

from officefleet.drivers.keyboard import GROUP_SEPARATOR, LAYOUTS, arrives
from officefleet.i18n import _

if TYPE_CHECKING:
    from collections.abc import Iterator

    from officefleet.drivers.keyboard import Layout

CONTENT = f"0103400930000120{'21'}AZqw19Mm{GROUP_SEPARATOR}17271231{'10'}LOT-Aq_7"
"""Shaped as an FMD code (product, serial number, separator, expiry, batch); no medicine bears it.

It holds the keys on which layouts differ: A, Q, Z, W, M, digits, hyphen and underscore, in both cases.
"""

_QUIET_ZONE = 2  # modules; the standard asks for one


class ScanCause(StrEnum):
    """What a scan test found."""

    GOOD = "good"
    LAYOUT = "layout"
    CAPS_LOCK = "caps_lock"
    LAYOUT_AND_CAPS = "layout_and_caps"
    CASE = "case"
    SEPARATOR = "separator"
    AFFIX = "affix"
    TRUNCATED = "truncated"
    NOTHING = "nothing"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class ScanDiagnosis:
    """What is wrong with a scanner, and what to do."""

    cause: ScanCause
    message: str
    cure: str = ""

    @property
    def good(self) -> bool:
        """Whether the content arrived as it is in the code."""
        return self.cause is ScanCause.GOOD


def matrix(content: str = CONTENT) -> list[list[bool]]:
    """Return the modules of a DataMatrix (ECC 200) with its quiet zone; True is dark."""
    rows = [[bool(cell) for cell in row] for row in DataMatrix(content).matrix]
    width = len(rows[0]) + 2 * _QUIET_ZONE
    edge = [[False] * width for _row in range(_QUIET_ZONE)]
    side = [False] * _QUIET_ZONE
    return [*edge, *([*side, *row, *side] for row in rows), *edge]


def terminal_lines(modules: list[list[bool]]) -> Iterator[str]:
    """Yield the code for a terminal: two rows of modules a line, dark on light whatever the colours."""
    padded = [*modules, [False] * len(modules[0])] if len(modules) % 2 else modules
    for upper, lower in zip(padded[::2], padded[1::2], strict=True):
        cells = [
            {(True, True): " ", (True, False): "▄", (False, True): "▀", (False, False): "█"}[pair]
            for pair in zip(upper, lower, strict=True)
        ]
        yield f"\x1b[97;40m{''.join(cells)}\x1b[0m"


def svg(modules: list[list[bool]], module: int = 8) -> str:
    """Return the code as SVG for a page or for paper; `module` is the size of one in pixels."""
    width, height = len(modules[0]), len(modules)
    path = "".join(f"M{x} {y}h1v1h-1z" for y, row in enumerate(modules) for x, dark in enumerate(row) if dark)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width * module}" height="{height * module}" '
        f'viewBox="0 0 {width} {height}" shape-rendering="crispEdges">'
        f'<rect width="{width}" height="{height}" fill="#fff"/><path d="{path}" fill="#000"/></svg>'
    )


def diagnose(received: str, content: str = CONTENT) -> ScanDiagnosis:  # noqa: PLR0911  a ladder of cases
    """Return why what arrived differs from what was scanned, the likeliest cause first."""
    text = received.rstrip("\r\n\t")
    if not text.strip():
        return ScanDiagnosis(
            ScanCause.NOTHING,
            _("nothing arrived"),
            _("check cable and trigger; a scanner in serial mode does not type"),
        )
    if text == content:
        return ScanDiagnosis(ScanCause.GOOD, _("the scanner reads and types as it should"))
    bare = content.replace(GROUP_SEPARATOR, "")
    if _same_but_separator(text, content):
        return ScanDiagnosis(
            ScanCause.SEPARATOR,
            _("the group separator is lost or replaced: serial number and expiry run together"),
            _("scan the manual's code that sends the group separator (GS, ASCII 29)"),
        )
    found = _layouts(text, content) or _layouts(text, bare)
    if found is not None:
        return found
    if text.casefold() in (content.casefold(), bare.casefold()):
        return ScanDiagnosis(
            ScanCause.CASE,
            _("the letters' case is changed"),
            _("set the scanner's case conversion to none, and Caps Lock off"),
        )
    if content in text or bare in text:
        return ScanDiagnosis(
            ScanCause.AFFIX,
            _("the scanner adds characters before or after the code"),
            _("remove its prefix and suffix, or its AIM identifier"),
        )
    if content.startswith(text) or bare.startswith(text):
        return ScanDiagnosis(
            ScanCause.TRUNCATED,
            _("the end of the code is missing"),
            _("lengthen the delay between characters; try another USB port"),
        )
    return ScanDiagnosis(
        ScanCause.UNKNOWN,
        _("what arrived is not the code, and no known cause explains it"),
        _("was another code scanned? Else reset the scanner to its factory settings"),
    )


def _same_but_separator(text: str, content: str) -> bool:
    """Return whether only the group separators are missing or became one or two other characters."""
    fields = content.split(GROUP_SEPARATOR)
    at = 0
    for number, field in enumerate(fields):
        place = text.find(field, at)
        if place < 0 or place - at > (2 if number else 0):
            return False
        at = place + len(field)
    return at == len(text)


def _layouts(text: str, content: str) -> ScanDiagnosis | None:
    pairs: list[tuple[Layout, Layout, bool]] = [
        (scanner, system, caps)
        for caps in (False, True)
        for scanner in LAYOUTS
        for system in LAYOUTS
        if caps or scanner is not system
    ]
    for scanner, system, caps in pairs:
        if arrives(content, scanner, system, caps=caps) != text:
            continue
        if scanner is system:
            return ScanDiagnosis(
                ScanCause.CAPS_LOCK, _("Caps Lock is on"), _("switch Caps Lock off and scan again")
            )
        message = _("the scanner types for {scanner}, the poste reads {system}").format(
            scanner=scanner.name, system=system.name
        )
        cure = _("scan the manual's code for the {system} keyboard (country: as the poste)").format(
            system=system.name
        )
        cause = ScanCause.LAYOUT_AND_CAPS if caps else ScanCause.LAYOUT
        if caps:
            message = _("{message}, and Caps Lock is on").format(message=message)
        return ScanDiagnosis(cause, message, cure)
    return None
