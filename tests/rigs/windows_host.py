"""A simulated Windows machine: plain Python state that simulated modules read and change.

It holds what the modules of officefleet look at, in the shapes in which the registry, CIM and the cmdlets give it,
with a French machine's names. It proves protocols, plans and orders of events, not Windows.
"""

from __future__ import annotations

import hashlib
import importlib.util
import sys
import threading
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import ModuleType

FOLDER = Path(__file__).parent / "windows_modules"
_ADMINISTRATORS, _USERS, _GUESTS = "S-1-5-32-544", "S-1-5-32-545", "S-1-5-32-546"
_COMPUTER = "S-1-5-21-1004336348-1177238915-682003330"


class ModuleFailed(Exception):  # noqa: N818  it is a module's outcome
    """The simulated module fails the task with a message and fields."""

    def __init__(self, msg: str, **fields: Any) -> None:
        super().__init__(msg)
        self.msg = msg
        self.fields = fields


class Undecidable(Exception):  # noqa: N818  see above
    """Check mode cannot know."""


class Registry:
    """Keys by path, case-insensitive and case-preserving; a value is (type, data)."""

    def __init__(self) -> None:
        self._keys: dict[str, tuple[str, dict[str, tuple[str, str, Any]]]] = {}

    def create(self, key: str) -> None:
        """Make a key and its parents."""
        parts = key.strip("\\").split("\\")
        for count in range(1, len(parts) + 1):
            path = "\\".join(parts[:count])
            self._keys.setdefault(path.lower(), (path, {}))

    def get(self, key: str) -> dict[str, tuple[str, Any]] | None:
        """Return {value name: (type, data)} of a key, or None; the default value's name is ""."""
        found = self._keys.get(key.strip("\\").lower())
        return None if found is None else {name: (kind, data) for name, kind, data in found[1].values()}

    def value(self, key: str, name: str) -> tuple[str, Any] | None:
        """Return one value (type, data) or None, whatever the case of its name."""
        found = self._keys.get(key.strip("\\").lower())
        one = found[1].get(name.lower()) if found else None
        return one[1:] if one else None

    def set(self, key: str, name: str, kind: str, data: Any) -> None:
        """Set a value, making the key."""
        self.create(key)
        self._keys[key.strip("\\").lower()][1][name.lower()] = (name, kind, data)

    def delete(self, key: str, name: str | None = None) -> None:
        """Remove a value, or with None the key and all below it."""
        low = key.strip("\\").lower()
        if name is not None:
            if low in self._keys:
                self._keys[low][1].pop(name.lower(), None)
            return
        for path in [one for one in self._keys if one == low or one.startswith(low + "\\")]:
            del self._keys[path]

    def subkeys(self, key: str) -> list[str]:
        """Return the names of the keys right below."""
        low = key.strip("\\").lower() + "\\"
        return sorted(
            path[len(low) :]
            for one, (path, _values) in self._keys.items()
            if one.startswith(low) and "\\" not in one[len(low) :]
        )


@dataclass
class Node:
    """A file, folder or link."""

    kind: str
    data: bytes = b""
    attributes: set[str] = field(default_factory=set)
    owner: str = _ADMINISTRATORS
    acl: list[dict[str, Any]] = field(default_factory=list)
    inherits: bool = True
    target: str = ""
    mtime: float = 1_700_000_000.0
    ctime: float = 1_700_000_000.0
    atime: float = 1_700_000_000.0
    name: str = ""


class FileTree:
    r"""NTFS-like: paths with backslashes, case-insensitive, case-preserving."""

    def __init__(self) -> None:
        self._nodes: dict[str, tuple[str, Node]] = {}
        self.journal: list[tuple[str, Any]] = []

    @staticmethod
    def clean(path: str) -> str:
        """Return a path with backslashes, without a trailing one."""
        path = path.replace("/", "\\")
        return path if len(path) <= 3 else path.rstrip("\\")

    def get(self, path: str) -> Node | None:
        """Return what is there, or None."""
        found = self._nodes.get(self.clean(path).lower())
        return found[1] if found else None

    def true_path(self, path: str) -> str:
        """Return a path in the case in which it was made."""
        found = self._nodes.get(self.clean(path).lower())
        return found[0] if found else self.clean(path)

    def _put(self, path: str, node: Node) -> Node:
        path = self.clean(path)
        node.name = path.rpartition("\\")[2]
        self._nodes[path.lower()] = (path, node)
        return node

    def mkdir(self, path: str) -> Node:
        """Make a folder and its parents."""
        path = self.clean(path)
        parts = path.split("\\")
        node = None
        for count in range(1, len(parts) + 1):
            part = "\\".join(parts[:count]) + ("\\" if count == 1 else "")
            node = self.get(part) or self._put(part, Node("directory", attributes={"Directory"}))
        assert node is not None
        return node

    def write(self, path: str, data: bytes) -> Node:
        """Write a file into an existing folder.

        Raises:
            ModuleFailed: no such folder, or a folder of that name.

        """
        parent = self.clean(path).rpartition("\\")[0]
        above = self.get(parent if parent.count("\\") else parent + "\\")
        if above is None or above.kind != "directory":
            raise ModuleFailed(f"Could not find a part of the path '{path}'.")
        node = self.get(path)
        if node is None:
            node = self._put(path, Node("file", attributes={"Archive"}))
        if node.kind == "directory":
            raise ModuleFailed(f"Access to the path '{path}' is denied.")
        node.data = data
        return node

    def link(self, path: str, target: str) -> Node:
        """Make a symbolic link."""
        return self._put(path, Node("link", target=target, attributes={"ReparsePoint"}))

    def remove(self, path: str) -> None:
        """Remove a file, or a folder with all that is in it."""
        low = self.clean(path).lower()
        below = low.rstrip("\\") + "\\"
        for one in [one for one in self._nodes if one == low or one.startswith(below)]:
            del self._nodes[one]

    def children(self, path: str) -> list[str]:
        """Return the names in a folder."""
        below = self.clean(path).lower().rstrip("\\") + "\\"
        return sorted(
            true[len(below) :]
            for one, (true, _node) in self._nodes.items()
            if one.startswith(below) and one != below and "\\" not in one[len(below) :]
        )

    def walk(self, path: str) -> Iterator[tuple[str, Node]]:
        """Yield (path, node) of all below a folder, parents first."""
        below = self.clean(path).lower().rstrip("\\") + "\\"
        for one in sorted(self._nodes):
            if one.startswith(below) and one != below:
                yield self._nodes[one]


@dataclass
class Context:
    """What one task brings: as the agent's $Context."""

    check: bool = False
    diff: bool = False
    timeout: float = 0
    environment: dict[str, str] = field(default_factory=dict)
    folder: str = "C:\\Users\\admin\\AppData\\Local\\Temp\\officefleet"


@dataclass
class WindowsMachine:
    """All state of a simulated machine; see each attribute's default for its shape."""

    registry: Registry = field(default_factory=Registry)
    files: FileTree = field(default_factory=FileTree)
    services: dict[str, dict[str, Any]] = field(default_factory=dict)
    users: dict[str, dict[str, Any]] = field(default_factory=dict)
    groups: dict[str, dict[str, Any]] = field(default_factory=dict)
    tasks: dict[str, dict[str, Any]] = field(default_factory=dict)
    packages: list[dict[str, Any]] = field(default_factory=list)
    features: dict[str, dict[str, Any]] = field(default_factory=dict)
    optional_features: dict[str, dict[str, Any]] = field(default_factory=dict)
    hotfixes: list[dict[str, Any]] = field(default_factory=list)
    updates: list[dict[str, Any]] = field(default_factory=list)
    environment: dict[str, dict[str, str]] = field(default_factory=lambda: {"machine": {}, "user": {}})
    printers: dict[str, dict[str, Any]] = field(default_factory=dict)
    printer_ports: dict[str, dict[str, Any]] = field(default_factory=dict)
    drivers: list[dict[str, Any]] = field(default_factory=list)
    shares: dict[str, dict[str, Any]] = field(default_factory=dict)
    disks: list[dict[str, Any]] = field(default_factory=list)
    certificates: dict[str, dict[str, Any]] = field(default_factory=dict)
    firewall_rules: dict[str, dict[str, Any]] = field(default_factory=dict)
    power_plans: dict[str, dict[str, Any]] = field(default_factory=dict)
    extra: dict[str, Any] = field(default_factory=dict)
    journal: list[tuple[str, Any]] = field(default_factory=list)
    blobs: dict[str, bytes] = field(default_factory=dict)
    hostname: str = "POSTE-01"
    domain: str = "OFFICINE"
    timezone: str = "Romance Standard Time"
    boot_time: float = 1_700_000_000.0
    reboot_pending: bool = False
    build: int = 19045
    edition: str = "Professional"
    language: str = "fr-FR"
    oem_codepage: int = 850
    powershell: str = "5.1.19041.4522"
    computer_sid: str = _COMPUTER
    reboots: int = 0

    def __post_init__(self) -> None:
        self._local = threading.local()  # one machine serves several agents at a time, as Windows does
        for path in ("C:\\Windows\\System32", "C:\\Program Files", "C:\\Users\\admin\\AppData\\Local\\Temp",
                     "C:\\Users\\Public\\Desktop", "C:\\Temp", "C:\\ProgramData"):  # fmt: skip
            self.files.mkdir(path)
        for key in ("HKLM\\SOFTWARE\\Microsoft", "HKLM\\SYSTEM\\CurrentControlSet\\Services", "HKCU\\Software",
                    "HKLM\\SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\Uninstall"):  # fmt: skip
            self.registry.create(key)
        for name, sid in (("Administrateur", 500), ("Invit\xe9", 501), ("admin", 1001), ("comptoir", 1002)):
            self.users.setdefault(
                name.lower(), {"name": name, "sid": f"{self.computer_sid}-{sid}", "enabled": sid > 501}
            )
        members = [f"{self.computer_sid}-500", f"{self.computer_sid}-1001"]
        for name, sid, who in (("Administrateurs", _ADMINISTRATORS, members), ("Invit\xe9s", _GUESTS, []),
                               ("Utilisateurs", _USERS, [f"{self.computer_sid}-1002"])):  # fmt: skip
            self.groups.setdefault(sid, {"name": name, "sid": sid, "members": list(who)})

    @property
    def context(self) -> Context:
        """The task under way in this thread."""
        found = getattr(self._local, "context", None)
        if found is None:
            found = self._local.context = Context()
        return found

    @context.setter
    def context(self, value: Context) -> None:
        self._local.context = value

    def blob(self, sha: str) -> bytes:
        """Return content that the controller has sent.

        Raises:
            ModuleFailed: it is not there.

        """
        if sha not in self.blobs:
            raise ModuleFailed(f"no content {sha}")
        return self.blobs[sha]

    def offer(self, data: bytes) -> str:
        """Hold content and return its sha256, for tests without a transport."""
        sha = hashlib.sha256(data).hexdigest()
        self.blobs[sha] = data
        return sha

    def reboot(self) -> None:
        """Start anew: what waits for it is done."""
        self.boot_time += 60
        self.reboot_pending = False
        self.reboots += 1
        self.journal.append(("reboot", self.reboots))


def simulator(name: str) -> ModuleType | None:
    """Return the simulated Windows half of a module (windows_modules/NAME.py), or None."""
    label = f"windows_modules.{name}"
    if label in sys.modules:
        return sys.modules[label]
    file = FOLDER / f"{name}.py"
    if not file.exists():
        return None
    for folder in (str(FOLDER.parent), str(FOLDER)):
        if folder not in sys.path:
            sys.path.append(folder)
    sys.modules.setdefault("windows_host", sys.modules[__name__])
    spec = importlib.util.spec_from_file_location(label, file)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[label] = module
    spec.loader.exec_module(module)
    return module
