"""Answer a package's question before it is installed or configured."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import AliasChoices, BeforeValidator, Field, model_validator

from officefleet.modules.spec import Args, Bool, Kind, Spec, Text

Type = Literal[
    "boolean", "error", "multiselect", "note", "password", "seen", "select", "string", "text", "title"
]  # fmt: skip


def _answer(value: Any) -> Any:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list):
        return ", ".join(str(one) for one in value)
    return value if value is None else str(value)


class DebconfArgs(Args):
    """Arguments of debconf; without a question the answers that are there are reported."""

    model_config = Args.model_config | {
        "json_schema_extra": {
            "examples": [
                {"name": "tzdata", "question": "tzdata/Zones/Europe", "vtype": "select", "value": "Paris"},
                {"name": "tzdata"},
            ]
        }
    }

    name: Text = Field(validation_alias=AliasChoices("name", "pkg"))
    question: Text | None = Field(
        default=None, validation_alias=AliasChoices("question", "selection", "setting")
    )
    vtype: Type | None = None
    value: Annotated[str | None, BeforeValidator(_answer)] = Field(
        default=None, validation_alias=AliasChoices("value", "answer")
    )
    unseen: Bool = False

    @model_validator(mode="after")
    def _complete(self) -> DebconfArgs:
        if self.question is not None and (self.vtype is None or self.value is None):
            raise ValueError("parameters are required together: question, vtype, value")
        if any("\n" in text for text in (self.name, self.question or "", self.value or "")):
            raise ValueError("a line break would begin another answer")
        return self


SPEC = Spec(kind=Kind.STATE, args=DebconfArgs, secret=("value",))
