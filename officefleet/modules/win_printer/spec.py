r"""Manage a printer of a Windows host: its port, driver and settings.

Ansible has no such module; the names of the arguments are those of Windows' own cmdlets. The driver must be on the host
(win_driver brings it); a TCP/IP port is made when `port_address` is given.
"""

from __future__ import annotations

from typing import Literal

from pydantic import Field, model_validator

from officefleet.modules.spec import Args, Bool, Kind, Spec, Text
from officefleet.modules.windows import BOTH


class WinPrinterArgs(Args):
    """Arguments of win_printer."""

    model_config = Args.model_config | {
        "json_schema_extra": {
            "examples": [
                {"name": "Tickets", "driver": "EPSON TM-T88V Receipt5", "port": "USB001"},
                {
                    "name": "Ordonnances",
                    "driver": "Brother PCL6",
                    "port": "IP_10.42.1.60",
                    "port_address": "10.42.1.60",
                },
                {"name": "Ancienne", "state": "absent"},
            ]
        }
    }

    name: Text
    state: Literal["absent", "present"] = "present"
    driver: Text | None = None
    port: Text | None = None
    port_address: Text | None = Field(default=None, description="address of a network printer")
    port_number: int = Field(default=9100, ge=1, le=65535)
    shared: Bool | None = None
    share_name: Text | None = None
    comment: Text | None = None
    location: Text | None = None

    @model_validator(mode="after")
    def _enough(self) -> WinPrinterArgs:
        if self.state == "present" and (self.driver is None or self.port is None):
            raise ValueError("state present needs driver and port")
        return self


SPEC = Spec(kind=Kind.STATE, args=WinPrinterArgs, namespaces=BOTH)
