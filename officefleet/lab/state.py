"""Where labs keep their files, which of them live, and how to talk to their keepers."""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import re
import socket
import struct
from pathlib import Path
from typing import Any

from officefleet.errors import LabError, UsageError
from officefleet.i18n import _
from officefleet.lab.topology import Topology

_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,30}")


def labs_folder() -> Path:
    """Return the folder with one folder per lab: ``$XDG_STATE_HOME/officefleet/lab``."""
    home = os.environ.get("XDG_STATE_HOME") or Path.home() / ".local" / "state"
    return Path(home) / "officefleet" / "lab"


class LabState:
    """The files of one lab.

    A lab lives exactly as long as its keeper holds the lock; whatever else is there without it was left
    behind by a run that was killed.

    Args:
        name: 1 to 31 lower-case letters, digits and dashes.

    Raises:
        UsageError: not such a name.

    """

    def __init__(self, name: str) -> None:
        if not _NAME.fullmatch(name):
            raise UsageError(
                _("{name!r} cannot name a lab.").format(name=name),
                hint=_("Use up to 31 lower-case letters, digits and dashes."),
            )
        self.name = name
        self.folder = labs_folder() / name
        self.lock_file = labs_folder() / f"{name}.lock"

    @property
    def private_key(self) -> Path:
        """The key that every host's ``officefleet`` account accepts."""
        return self.folder / "id_ed25519"

    @property
    def known_hosts(self) -> Path:
        """Empty at first: ``officefleet trust`` writes it."""
        return self.folder / "known_hosts"

    @property
    def fingerprints(self) -> Path:
        """The host keys as read from the machines' own disks: one ``name SHA256:...`` a line."""
        return self.folder / "fingerprints"

    def lock(self) -> int:
        """Take the lab's lock; return its descriptor.

        Raises:
            LabError: the lab lives.

        """
        self.lock_file.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(self.lock_file, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(descriptor)
            raise LabError(
                _("The lab {name} is up already.").format(name=self.name),
                hint=_("Run: officefleet lab down --name {name}").format(name=self.name),
            ) from None
        return descriptor

    def lives(self) -> bool:
        """Whether a keeper (or a start or an end in progress) holds the lock."""
        try:
            os.close(self.lock())
        except LabError:
            return True
        return False

    def topology(self) -> Topology:
        """Return what the lab consists of.

        Raises:
            LabError: there is no such lab.

        """
        try:
            spec = json.loads((self.folder / "lab.json").read_text(encoding="utf-8"))
        except FileNotFoundError:
            raise self.not_up() from None
        return Topology.from_json(spec["topology"])

    def ask(self, do: str, **details: Any) -> Any:
        """Send the keeper one request and return its answer.

        Raises:
            LabError: the lab is not up, or the keeper could not do it.

        """
        with self._connect() as peer:
            peer.sendall(json.dumps({"do": do, **details}).encode() + b"\n")
            with peer.makefile("rb") as stream:
                line = stream.readline()
        answer = json.loads(line) if line else {"error": _("the keeper ended")}
        if "error" in answer:
            raise LabError(_("The lab could not do it: {reason}").format(reason=answer["error"]))
        return answer["ok"]

    def keeper_pid(self) -> int:
        """Return the keeper's process id, as this process sees it.

        Raises:
            LabError: the lab is not up.

        """
        with self._connect() as peer:
            credentials = peer.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, struct.calcsize("3i"))
            pid: int = struct.unpack("3i", credentials)[0]
        return pid

    def not_up(self) -> LabError:
        """Return the error for a lab that is not up."""
        return LabError(
            _("The lab {name} is not up.").format(name=self.name),
            hint=_("Run: officefleet lab up --name {name}").format(name=self.name),
        )

    def _connect(self) -> socket.socket:
        peer = socket.socket(socket.AF_UNIX)
        peer.settimeout(30)
        with contextlib.ExitStack() as stack:
            stack.callback(peer.close)
            try:
                folder = os.open(self.folder, os.O_PATH | os.O_DIRECTORY)
                stack.callback(os.close, folder)
                # By way of the open folder: a socket's address holds 107 bytes only.
                peer.connect(f"/proc/self/fd/{folder}/control")
            except (FileNotFoundError, ConnectionRefusedError):
                raise self.not_up() from None
            stack.pop_all()
            os.close(folder)
        return peer


def known_labs() -> list[str]:
    """Return the names of all labs that left files, alive or not."""
    folder = labs_folder()
    return sorted(path.name for path in folder.iterdir() if path.is_dir()) if folder.is_dir() else []
