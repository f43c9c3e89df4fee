# Runs on the host from stdin, before anything of ours is there: finds the agent's code in the host's cache or
# takes it from the channel, then hands over. Python 3.8, standard library, no helper. The controller has written:
# "OF1 HASH MAGIC COMPILED SOURCE\n", then COMPILED bytes: zlib(marshal {module name: code}) for the Python whose
# bytecode has that magic number, then SOURCE bytes: zlib(JSON {module name: source}) for every other one. A length
# of 0 means "I think that you need it not"; whoever does says so and is started anew with both.
from __future__ import annotations

import marshal
import os
import sys
from _frozen_importlib_external import MAGIC_NUMBER
from importlib.machinery import ModuleSpec

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import CodeType
    from typing import Any

stdin = sys.stdin.buffer
stdout = sys.stdout.buffer


def folder() -> str | None:
    """Return a cache folder that only this user can write, or None."""
    path = os.path.join(os.path.expanduser("~"), ".cache", "officefleet")
    try:
        os.makedirs(path, 0o700, exist_ok=True)
        found = os.lstat(path)
        if found.st_uid == os.geteuid() and (found.st_mode & 0o170022) == 0o040000:
            return path
    except OSError:
        pass
    return None


def cached(path: str) -> dict[str, CodeType] | None:
    """Return the compiled modules of a cache file, or None."""
    try:
        with open(path, "rb") as stream:
            found: dict[str, CodeType] = marshal.load(stream)
            return found
    except (OSError, ValueError, EOFError, TypeError):
        return None


def receive(magic: bytes, compiled: bytes, source: bytes) -> dict[str, CodeType] | None:
    """Return the modules that the channel brought: compiled for this Python, else compiled here, else None."""
    import zlib

    if compiled and magic.decode() == MAGIC_NUMBER.hex():
        found: dict[str, CodeType] = marshal.loads(zlib.decompress(compiled))
        return found
    if not source:
        return None
    import json

    sources = json.loads(zlib.decompress(source))
    return {name: compile(text, "<officefleet>/" + name, "exec") for name, text in sources.items()}


def keep(path: str, modules: dict[str, CodeType]) -> None:
    """Store compiled modules for the next run; a full disk only costs the next run some time."""
    temporary = "%s.%d" % (path, os.getpid())
    try:
        with open(temporary, "wb") as stream:
            marshal.dump(modules, stream)
        os.rename(temporary, path)
        for name in os.listdir(os.path.dirname(path)):  # an agent of last month is of no use
            old = os.path.join(os.path.dirname(path), name)
            if name.endswith(".agent") and os.stat(old).st_mtime < os.stat(path).st_mtime - 30 * 86400:
                os.unlink(old)
    except OSError:
        try:
            os.unlink(temporary)
        except OSError:
            pass


class Importer:
    """Imports ``officefleet.*`` from a dict of code objects."""

    def __init__(self, modules: dict[str, CodeType]) -> None:
        self.modules: dict[str, CodeType] = {}
        self.packages = {"officefleet"}
        for name, code in modules.items():
            self.add(name, code)

    def add(self, name: str, code: CodeType) -> None:
        """Make one more module known."""
        self.modules[name] = code
        parts = name.split(".")
        self.packages.update(".".join(parts[:count]) for count in range(1, len(parts)))

    def find_spec(self, name: str, path: Any = None, target: Any = None) -> ModuleSpec | None:
        if name in self.modules or name in self.packages:
            loader: Any = self
            return ModuleSpec(name, loader, is_package=name in self.packages)
        return None

    def create_module(self, spec: ModuleSpec) -> None:
        return None

    def exec_module(self, module: Any) -> None:
        code = self.modules.get(module.__name__)
        if code is not None:
            exec(code, module.__dict__)


def start() -> None:
    head = stdin.readline()
    while head and not head.startswith(b"OF1 "):
        head = stdin.readline()  # a sudo password that sudo did not ask for ends here, unread by anyone else
    _magic, digest, magic, compiled_size, source_size = head.split()
    compiled, source = stdin.read(int(compiled_size)), stdin.read(int(source_size))
    place = folder()
    path = place and os.path.join(place, "%s-%s.agent" % (digest.decode(), sys.implementation.cache_tag))
    fresh = None
    modules = cached(path) if path else None
    if modules is None:
        fresh = modules = receive(magic, compiled, source)
    if modules is None:
        # What follows on the channel is meant for the agent: the controller starts anew and sends it all.
        stdout.write(b'{"t":"need-agent"}\n')
        stdout.flush()
        return
    importer = Importer(modules)
    sys.meta_path.insert(0, importer)
    from officefleet.agents.posix import main

    main(stdin, stdout, importer)
    if fresh is not None and path:
        keep(path, fresh)  # when nobody waits any more


start()
