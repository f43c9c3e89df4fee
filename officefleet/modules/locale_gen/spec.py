"""Have a locale made, or not; needs Debian's package ``locales``."""

from __future__ import annotations

import re
from typing import Literal

from pydantic import field_validator

from officefleet.modules.spec import Args, Kind, Spec, TextList

_NAME = re.compile(r"^[A-Za-z]{2,3}(_[A-Z]{2})?(\.[A-Za-z0-9-]+)?(@[a-z]+)?$")


class LocaleGenArgs(Args):
    """Arguments of locale_gen."""

    model_config = Args.model_config | {"json_schema_extra": {"examples": [{"name": "fr_FR.UTF-8"}]}}

    name: TextList
    state: Literal["present", "absent"] = "present"

    @field_validator("name")
    @classmethod
    def _names(cls, names: list[str]) -> list[str]:
        for name in names:
            if not _NAME.match(name):
                raise ValueError(f"{name!r} is not the name of a locale, such as fr_FR.UTF-8")
        if not names:
            raise ValueError("give at least one name")
        return names


SPEC = Spec(kind=Kind.STATE, args=LocaleGenArgs, namespaces=("community.general",))
