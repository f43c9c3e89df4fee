"""Wait for some time, or until somebody at the controller has answered a prompt.

One wait holds for all hosts. Without a terminal a prompt is not waited for.
"""

from __future__ import annotations

from pydantic import Field, model_validator

from officefleet.modules.spec import Args, Bool, Kind, Spec, Text


class PauseArgs(Args):
    """Arguments of pause."""

    model_config = Args.model_config | {
        "json_schema_extra": {
            "examples": [{"seconds": 30}, {"minutes": 2}, {"prompt": "Plug the reader in, then press Enter"}]
        }
    }

    seconds: int | None = Field(default=None, description="negative values count as 1")
    minutes: int | None = None
    prompt: Text | None = None
    echo: Bool = True

    @model_validator(mode="after")
    def _one_of(self) -> PauseArgs:
        if self.seconds is not None and self.minutes is not None:
            raise ValueError("give either minutes or seconds")
        return self


SPEC = Spec(kind=Kind.ACTION, args=PauseArgs)
