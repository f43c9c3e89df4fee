"""Manage certificates in a store of a Windows host: import from a file, export to one, remove.

Files may be PEM, DER, PKCS7 or PKCS12. Stores of services are not managed.
"""

from __future__ import annotations

import re
from typing import Literal

from pydantic import field_validator, model_validator

from officefleet.modules.spec import Args, Bool, Kind, Spec, Text
from officefleet.modules.windows import BOTH


class WinCertificateStoreArgs(Args):
    """Arguments of win_certificate_store."""

    model_config = Args.model_config | {
        "json_schema_extra": {
            "examples": [
                {"path": "C:\\Temp\\racine.cer", "store_name": "Root"},
                {"thumbprint": "BD7AF104CF1872BDB518D95C9534EA941665FD27", "state": "absent"},
            ]
        }
    }

    path: Text | None = None
    state: Literal["absent", "exported", "present"] = "present"
    thumbprint: Text | None = None
    store_name: Text = "My"
    store_location: Text = "LocalMachine"
    store_type: Literal["service", "system"] = "system"
    password: Text | None = None
    key_exportable: Bool = True
    key_storage: Literal["default", "machine", "user"] = "default"
    file_type: Literal["der", "pem", "pkcs12"] = "der"

    @field_validator("thumbprint")
    @classmethod
    def _hex(cls, thumbprint: str | None) -> str | None:
        if thumbprint is None:
            return None
        plain = re.sub(r"[^0-9A-Fa-f]", "", thumbprint).upper()
        if not re.fullmatch(r"[0-9A-F]{40}", plain):
            raise ValueError("a thumbprint has 40 hex digits")
        return plain

    @model_validator(mode="after")
    def _enough(self) -> WinCertificateStoreArgs:
        if self.state in ("present", "exported") and self.path is None:
            raise ValueError(f"state {self.state} needs a path")
        if self.state == "exported" and self.thumbprint is None:
            raise ValueError("state exported needs a thumbprint")
        if self.state == "absent" and self.path is None and self.thumbprint is None:
            raise ValueError("state absent needs a thumbprint or a path")
        if self.store_type == "service":
            raise ValueError("stores of services are not supported")
        if self.store_location not in ("LocalMachine", "CurrentUser"):
            raise ValueError("store_location is LocalMachine or CurrentUser")
        return self


SPEC = Spec(kind=Kind.STATE, args=WinCertificateStoreArgs, namespaces=BOTH, secret=("password",))
