"""Runs a portion of hosts in threads and releases barriers in the order of the play."""

from __future__ import annotations

import queue
from collections import deque
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TYPE_CHECKING

from officefleet.engine.hostrun import HostRun

if TYPE_CHECKING:
    from collections.abc import Sequence

    from officefleet.engine.cursor import Position
    from officefleet.engine.playrun import PlayRun


class Scheduler:
    """Drives every host of a portion to its end.

    A host runs freely until it stands at a barrier. When none runs any more, the hosts at the smallest position
    go on together: that is the order in which Ansible's linear strategy would have come to those tasks.
    """

    def __init__(self, play: PlayRun, forks: int) -> None:
        self._play = play
        self._forks = max(1, forks)
        self._parked: dict[Position, list[HostRun]] = {}
        self._runs: list[HostRun] = []

    def run(self) -> None:
        """Run all hosts; on an interruption every connection is closed and the interruption goes on."""
        hosts = deque(self._play.batch)
        finished: queue.SimpleQueue[tuple[HostRun, Future[Position | None]]] = queue.SimpleQueue()
        running = 0
        ready: deque[HostRun] = deque()
        try:
            with ThreadPoolExecutor(self._forks, thread_name_prefix="host") as pool:
                try:
                    while hosts or ready or running or self._parked:
                        while (hosts or ready) and running < self._forks:
                            run = ready.popleft() if ready else self._start(hosts.popleft())
                            future = pool.submit(run.advance)
                            future.add_done_callback(lambda done, run=run: finished.put((run, done)))  # type: ignore[misc]
                            running += 1
                        if running:
                            run, future = finished.get()
                            running -= 1
                            self._take(run, future.result())
                        else:
                            ready.extend(self._release())
                except BaseException:
                    self._play.shared.stopped.set()
                    self._close()
                    raise
        finally:
            self._close()

    def _start(self, name: str) -> HostRun:
        run = HostRun(self._play, self._play.shared.host(name))
        self._runs.append(run)
        return run

    def _take(self, run: HostRun, position: Position | None) -> None:
        if position is None:
            self._runs.remove(run)
            run.sessions.close()
        else:
            self._parked.setdefault(position, []).append(run)

    def _release(self) -> Sequence[HostRun]:
        """Let the hosts at the smallest position go on; a run_once task goes to one of them first."""
        fatal = self._play.take_fatal()
        if fatal is not None:
            failure, own = fatal
            runs = [run for group in self._parked.values() for run in group]
            self._parked.clear()
            for run in runs:
                if run.host.name not in own:
                    run.fail_along(failure)
            return runs
        position = min(self._parked)
        group = self._parked.pop(position)
        if self._play.synchronous and self._play.too_many_failed():
            self._play.end(whole=True)
        for run in group:
            run.passed = position
        if self._play.once_at(group[0], position) and position not in self._play.once and len(group) > 1:
            order = {name: index for index, name in enumerate(self._play.batch)}
            group.sort(key=lambda run: order.get(run.host.name, 0))
            self._parked[position] = group[1:]
            return group[:1]
        return group

    def _close(self) -> None:
        for run in self._runs:
            run.sessions.close()
        self._runs.clear()
