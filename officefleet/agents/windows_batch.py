"""What is left of a batch, what can be settled without the host, and what goes to it next."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from officefleet.agents.windows_work import MAX_SURPRISES
from officefleet.errors import AgentError
from officefleet.i18n import _

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from officefleet.agents.windows_work import Work


class Batch:
    """The steps of one batch for the agent.

    Args:
        works: the steps, in order.

    """

    def __init__(self, works: list[Work]) -> None:
        self.left = list(works)
        self._all = {one.index: one for one in works}
        self._failed: Any = None  # the group of a step that has failed for good
        self.sends: list[str] = []  # content that the next requests need

    def opening(self) -> list[dict[str, Any]]:
        """Return the first requests: what need not wait for any plan runs, all states are read."""
        leading = list(_leading(self.left))
        self.sends = [sha for one in leading for sha in one.content()]
        reads = [one.request("read") for one in self.left if not one.executes]
        return [*(one.request("run") for one in leading), *reads]

    def take(self, index: int, found: Mapping[str, Any]) -> tuple[Work, dict[str, Any]] | None:
        """Take an answer; return a work with its result when it is done."""
        work = self._all[index]
        if "r" in found:
            return self._done(work, found["r"] if work.executes else work.outcome(found["r"]))
        if found.get("moved"):
            work.surprises += 1
            if work.surprises > MAX_SURPRISES:
                raise AgentError(
                    _("{module}: the host's state changes all the time while it is worked on").format(
                        module=work.module
                    )
                )
        work.learn(found)
        return None

    def settle(self, requests: list[dict[str, Any]]) -> Iterator[tuple[Work, dict[str, Any]]]:
        """Plan what is left: yield what needs no more of the host, fill `requests` and `sends` with the rest."""
        self.sends = []
        for work in list(self.left):
            if work not in self.left:
                continue  # an earlier one has failed
            if not work.executes:
                work.make_plan()
                if not requests and (work.problem is not None or work.check or not work.changes):
                    yield self._done(work, work.outcome({}))
                    continue
            requests.append(work.request("run" if work.executes else "apply"))
            self.sends += work.content()

    def _done(self, work: Work, result: dict[str, Any]) -> tuple[Work, dict[str, Any]]:
        if work in self.left:
            self.left.remove(work)
        if result.get("policy"):
            result = {
                **result,
                "hint": _("a group policy forbids PowerShell's scripts, see Get-ExecutionPolicy -List"),
            }
        if self._failed is None and result.get("failed") and not work.step.get("go_on"):
            self._failed = work.group
        if self._failed is not None:
            self.left = [one for one in self.left if one.group == self._failed]
        return work, result


def _leading(works: list[Work]) -> Iterator[Work]:
    """Yield the works at the beginning that run as a whole."""
    for work in works:
        if not work.executes:
            return
        yield work
