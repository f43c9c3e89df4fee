"""Several postes at once: each has its own road, its own connection to the continuity file, its own end."""

from __future__ import annotations

import threading
from concurrent.futures import FIRST_COMPLETED, ThreadPoolExecutor, wait
from contextlib import contextmanager
from contextvars import copy_context
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from officefleet.continuity.binder.binder import Binder
from officefleet.continuity.database import open_store
from officefleet.continuity.journal import Journal
from officefleet.errors import ExitCode, OfficefleetError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from officefleet.continuity.setting import Setting

PARALLEL = 20  # postes that one store feeds at once; see bench/rebuild.py


@dataclass(frozen=True, slots=True)
class Ended:
    """How one rebuild ended; `error` is None when it ended well."""

    poste: str
    error: OfficefleetError | None


class Stop:
    """Whether the person has asked to stop; threads look at it between two steps of theirs."""

    def __init__(self) -> None:
        self._event = threading.Event()

    def __call__(self) -> bool:
        """Return whether to stop."""
        return self._event.is_set()

    def ask(self) -> None:
        """Ask all to stop."""
        self._event.set()


def rebuild_all(
    setting: Setting,
    postes: Sequence[str],
    one: Callable[[Setting, str], None],
    stop: Stop,
    *,
    parallel: int = PARALLEL,
) -> list[Ended]:
    """Rebuild postes, `parallel` at a time; return how each ended, in order.

    Args:
        setting: what all share.
        postes: names.
        one: rebuilds one poste with a setting of its own.
        stop: asked when the person interrupts.
        parallel: how many at once.

    Raises:
        KeyboardInterrupt: the person interrupted, and all have stopped where they can go on.

    """

    def run(poste: str) -> Ended:
        if stop():
            raise KeyboardInterrupt
        with own_setting(setting) as mine:
            try:
                one(mine, poste)
            except OfficefleetError as error:
                return Ended(poste, error)
        return Ended(poste, None)

    with ThreadPoolExecutor(
        max_workers=max(1, min(parallel, len(postes))), thread_name_prefix="rebuild"
    ) as pool:
        # each in a copy of this context: the record of every poste names whoever typed
        futures = [pool.submit(copy_context().run, run, poste) for poste in postes]
        try:
            left = set(futures)
            while left:  # wakes up now and then, so that Ctrl-C is heard on every system
                _done, left = wait(left, timeout=0.5, return_when=FIRST_COMPLETED)
        except KeyboardInterrupt:
            stop.ask()
            raise
        return [future.result() for future in futures]


@contextmanager
def own_setting(setting: Setting) -> Iterator[Setting]:
    """Open the continuity file again for one thread: transactions of two must not mix."""
    store = open_store(setting.store)
    try:
        yield replace(setting, connection=store, journal=Journal(store), binder=Binder(store))
    finally:
        store.close()


def worst(ended: Sequence[Ended]) -> ExitCode:
    """Return the exit code that says it for all: failed before invalid before unreachable before ok."""
    codes = {one.error.exit_code for one in ended if one.error is not None}
    order = (ExitCode.BUG, ExitCode.FAILED, ExitCode.INVALID, ExitCode.USAGE, ExitCode.UNREACHABLE)
    return next((code for code in order if code in codes), ExitCode.FAILED if codes else ExitCode.OK)
