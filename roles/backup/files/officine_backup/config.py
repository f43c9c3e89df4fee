"""What `roles/backup` wrote down for this machine; secrets are in files of their own."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from officine_backup.problem import BackupProblem

FOLDER = Path("/etc/officine/backup")
STATE = Path("/var/lib/officine/backup")


@dataclass(frozen=True)
class Config:
    """The settings of a client or of a NAS.

    Attributes:
        role: "client" or "nas".
        nas: address of the append-only server, "" on the NAS.
        repository_file: holds the repository's address with its password; mode 600.
        key_file: holds the encryption key; mode 600.
        certificate: the server's, None for a repository on a local disk.
        paths: what is backed up.
        databases: PostgreSQL databases, each ``{"name", "port", "socket", "user"}``.
        upload_kib: KiB a second at most, 0: no limit.
        sample: files of each backup whose checksum is written down, for drills.
        repositories: on a NAS, the folder with one repository a client.
        clients: on a NAS, who may have a repository.
        disks: on a NAS, the rotating disks: ``{"name", "label", "uuid", "holder"}``.
        retention, disk_retention: ``{"all_days", "daily", "weekly", "monthly"}``.
        policy: the pharmacy's policy, for the record.
        state: folder of what is known about earlier runs.

    """

    role: str
    pharmacy: str
    host: str
    key_file: Path
    state: Path = STATE
    nas: str = ""
    repository_file: Path | None = None
    certificate: Path | None = None
    paths: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    databases: tuple[dict[str, Any], ...] = ()
    upload_kib: int = 0
    sample: int = 200
    repositories: Path = Path("/srv/officine/backup/repos")
    clients: tuple[str, ...] = ()
    disks: tuple[dict[str, Any], ...] = ()
    retention: dict[str, int] = field(default_factory=dict)
    disk_retention: dict[str, int] = field(default_factory=dict)
    policy: dict[str, Any] = field(default_factory=dict)
    user: str = ""


_PATHS = ("key_file", "state", "repository_file", "certificate", "repositories")
_TUPLES = ("paths", "exclude", "databases", "clients", "disks")


def load(path: Path) -> Config:
    """Return the settings of this machine.

    Raises:
        BackupProblem: there are none, or they cannot be read.

    """
    try:
        raw = json.loads(path.read_text(encoding="utf-8"))
        for name in _PATHS:
            if raw.get(name) is not None:
                raw[name] = Path(raw[name])
        for name in _TUPLES:
            raw[name] = tuple(raw.get(name) or ())
        return Config(**raw)
    except FileNotFoundError:
        raise BackupProblem("not-set-up") from None
    except (OSError, ValueError, TypeError) as error:
        raise BackupProblem("settings-wrong", path=str(path), reason=str(error)) from None
