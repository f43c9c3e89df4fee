"""The names and numbers of .NET's rights on files and on registry keys.

https://learn.microsoft.com/dotnet/api/system.security.accesscontrol.filesystemrights and .../registryrights.
"""

from __future__ import annotations

_FILE = {
    "readdata": 0x1, "listdirectory": 0x1, "writedata": 0x2, "createfiles": 0x2, "appenddata": 0x4,
    "createdirectories": 0x4, "readextendedattributes": 0x8, "writeextendedattributes": 0x10, "executefile": 0x20,
    "traverse": 0x20, "deletesubdirectoriesandfiles": 0x40, "readattributes": 0x80, "writeattributes": 0x100,
    "write": 0x116, "delete": 0x10000, "readpermissions": 0x20000, "read": 0x20089, "readandexecute": 0x200A9,
    "modify": 0x301BF, "changepermissions": 0x40000, "takeownership": 0x80000, "synchronize": 0x100000,
    "fullcontrol": 0x1F01FF,
}  # fmt: skip
_REGISTRY = {
    "queryvalues": 0x1, "setvalue": 0x2, "createsubkey": 0x4, "enumeratesubkeys": 0x8, "notify": 0x10,
    "createlink": 0x20, "delete": 0x10000, "readpermissions": 0x20000, "writekey": 0x20006, "readkey": 0x20019,
    "executekey": 0x20019, "changepermissions": 0x40000, "takeownership": 0x80000, "fullcontrol": 0xF003F,
}  # fmt: skip
SYNCHRONIZE = 0x100000
"""Windows adds this to every rule that allows something on a file."""


def number(rights: str, *, registry: bool) -> int | None:
    """Return the bits that names stand for, or None when one of them is unknown."""
    known = _REGISTRY if registry else _FILE
    bits = 0
    for part in rights.split(","):
        found = known.get(part.strip().lower())
        if found is None:
            return None
        bits |= found
    return bits
