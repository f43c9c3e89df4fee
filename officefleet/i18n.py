"""Translation of what a person reads: French and English through gettext.

The language is OFFICEFLEET_LANG, else the first of LC_ALL, LC_MESSAGES and LANG that is set.
Call ``_()`` at the moment of use, never at import time: tests switch languages.
"""

from __future__ import annotations

import functools
import gettext
import os
from pathlib import Path

_LOCALES = Path(__file__).parent / "locale"


def language() -> str:
    """Return the two-letter language in force, "fr" where the environment says so, else "en"."""
    for name in ("OFFICEFLEET_LANG", "LC_ALL", "LC_MESSAGES", "LANG"):
        value = os.environ.get(name, "")
        if value:
            return "fr" if value[:2].lower() == "fr" else "en"
    return "en"


@functools.cache
def _catalogue(lang: str) -> gettext.NullTranslations:
    return gettext.translation("officefleet", _LOCALES, languages=[lang], fallback=True)


def _(message: str) -> str:
    """Return `message` in the user's language."""
    return _catalogue(language()).gettext(message)


def ngettext(one: str, many: str, count: int) -> str:
    """Return the singular or plural form for `count` in the user's language."""
    return _catalogue(language()).ngettext(one, many, count)
