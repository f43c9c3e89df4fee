"""What every catalogue entry shares: two languages, a source with its date."""

from datetime import date
from typing import Annotated

from pydantic import Field, StringConstraints

from officefleet.models.base import Model, Name

Prose = Annotated[str, StringConstraints(min_length=3, max_length=1000, strip_whitespace=True)]
"""A sentence or two for people."""

KbNumber = Annotated[str, StringConstraints(pattern=r"^KB[0-9]{6,8}$")]
"""A Microsoft knowledge-base number, as updates are named: ``KB5066835``."""


class LocalText(Model):
    """One text in French and in English."""

    fr: Prose
    en: Prose

    def in_language(self, language: str) -> str:
        """Return the text in "fr", else in English."""
        return self.fr if language == "fr" else self.en


class Source(Model):
    """Who says so and when.

    Attributes:
        verified: False for general knowledge that still wants a document.

    """

    title: Name
    date: Annotated[date, Field(description="of the document")]
    url: Annotated[str, StringConstraints(pattern=r"^https://[^\s]+$")] | None = None
    verified: bool = True


class Statement(Model):
    """What a vendor declared about its product."""

    text: LocalText
    source: Source
