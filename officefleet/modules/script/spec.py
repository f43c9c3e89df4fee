"""Send a local script to the host and run it there; the words after its name are its arguments."""

from __future__ import annotations

from pydantic import AliasChoices, Field, field_validator

from officefleet.modules.spec import Args, Bool, Kind, Spec, Text


class ScriptArgs(Args):
    """Arguments of script."""

    model_config = Args.model_config | {
        "json_schema_extra": {
            "examples": [
                {"cmd": "scan-printers.sh --all"},
                {"cmd": "inventory.py", "executable": "python3", "creates": "/var/lib/inventory.json"},
            ]
        }
    }

    cmd: Text = Field(validation_alias=AliasChoices("cmd", "_raw_params", "free_form"))
    chdir: Text | None = None
    creates: Text | None = None
    removes: Text | None = None
    executable: Text | None = None
    decrypt: Bool = True

    @field_validator("cmd")
    @classmethod
    def _not_empty(cls, cmd: str) -> str:
        if not cmd.strip():
            raise ValueError("no script given")
        return cmd


SPEC = Spec(kind=Kind.EXECUTE, args=ScriptArgs, free_form="cmd", check="none")
