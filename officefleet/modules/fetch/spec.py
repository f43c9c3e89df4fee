"""Copy a file from a host to the controller.

It goes to ``dest/HOST/path/on/the/host``; with `flat` to `dest` itself, or into `dest` when that ends with a slash.
Only a file that differs travels. The file's checksum is verified on arrival.
"""

from __future__ import annotations

from pydantic import ConfigDict, Field

from officefleet.modules.spec import Args, Bool, Kind, Spec, Text


class FetchArgs(Args):
    """Arguments of fetch."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {"src": "/var/log/syslog", "dest": "collecte"},
                {"src": "/etc/galss.ini", "dest": "galss/{{ inventory_hostname }}.ini", "flat": True},
            ]
        }
    )

    src: Text = Field(description="file on the host")
    dest: Text = Field(description="folder on the controller, or the file with flat")
    flat: Bool = Field(default=False, description="do not add the host's name and the file's path to dest")
    fail_on_missing: Bool = Field(
        default=True, description="a file that is missing or unreadable is a failure"
    )
    validate_checksum: Bool = Field(default=True, description="compare what arrived with the host's checksum")


SPEC = Spec(kind=Kind.EXECUTE, args=FetchArgs)
