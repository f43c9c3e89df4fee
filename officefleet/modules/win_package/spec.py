"""Install or remove software of a Windows host: an MSI package, or another installer with what proves that it is there.

An installer's exit codes 3010 and 1641 mean that a restart is needed or under way: `reboot_required` tells it. Packages of
the kinds msp and msix, and of PowerShell's PackageManagement, are not supported.
"""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field, field_validator, model_validator

from officefleet.modules.spec import Args, Bool, Kind, Spec, Text
from officefleet.modules.windows import BOTH


class WinPackageArgs(Args):
    """Arguments of win_package; the `creates_*` checks and `product_id` must all hold for it to be installed."""

    model_config = Args.model_config | {
        "json_schema_extra": {
            "examples": [
                {"path": "C:\\Temp\\galss.msi", "arguments": "REBOOT=ReallySuppress"},
                {"path": "\\\\nas\\logiciels\\7z.exe", "product_id": "7-Zip", "arguments": ["/S"]},
                {"product_id": "{0240359E-6A4C-4884-9E94-B397A02D893C}", "state": "absent"},
            ]
        }
    }

    path: Text | None = None
    product_id: Text | None = None
    state: Literal["absent", "present"] = "present"
    arguments: Any = None
    chdir: Text | None = None
    checksum: Text | None = None
    checksum_algorithm: Literal["md5", "sha1", "sha256", "sha384", "sha512"] = "sha1"
    creates_path: Text | None = None
    creates_service: Text | None = None
    creates_version: Text | None = None
    expected_return_code: list[int] = Field(default=[0, 3010])
    log_path: Text | None = None
    provider: Literal["auto", "msi", "msix", "msp", "registry", "package_management"] = "auto"
    proxy_url: Text | None = None
    url_password: Text | None = None
    url_timeout: int = Field(default=30, description="seconds until the server must have answered")
    url_username: Text | None = None
    use_proxy: Bool = True
    validate_certs: Bool = True
    verify_signature: Bool = False
    wait_for_children: Bool = False

    @field_validator("expected_return_code", mode="before")
    @classmethod
    def _codes(cls, value: object) -> object:
        if isinstance(value, int):
            return [value]
        return [int(part) for part in value.split(",")] if isinstance(value, str) else value

    @field_validator("arguments")
    @classmethod
    def _line(cls, value: Any) -> Any:
        if value is not None and not isinstance(value, str | list):
            raise ValueError("arguments is a text or a list of words")
        return [str(one) for one in value] if isinstance(value, list) else value

    @model_validator(mode="after")
    def _enough(self) -> WinPackageArgs:
        if self.state == "present" and self.path is None:
            raise ValueError("state present needs a path")
        if self.state == "absent" and self.path is None and self.product_id is None:
            raise ValueError("state absent needs a path or a product_id")
        if self.creates_version is not None and self.creates_path is None:
            raise ValueError("creates_version needs creates_path")
        if self.provider in ("msix", "msp", "package_management"):
            raise ValueError("packages of this provider are not supported")
        return self


SPEC = Spec(kind=Kind.STATE, args=WinPackageArgs, namespaces=BOTH, secret=("url_password",))
