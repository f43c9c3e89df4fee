"""One page of the binder: an incident with the keys under which its like is found again."""

from __future__ import annotations

import datetime as dt
import re
import uuid
from enum import StrEnum
from typing import Annotated

from pydantic import Field, StringConstraints

from officefleet.models import Incident
from officefleet.models.base import Slug, UsbId  # noqa: TC001  pydantic reads them at run time

Kb = Annotated[str, StringConstraints(pattern=r"^KB[0-9]{5,8}$")]
"""A Windows update: ``KB5066835``."""

PlaybookName = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9_-]{0,60}\.yml$")]
"""A file in ``playbooks/cures``; never a path, so that no page can name anything else."""


class Origin(StrEnum):
    """Who filed an incident."""

    HAND = "hand"
    SWAP = "swap"
    RUN = "run"
    DRIVER = "driver"
    AID = "aid"
    REBUILD = "rebuild"


class Page(Incident):
    """An incident of the binder.

    Attributes:
        device: USB id of the device concerned.
        driver: name of a driver of the catalogue.
        build: Windows build number.
        kb: the update that brought it.
        playbook: the cure, as a playbook in ``playbooks/cures``.

    """

    device: UsbId | None = None
    driver: Slug | None = None
    build: Annotated[int, Field(ge=10000, le=99999)] | None = None
    kb: Kb | None = None
    playbook: PlaybookName | None = None
    origin: Origin = Origin.HAND

    @property
    def keys(self) -> str:
        """The words under which it is found besides its sentences."""
        parts = (self.device, self.driver, self.build, self.kb, self.peripheral, self.machine, self.pharmacy)
        return " ".join(str(one) for one in (*parts, *self.tags) if one)


def new_id(machine: str | None) -> str:
    """Return an id for a new incident: sorts by day, unique in any binder."""
    day = dt.datetime.now(tz=dt.UTC).strftime("%Y%m%d")
    name = re.sub(r"[^a-z0-9-]", "-", machine or "officine")[:30]
    return f"i{day}-{name}-{uuid.uuid4().hex[:6]}"
