"""Show a message or a variable."""

from __future__ import annotations

from typing import Any

from pydantic import model_validator

from officefleet.modules.spec import Args, Kind, Spec


class DebugArgs(Args):
    """Arguments of debug; `verbosity` is the count of -v from which it shows."""

    model_config = Args.model_config | {
        "json_schema_extra": {
            "examples": [
                {"msg": "Poste 3 is ready"},
                {"var": "printers | length"},
                {"var": "facts", "verbosity": 2},
            ]
        }
    }

    msg: Any = None
    var: Any = None
    verbosity: int = 0

    @model_validator(mode="after")
    def _one_of(self) -> DebugArgs:
        if self.msg is not None and self.var is not None:
            raise ValueError("'msg' and 'var' are incompatible options")
        return self


SPEC = Spec(kind=Kind.ACTION, args=DebugArgs, pure=True)
