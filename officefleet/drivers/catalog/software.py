"""Software at the counter: middleware of the health insurance, management software (LGO)."""

from enum import StrEnum

from officefleet.drivers.catalog.common import LocalText, Source, Statement
from officefleet.models import BuildRange
from officefleet.models.base import Model, Name, Slug, Version


class MiddlewareName(StrEnum):
    """The middleware that a machine's model records."""

    GALSS = "galss"
    PCSC = "pcsc"
    CRYPTOLIB_CPS = "cryptolib_cps"
    FSV = "fsv"


class MiddlewareEntry(Model):
    """One piece of middleware: what it is for and which versions are known."""

    name: MiddlewareName
    title: LocalText
    publisher: Name
    versions: tuple[Version, ...] = ()
    replaced_by: MiddlewareName | None = None
    statements: tuple[Statement, ...] = ()
    source: Source


class LgoEntry(Model):
    """One LGO: what its vendor asks of a poste.

    Attributes:
        builds: Windows builds that the vendor supports.
        needs: middleware that must be there.
        bits: 32 when its card calls come from 32-bit processes; None: not known.

    """

    name: Slug
    product: Name
    vendor: Name
    aliases: tuple[Name, ...] = ()
    builds: BuildRange = BuildRange()
    needs: tuple[MiddlewareName, ...] = ()
    bits: int | None = None
    statements: tuple[Statement, ...] = ()
    source: Source
