"""Run a PowerShell script and return what it puts out as data.

The script may set $Ansible.Changed, $Ansible.Failed, $Ansible.Result and $Ansible.Diff. In check mode it runs only if it
declares [CmdletBinding(SupportsShouldProcess)].
"""

from __future__ import annotations

from typing import Any, Literal

from officefleet.modules.spec import Args, Kind, Spec, Text, TextList
from officefleet.modules.windows import BOTH


class WinPowershellArgs(Args):
    """Arguments of win_powershell; `depth` says how deep objects are told."""

    model_config = Args.model_config | {
        "json_schema_extra": {
            "examples": [
                {"script": "(Get-CimInstance Win32_OperatingSystem).BuildNumber"},
                {
                    "script": "param([string]$Name)\nGet-Service $Name",
                    "parameters": {"Name": "SCardSvr"},
                    "depth": 3,
                },
            ]
        }
    }

    script: Text
    parameters: dict[str, Any] | None = None
    arguments: TextList | None = None
    chdir: Text | None = None
    creates: Text | None = None
    depth: int = 2
    error_action: Literal["silently_continue", "continue", "stop"] = "continue"
    executable: Text | None = None
    removes: Text | None = None


SPEC = Spec(kind=Kind.EXECUTE, args=WinPowershellArgs, namespaces=BOTH)
