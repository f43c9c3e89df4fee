"""Events as the engine publishes them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from officefleet.engine import events
from officefleet.engine.events import Counts, Status
from officefleet.errors import Mark

if TYPE_CHECKING:
    from collections.abc import Sequence


class Events:
    """Makes events at times that the test chooses."""

    def run(self, **given: Any) -> events.RunStarted:
        return events.RunStarted("0123456789ab", ["site.yml"], check=False, user="marie", at=1000.0, **given)

    def play(self, hosts: Sequence[str], name: str = "site") -> events.PlayStarted:
        return events.PlayStarted(name, hosts, Mark("site.yml", 1, 3), at=1000.0)

    def started(self, host: str, number: int, task: str = "") -> events.TaskStarted:
        return events.TaskStarted(
            host, task or f"task {number}", (number,), self.mark(number), at=1000.0 + number
        )

    def finished(
        self, host: str, number: int, status: Status = Status.OK, *, module: str = "command", **result: Any
    ) -> events.TaskFinished:
        items = result.pop("items", ())
        return events.TaskFinished(
            host, f"task {number}", module, (number,), self.mark(number), status,
            {"changed": status is Status.CHANGED, **result}, 0.5, items=items, at=1000.5 + number,
        )  # fmt: skip

    def left(self, host: str, status: Status = Status.OK) -> events.HostFinished:
        return events.HostFinished("site", host, status, 2, 3000, 4000, at=1010.0)

    def ended(self, recap: dict[str, Counts], **given: Any) -> events.RunFinished:
        return events.RunFinished("0123456789ab", recap, 12.0, at=1012.0, **given)

    @staticmethod
    def mark(number: int) -> Mark:
        return Mark("site.yml", 10 + number, 7)


@pytest.fixture
def make() -> Events:
    return Events()
