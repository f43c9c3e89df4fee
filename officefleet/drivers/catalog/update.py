"""System updates: which build revision each brings, so that "installed" can be computed."""

from datetime import date
from typing import Annotated

from pydantic import Field

from officefleet.drivers.catalog.common import KbNumber, LocalText, Source
from officefleet.models.base import Model

Build = Annotated[int, Field(ge=10000, le=99999)]
Revision = Annotated[int, Field(ge=0, le=99999)]


class Update(Model):
    """One cumulative update (or a change that came with several).

    Windows updates are cumulative: a machine has this one when its revision (the number after the point in
    ``winver``, UBR in the registry) is at least that of its build here.

    Attributes:
        builds: build to the first revision that holds it; 0 for a build that was born with it.

    """

    kb: KbNumber
    published: date
    title: LocalText
    builds: dict[Build, Revision] = Field(min_length=1)
    source: Source

    def holds(self, build: int | None, revision: int | None) -> bool | None:
        """Return whether a machine at `build`.`revision` has the update; None when that cannot be told."""
        if build is None:
            return None
        first = self.builds.get(build)
        if first is None:
            return False
        if first == 0:
            return True
        return None if revision is None else revision >= first
