"""Which tasks are the same moment for all hosts, as under Ansible's linear strategy."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING

from officefleet.playbook.model import Statement

if TYPE_CHECKING:
    from officefleet.playbook.model import Task

_MODULES = frozenset({"add_host", "group_by", "pause", "fetch"})
_META = frozenset({"end_play", "end_batch", "refresh_inventory", "clear_facts", "clear_host_errors"})


def is_barrier(task: Task) -> bool:
    """Return whether other hosts could observe or be affected by when this task runs.

    Tasks that read other hosts' variables are found while their templates are rendered (see `hosts.BARRIER_NAMES`).
    """
    return _is_barrier(task)


def runs_once(task: Task) -> bool:
    """Return whether one host runs the task for all: run_once, and what Ansible runs once of itself.

    A run_once that is a template counts: `HostRun.runs_once` looks at its value.
    """
    if task.statement is Statement.META:
        return str(task.args.get("_raw_params")) in _META  # the first host's condition decides for all
    return task.keywords.get("run_once") not in (None, False) or (
        task.statement is Statement.MODULE and task.module == "add_host"
    )


@functools.lru_cache(maxsize=65536)
def _is_barrier(task: Task) -> bool:
    if task.statement is Statement.META:
        return str(task.args.get("_raw_params")) in _META
    if runs_once(task) or task.delegate_to is not None:
        return True
    return task.statement is Statement.MODULE and task.module in _MODULES
