"""Runs modules on this machine: the very code that the agent runs on a host, without a connection."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from officefleet.agents import execution, kit
from officefleet.errors import ArgumentError, Mark
from officefleet.modules import registry
from officefleet.modules.contract import Prepared
from officefleet.source.secrets import Vaults, is_sealed
from officefleet.source.template import default_templar

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

UNKNOWABLE = {"md5sum", "src", "backup_file"}  # what only the real run can tell


@dataclass
class LocalController:
    """The controller's side of one task: files of one folder, variables of one dict."""

    folder: Path
    store: Path
    variables: Mapping[str, Any] = field(default_factory=dict)
    check: bool = False
    diff: bool = False
    host: str = "poste-1"
    windows: bool = False

    def find(self, name: str, folder: str) -> Path:
        for path in (self.folder / folder / name, self.folder / name):
            if path.exists():
                return path
        raise ArgumentError(f"{name} not found")

    def plain(self, path: Path) -> bytes | Path:
        data = path.read_bytes()
        return Vaults().open(data, Mark(str(path))) if is_sealed(data) else path

    def attach(self, content: bytes | Path) -> dict[str, Any]:
        data = content.read_bytes() if isinstance(content, Path) else content
        sha = hashlib.sha256(data).hexdigest()
        (self.store / sha).write_bytes(data)
        return {"_blob": sha, "_size": len(data), "_sha1": hashlib.sha1(data).hexdigest()}  # noqa: S324  Ansible's

    def render(self, value: Any, extra: Mapping[str, Any] | None = None) -> Any:
        raise NotImplementedError

    def render_file(
        self, path: Path, options: Mapping[str, Any], extra: Mapping[str, Any] | None = None
    ) -> str:
        text = path.read_text(encoding="utf-8")
        return default_templar().render_file(text, str(path), {**self.variables, **(extra or {})}, options)

    def evaluate(self, condition: Any) -> bool:
        raise NotImplementedError


class Modules:
    """Runs modules with a playbook's arguments."""

    def __init__(self, folder: Path) -> None:
        self.controller_folder = folder / "controller"
        self.store = folder / "blobs"
        self.controller_folder.mkdir()
        self.store.mkdir()

    def run(
        self,
        name: str,
        args: Mapping[str, Any],
        *,
        check: bool = False,
        diff: bool = False,
        variables: Mapping[str, Any] | None = None,
    ) -> dict[str, Any]:
        """Return the result of one task, as the engine would have it."""
        found = registry.get(name)
        assert found is not None
        typed = found.spec.args.model_validate(dict(args))
        controller = LocalController(
            self.controller_folder, self.store, variables or {}, check=check, diff=diff
        )
        step = Prepared(found.name, typed.model_dump())
        if found.controller is not None and hasattr(found.controller, "prepare"):
            step = found.controller.prepare(typed, controller)
        context = kit.Context(check=check, diff=diff, blob=lambda sha: str(self.store / sha))
        try:
            result = {**execution.execute(step.module, step.args, context), **step.extra}
        except kit.Failed as error:
            return {"changed": False, "failed": True, "msg": error.msg, **error.fields}
        except kit.Undecidable as error:
            return {"changed": False, "skipped": True, "undecidable": True, "msg": str(error)}
        if found.controller is not None and hasattr(found.controller, "finish"):
            result = found.controller.finish(typed, result, controller)
        return result

    def converge(
        self, name: str, args: Mapping[str, Any], *, ignore: set[str] | None = None, **options: Any
    ) -> dict[str, Any]:
        """Run a task in check mode, for real and again; return the real result.

        Check mode must have foretold the real result, and the second run must have nothing to do.
        """
        foretold = self.run(name, args, check=True, diff=True, **options)
        result = self.run(name, args, diff=True, **options)
        assert not result.get("failed"), result
        hidden = UNKNOWABLE | (ignore or set())
        assert _without(foretold, hidden) == _without(result, hidden)
        again = self.run(name, args, check=True, **options)
        assert again["changed"] is False, again
        again = self.run(name, args, **options)
        assert again["changed"] is False, again
        return result


def _without(result: Mapping[str, Any], names: set[str]) -> dict[str, Any]:
    return {name: value for name, value in result.items() if name not in names}


@pytest.fixture
def modules(tmp_path_factory: pytest.TempPathFactory) -> Modules:
    return Modules(tmp_path_factory.mktemp("modules"))


@pytest.fixture
def run(modules: Modules) -> Callable[..., dict[str, Any]]:
    return modules.run


@pytest.fixture
def converge(modules: Modules) -> Callable[..., dict[str, Any]]:
    return modules.converge
