"""Work spread over threads with bounded memory; the first error stops all of them."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_T = TypeVar("_T")


def for_each(items: Iterator[_T], make_worker: Callable[[], Callable[[_T], None]], threads: int) -> None:
    """Call a worker on each item; every thread pulls the next item itself, so nothing queues up.

    Args:
        items: pulled by one thread at a time.
        make_worker: called once in each thread, for buffers that the thread keeps.
        threads: how many.

    Raises:
        BaseException: the first error of any thread, once all have stopped.

    """
    lock = threading.Lock()
    errors: list[BaseException] = []

    def run() -> None:
        try:
            work = make_worker()
            while not errors:
                with lock:
                    item = next(items, None)
                if item is None:
                    return
                work(item)
        except BaseException as error:  # noqa: BLE001  carried to the caller's thread
            errors.append(error)

    started = [threading.Thread(target=run, name=f"image-{number}") for number in range(threads)]
    for thread in started:
        thread.start()
    try:
        for thread in started:
            thread.join()
    except BaseException as error:
        errors.insert(0, error)
        for thread in started:
            thread.join()
        raise
    if errors:
        raise errors[0]
