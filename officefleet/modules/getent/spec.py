"""Look entries up in one of the host's name databases (passwd, group, hosts, services, ...)."""

from __future__ import annotations

from pydantic import field_validator

from officefleet.modules.spec import Args, Bool, Kind, Spec, Text


class GetentArgs(Args):
    """Arguments of getent."""

    model_config = Args.model_config | {
        "json_schema_extra": {
            "examples": [
                {"database": "passwd", "key": "root"},
                {"database": "hosts", "key": "nas", "fail_key": False},
            ]
        }
    }

    database: Text
    key: Text | None = None
    service: Text | None = None
    split: Text | None = None
    fail_key: Bool = True

    @field_validator("database", "key", "service")
    @classmethod
    def _no_option(cls, value: str | None) -> str | None:
        if value is not None and value.startswith("-"):
            raise ValueError("must not begin with a hyphen")
        return value


SPEC = Spec(kind=Kind.EXECUTE, args=GetentArgs, facts="facts")
