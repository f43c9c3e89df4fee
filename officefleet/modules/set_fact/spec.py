"""Set variables of the host for the rest of the run.

``cacheable: true`` also makes them facts, which count as ``ansible_facts``.
"""

from __future__ import annotations

from typing import Any

from pydantic import model_validator

from officefleet.modules.spec import Args, Bool, Kind, Spec


class SetFactArgs(Args):
    """Arguments of set_fact: any name and its value."""

    model_config = Args.model_config | {
        "extra": "allow",
        "json_schema_extra": {"examples": [{"spare_poste": "p7"}, {"readers": ["com3"], "cacheable": True}]},
    }

    cacheable: Bool = False

    @model_validator(mode="after")
    def _something(self) -> SetFactArgs:
        if not self.model_extra:
            raise ValueError("at least one name and value must be given")
        return self

    @property
    def variables(self) -> dict[str, Any]:
        """The names to set and their values."""
        return self.model_extra or {}


SPEC = Spec(kind=Kind.ACTION, args=SetFactArgs, facts="set_fact", pure=True, accepts_any=True)
