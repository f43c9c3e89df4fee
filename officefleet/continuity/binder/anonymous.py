"""Takes out of a text what could tell a person, a pharmacy or a device.

It errs on the side of silence: a sentence that may name somebody is left out whole.
"""

from __future__ import annotations

import functools
import re
import unicodedata
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from officefleet.inventory import Inventory

_TOLD = (
    (re.compile(r"\bo\d{4,6}-[a-z0-9-]+\b"), "POSTE"),
    (re.compile(r"\bofficine_\d{4,6}\b"), "OFFICINE"),
    (re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+"), "ADRESSE"),
    (re.compile(r"(?i)\b[0-9a-f]{2}(?:[:-][0-9a-f]{2}){5}\b"), "ADRESSE"),
    (re.compile(r"\b\d{1,3}(?:\.\d{1,3}){3}\b"), "ADRESSE"),
    (re.compile(r"(?i)(?<![\w:])(?:[0-9a-f]{1,4}:){3,7}[0-9a-f:]{1,4}(?![\w:])"), "ADRESSE"),
    (re.compile(r"https?://\S+"), "ADRESSE"),
    (re.compile(r"(?i)[a-z]:\\users\\[^\s\\]+|/home/[^\s/]+"), "CHEMIN"),
)
_PERSONAL = (
    re.compile(r"(?i)\b(?:mr|mme|mlle|madame|monsieur|mademoiselle|docteur|dr|pr|patiente?|client)\b"),
    re.compile(
        r"(?i)\b(?:née?\s+le|nir|n°\s*(?:de\s*)?s[ée]cu|sécurité sociale|s/n|n° de série|serial|série)\b"
    ),
    re.compile(
        r"(?<!\d)[12]\s?\d{2}\s?(?:0[1-9]|1[0-2]|[2-9]\d)\s?(?:\d{2}|2[ab])\s?\d{3}\s?\d{3}(?:\s?\d{2})?(?!\d)",
        re.IGNORECASE,
    ),
    re.compile(r"(?<!\d)(?:\+33|0033|0)\s?[1-9](?:[\s.-]?\d{2}){4}(?!\d)"),
    re.compile(r"\b\d{1,2}[/.-]\d{1,2}[/.-](?:19|20)\d{2}\b"),
    re.compile(r"\b\d{5}\s+[A-ZÉÈÀ]"),
    re.compile(
        r"(?i)\b\d+\s*(?:bis|ter)?,?\s+(?:rue|avenue|av\.|boulevard|bd|place|allée|chemin|impasse|quai)\b"
    ),
    re.compile(r"\b(?!KB\d{5,8}\b)(?=\w*\d)(?=\w*[A-Z])[A-Z0-9]{9,}\b"),
    re.compile(r"\bM\s+[A-ZÀ-Ý]"),
    re.compile(r"(?<!\d)\d{9,}(?!\d)"),
)
_TITLE = re.compile(r"\b(M|Mr|Mme|Mlle|Dr|Pr)\.\s+")
_CAPITALISED = re.compile(r"(?<=\S)\s+[\"'(]*([A-ZÀ-Ý][a-zà-ÿ'\u2019-]+)(?![A-Za-zÀ-ÿ0-9])")
_WORDS = Path(__file__).with_name("not_names.txt")
"""Capitalised words that are no names of people: makers, products, software."""


@functools.cache
def _not_names() -> frozenset[str]:
    lines = _WORDS.read_text(encoding="utf-8").splitlines()
    return frozenset(word for line in lines if not line.startswith("#") for word in line.casefold().split())


def anonymous(text: str, private: Iterable[str] = ()) -> str:
    """Return a text without names, addresses, serials and sentences that look personal; maybe "".

    Args:
        text: what somebody typed.
        private: words and names that must never appear: the pharmacies' own, people's, streets.

    """
    for pattern, instead in _TOLD:
        text = pattern.sub(instead, text)
    text = _TITLE.sub(r"\1 ", text)  # its dot ends no sentence
    kept = [one for one in re.split(r"(?<=[.!?;])\s+|\n+", text) if one.strip() and not _tells(one, private)]
    return " ".join(one.strip() for one in kept)


def _tells(sentence: str, private: Iterable[str]) -> bool:
    if any(pattern.search(sentence) for pattern in _PERSONAL):
        return True
    plain = _plain(sentence)
    if any(re.search(rf"\b{re.escape(_plain(one))}\b", plain) for one in private if one.strip()):
        return True
    # a capital letter that begins no sentence begins a name, unless we know better
    return any(
        found.group(1).casefold() not in _not_names() for found in _CAPITALISED.finditer(sentence.strip())
    )


def _plain(text: str) -> str:
    folded = unicodedata.normalize("NFKD", text.casefold())
    return "".join(one for one in folded if not unicodedata.combining(one))


def private_words(inventory: Inventory) -> set[str]:
    """Return what must never leave: names of pharmacies and people, streets, towns, phones, serial numbers."""
    found: set[str] = set()
    for pharmacy in inventory.pharmacies():
        found |= {pharmacy.name, pharmacy.address.street, pharmacy.address.city, pharmacy.phone or ""}
        found |= {part for part in (pharmacy.intervenes or "").split() if len(part) > 2}  # noqa: PLR2004  "Le", "de"
        for machine in pharmacy.machines:
            found |= {one.serial_number for one in machine.peripherals if one.serial_number}
    return {one for one in found if one}
