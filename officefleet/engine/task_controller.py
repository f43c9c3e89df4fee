"""One task on one host, as a module's ``controller.py`` sees it."""

from __future__ import annotations

import functools
import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from officefleet.engine.reaching import reach_of
from officefleet.errors import ArgumentError, Mark, PlaybookError
from officefleet.source import yaml
from officefleet.source.secrets.sealed import nothing_opens
from officefleet.source.yaml import read_text

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from officefleet.engine.hostrun import HostRun
    from officefleet.modules.contract import Reach
    from officefleet.playbook.model import Task
    from officefleet.playbook.paths import Search
    from officefleet.source.scope import Scope
    from officefleet.source.secrets import Opener


@dataclass(slots=True)
class TaskController:
    """Implements `officefleet.modules.contract.Controller`."""

    run: HostRun
    task: Task
    scope: Scope
    search: Search
    check: bool
    diff: bool
    keep: Callable[[str, bytes | Path], None]

    @property
    def host(self) -> str:
        """The host's inventory name."""
        return self.run.host.name

    @property
    def windows(self) -> bool:
        """Whether the task acts on a Windows host: its own, or the one that it is delegated to."""
        from officefleet.engine.planner import place_of  # noqa: PLC0415  the planner makes controllers

        return bool(place_of(self.run, self.task, self.scope).endpoint.powershell)

    @property
    def variables(self) -> Mapping[str, Any]:
        """The host's variables as the task sees them."""
        return self.scope

    def find(self, name: str, folder: str) -> Path:
        """Return the file that a task names; see `Controller.find`."""
        try:
            return self.search.find(name, folder, self.task.mark)
        except PlaybookError as error:
            raise ArgumentError(error.message, mark=error.mark, hint=error.hint) from None

    def plain(self, path: Path) -> bytes | Path:
        """Return a file, or its content when it is encrypted; see `Controller.plain`."""
        if not yaml.is_sealed_file(path):
            return path
        return _opener(self.scope, path).read(path)

    def attach(self, content: bytes | Path) -> dict[str, Any]:
        """Offer content to the host by hash; see `Controller.attach`."""
        if isinstance(content, bytes):
            sha256, sha1, size = (
                hashlib.sha256(content).hexdigest(),
                hashlib.sha1(content).hexdigest(),  # noqa: S324  Ansible's checksum
                len(content),
            )
        else:
            found = content.stat()
            sha256, sha1, size = _digests(str(content), found.st_mtime_ns, found.st_size)
        self.keep(sha256, content)
        return {"_blob": sha256, "_size": size, "_sha1": sha1}

    def render(self, value: Any, extra: Mapping[str, Any] | None = None) -> Any:
        """Return a value with its templates rendered."""
        scope = self.scope.child(extra) if extra else self.scope
        return self.scope.templar.render(value, scope)

    def render_file(
        self, path: Path, options: Mapping[str, Any], extra: Mapping[str, Any] | None = None
    ) -> str:
        """Return a template file rendered."""
        scope = self.scope.child(extra) if extra else self.scope
        sealed = yaml.is_sealed_file(path)
        text = read_text(path, _opener(scope, path)) if sealed else _text(path)
        return scope.templar.render_file(text, str(path), scope, options, self.search.templates(path))

    def load_variables(self, path: Path) -> Any:
        """Return the document of a YAML or JSON file."""
        return yaml.load(path, self.scope.templar.opener)

    def evaluate(self, condition: Any) -> bool:
        """Return whether a condition holds."""
        return self.scope.templar.evaluate(condition, self.scope)

    # --- for modules that are about the connection itself ---------------------------------------------------

    @property
    def delegated(self) -> bool:
        """Whether the task is delegated; see `Controller.delegated`."""
        return bool(self.render(self.task.delegate_to) if self.task.delegate_to else None)

    def reach(self, *, delegated: bool = False) -> Reach:
        """Return how a host is reached; see `Controller.reach`."""
        return reach_of(self.run, self.task, self.scope, delegated=delegated)

    def run_on_host(
        self, module: str, args: Mapping[str, Any], timeout: float = 0, *, as_login: bool = False
    ) -> dict[str, Any]:
        """Run a module on the task's host now and return its result."""
        return self.run.run_now(self.task, self.scope, module, args, timeout, as_login=as_login)

    def reset_connection(self) -> None:
        """Close the task's connection; the next step opens it anew."""
        self.run.sessions.forget()

    def wait_until_reachable(self, timeout: float, delay: float = 0) -> float:
        """Wait until the agent answers and return the seconds that took.

        Raises:
            UnreachableError: it did not within `timeout` seconds.

        """
        return self.run.wait_until_reachable(self.task, self.scope, timeout, delay)


def _opener(scope: Scope, path: Path) -> Opener:
    opener = scope.templar.opener
    if opener is None:
        raise nothing_opens(Mark(str(path)))
    return opener


@functools.lru_cache(maxsize=4096)
def _digests(path: str, _mtime: int, size: int) -> tuple[str, str, int]:
    sha256, sha1 = hashlib.sha256(), hashlib.sha1()  # noqa: S324  Ansible's checksum
    with Path(path).open("rb") as stream:
        while block := stream.read(1 << 20):
            sha256.update(block)
            sha1.update(block)
    return sha256.hexdigest(), sha1.hexdigest(), size


def _text(path: Path) -> str:
    found = path.stat()
    return _cached_text(str(path), found.st_mtime_ns, found.st_size)


@functools.lru_cache(maxsize=1024)
def _cached_text(path: str, _mtime: int, _size: int) -> str:
    return read_text(Path(path))
