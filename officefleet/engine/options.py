"""What the caller of a run decides."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True)
class Options:
    """Options of a run; the names are ansible-playbook's where it has them.

    Attributes:
        check: predict, change nothing.
        diff: show before and after.
        forks: hosts worked on at the same time.
        limit: pattern that narrows every play's hosts, "" for none.
        tags: run only tasks with one of these.
        skip_tags: leave out tasks with one of these.
        start_at_task: name of the first task to run, "" for all.
        extra_vars: highest precedence.
        user: default login name.
        key_file: default private key.
        password: login password, "" for keys.
        become: run everything as another user.
        become_user: whom.
        become_password: for sudo.
        timeout: seconds to wait for a connection.
        silence: seconds without any word of a host after which it counts as lost.
        known_hosts: files with recorded host keys.
        check_host_keys: False accepts unknown hosts.
        connection: forces a transport, "" for each host's own.
        force_handlers: handlers run on failed hosts too.
        done: hosts that have finished a play already, by the play's number from 0 (a run that is resumed).
        actor: who runs it, for the record; "" for the account on this machine.
        flush_cache: facts are gathered anew.

    """

    check: bool = False
    diff: bool = False
    forks: int = 50
    limit: str = ""
    tags: frozenset[str] = frozenset()
    skip_tags: frozenset[str] = frozenset()
    start_at_task: str = ""
    extra_vars: Mapping[str, Any] = field(default_factory=dict)
    user: str = ""
    key_file: str = ""
    password: str = field(default="", repr=False)
    become: bool = False
    become_user: str = "root"
    become_password: str = field(default="", repr=False)
    timeout: float = 10.0
    silence: float = 3600.0
    known_hosts: tuple[str, ...] = ()
    check_host_keys: bool = True
    connection: str = ""
    force_handlers: bool = False
    done: Mapping[int, frozenset[str]] = field(default_factory=dict)
    verbosity: int = 0
    actor: str = ""
