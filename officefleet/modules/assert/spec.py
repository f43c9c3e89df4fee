"""Fail unless every condition holds."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import AliasChoices, BeforeValidator, Field

from officefleet.modules.spec import Args, Bool, Kind, Spec


def _one_or_many(value: object) -> object:
    return value if isinstance(value, list) else [value]


class AssertArgs(Args):
    """Arguments of assert; `fail_msg` and `success_msg` are a text or a list of texts."""

    model_config = Args.model_config | {
        "json_schema_extra": {
            "examples": [
                {"that": "ansible_facts.memtotal_mb >= 3500"},
                {
                    "that": ["readers | length == 2", "scanner is defined"],
                    "fail_msg": "a reader is missing",
                    "quiet": True,
                },
            ]
        }
    }

    # not TextList: a condition may hold commas
    that: Annotated[list[Any], BeforeValidator(_one_or_many)]
    fail_msg: str | list[str] | None = Field(default=None, validation_alias=AliasChoices("fail_msg", "msg"))
    success_msg: str | list[str] | None = None
    quiet: Bool = False


SPEC = Spec(kind=Kind.ACTION, args=AssertArgs, pure=True)
