"""JUnit XML, of a run and of problems: text of hosts is data, whatever it holds."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

if TYPE_CHECKING:
    from pathlib import Path

# XML 1.0 has no way to write these, not even as references.
_FORBIDDEN = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def element(tag: str, text: str = "", /, **attributes: str) -> ET.Element:
    """Return an element; characters that XML forbids are replaced."""
    made = ET.Element(tag, {key: _clean(value) for key, value in attributes.items()})
    if text:
        made.text = _clean(text)
    return made


def write(root: ET.Element, file: Path) -> None:
    """Write a document as UTF-8."""
    ET.indent(root)
    ET.ElementTree(root).write(file, encoding="utf-8", xml_declaration=True)


def text_of(element: ET.Element) -> str:
    """Return an element as XML text, for documents that are too large to be held."""
    return ET.tostring(element, encoding="unicode")


def opening(element: ET.Element) -> str:
    """Return the opening tag of an element that is still empty."""
    return text_of(element).removesuffix(" />") + ">"


def _clean(text: str) -> str:
    return _FORBIDDEN.sub("\N{REPLACEMENT CHARACTER}", text)
