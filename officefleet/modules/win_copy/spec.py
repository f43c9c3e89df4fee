r"""Copy a file, a folder or given text to a Windows host.

Content goes to the host only when it is not there already, and takes the old file's place at once. With a slash at the
end of `dest` the source is put into that folder, which is made if need be.
"""

from __future__ import annotations

from typing import Any

from pydantic import Field

from officefleet.modules.spec import Args, Bool, Kind, Spec, Text
from officefleet.modules.windows import BOTH


class WinCopyArgs(Args):
    """Arguments of win_copy."""

    model_config = Args.model_config | {
        "json_schema_extra": {
            "examples": [
                {"src": "galss.ini", "dest": "C:\\ProgramData\\officine\\"},
                {"content": "Poste 3\r\n", "dest": "C:\\ProgramData\\officine\\poste.txt"},
                {"src": "lgo/", "dest": "C:\\LGO"},
                {"src": "C:\\LGO\\a.ini", "dest": "C:\\LGO\\b.ini", "remote_src": True, "backup": True},
            ]
        }
    }

    dest: Text
    src: Text | None = None
    content: Any = Field(default=None, description="the text itself; anything but text is written as JSON")
    backup: Bool = False
    force: Bool = True
    decrypt: Bool = True
    local_follow: Bool = True
    remote_src: Bool = False


SPEC = Spec(kind=Kind.STATE, args=WinCopyArgs, namespaces=BOTH)
