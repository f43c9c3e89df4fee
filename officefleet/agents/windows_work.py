"""One step of a batch for a Windows host: what is known of it so far, and its plan, made on the controller."""

from __future__ import annotations

import importlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from officefleet.agents import windows_code
from officefleet.agents.execution import generic_diff
from officefleet.agents.kit import Failed, Undecidable
from officefleet.agents.session import blobs_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

MAX_SURPRISES = 5  # times that a step's state may be another one than planned on


@dataclass(slots=True)
class Work:
    """A step.

    Attributes:
        index: its place in the batch that was asked for.
        step: as the engine gives it.
        state: what the host has read, None before.
        hash: of what was read, by which the host compares.
        error: the result when reading has failed.
        changes: planned on `state`.
        problem: the result when planning has failed.
        begun: an earlier process was in the middle of its changes.
        surprises: times that it had to be planned anew.
        call: number of the batch of the engine that it belongs to.

    """

    index: int
    step: Mapping[str, Any]
    module: str
    args: Mapping[str, Any]
    state: dict[str, Any] | None = None
    hash: str = ""
    error: dict[str, Any] | None = None
    changes: list[dict[str, Any]] = field(default_factory=list)
    problem: dict[str, Any] | None = None
    begun: bool = False
    surprises: int = 0
    call: int = 0

    @property
    def executes(self) -> bool:
        """Whether it runs as a whole."""
        return windows_code.executes(self.module)

    @property
    def group(self) -> Any:
        """What ties a loop's items together."""
        return self.step.get("g", self.index)

    @property
    def check(self) -> bool:
        """Whether nothing may be changed."""
        return bool(self.step.get("check"))

    def learn(self, found: Mapping[str, Any]) -> None:
        """Take what the host has read."""
        self.state, self.error = found.get("state"), found.get("error")
        self.hash = str(found.get("h", ""))
        self.begun = self.begun or bool(found.get("begun"))
        if self.state is None and self.error is None:
            self.error = {"failed": True, "changed": False, "msg": "the agent read nothing"}

    def make_plan(self) -> None:
        """Plan on what was read; a failure is kept, as an earlier step of the batch may still mend its cause."""
        self.changes, self.problem = [], self.error
        if self.problem is not None:
            return
        try:
            self.changes = self._half.plan(self.state, self.args)
        except (Failed, Undecidable) as error:
            self.problem = refusal(error)
        except Exception as error:  # noqa: BLE001  a plan's bug, or a state that no Windows gives: that task's failure
            self.problem = {"failed": True, "changed": False, "msg": f"{type(error).__name__}: {error}"}

    @property
    def _half(self) -> Any:
        return importlib.import_module(windows_code.plan_module(self.module))

    def outcome(self, brought: Mapping[str, Any]) -> dict[str, Any]:
        """Return the step's result from its state, its plan and what its changes brought."""
        if self.problem is not None:
            return self.problem
        half = self._half
        result: dict[str, Any] = {"changed": bool(self.changes) or self.begun}
        try:
            if hasattr(half, "result"):
                result.update(half.result(self.state, self.args, self.changes))
            result.update(brought)
            if self.step.get("diff") and not brought.get("failed"):
                own = hasattr(half, "diff")
                result["diff"] = (
                    half.diff(self.state, self.args, self.changes) if own else generic_diff(self.changes)
                )
        except (Failed, Undecidable) as error:
            return refusal(error)
        except Exception as error:  # noqa: BLE001  as in make_plan
            return {"failed": True, "changed": result["changed"], "msg": f"{type(error).__name__}: {error}"}
        if self.begun and not brought.get("failed"):
            result["changed"] = True
        return result

    def request(self, op: str) -> dict[str, Any]:
        """Return the step as it goes to the agent."""
        step = self.step
        found: dict[str, Any] = {"i": self.index, "op": op, "m": self.module, "a": self.args, "g": self.group}
        found |= {
            name: step[name]
            for name in ("check", "diff", "timeout", "env", "go_on", "async")
            if step.get(name)
        }
        if op != "read":  # by this name the host's journal knows it, whichever process works on it
            found["k"] = f"{self.call}.{self.index}.{self.surprises}"
        if op == "apply":
            found["h"] = self.hash if self.problem is None else ""
            found["c"] = [] if self.check or self.problem is not None else self.changes
        return found

    def content(self) -> Iterator[str]:
        """Yield the hashes of content that the host needs for the step as planned."""
        if self.executes:
            yield from (sha for sha, _size in blobs_of(self.args))
        elif not self.check:
            yield from (str(change["blob"]) for change in self.changes if change.get("blob"))


def refusal(error: Failed | Undecidable) -> dict[str, Any]:
    """Return the result of a step whose plan or half refuses."""
    if isinstance(error, Undecidable):
        return {"skipped": True, "undecidable": True, "changed": False, "msg": str(error)}
    return {**error.fields, "failed": True, "changed": error.fields.get("changed", False), "msg": error.msg}
