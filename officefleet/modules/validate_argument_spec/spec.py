"""Check variables against a role's argument specification; a role with meta/argument_specs.yml does it by itself."""

from __future__ import annotations

from typing import Any

from pydantic import Field

from officefleet.modules.spec import Args, Kind, Spec


class ValidateArgumentSpecArgs(Args):
    """Arguments of validate_argument_spec.

    `argument_spec` holds one mapping per variable (type, required, choices, default, elements, options, ...).
    What `provided_arguments` does not hold is looked up among the host's variables.
    """

    model_config = Args.model_config | {
        "json_schema_extra": {
            "examples": [
                {
                    "argument_spec": {"reader_port": {"type": "int", "required": True}},
                    "provided_arguments": {"reader_port": 3},
                }
            ]
        }
    }

    argument_spec: dict[str, Any]
    provided_arguments: dict[str, Any] = Field(default_factory=dict)
    validate_args_context: dict[str, Any] = Field(default_factory=dict)


SPEC = Spec(kind=Kind.ACTION, args=ValidateArgumentSpecArgs, pure=True)
