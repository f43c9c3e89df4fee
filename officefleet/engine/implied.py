"""What a play or an include does without being written as a task: gathering facts, flushing handlers, `apply`."""

from __future__ import annotations

from collections.abc import Mapping

from officefleet.playbook import fields
from officefleet.playbook.model import Keywords, Play, Statement, Task
from officefleet.source.template import holds_template


def inner_keywords(task: Task) -> Keywords:
    """Return what an include hands to the tasks inside: what encloses it, and `apply`."""
    inner = task.enclosing
    apply = task.args.get("apply")
    if isinstance(apply, Mapping):
        inner = inner.inside(fields.keywords(apply))
    return inner


def meta_task(play: Play, word: str) -> Task:
    """Return a `meta` task that nobody wrote."""
    return Task(
        name="", statement=Statement.META, module="meta", args={"_raw_params": word}, args_template="",
        keywords=Keywords(), mark=play.mark, file=play.file,
    )  # fmt: skip


def setup_task(play: Play) -> Task:
    """Return the task that gathers facts at the start of a play."""
    args = {"gather_subset": play.gather_subset} if play.gather_subset is not None else {}
    keywords = Keywords(
        when=(*play.keywords.when, *((play.gather_facts,) if holds_template(play.gather_facts) else ())),
        tags=("always",), values=play.keywords.values, environment=play.keywords.environment,
        module_defaults=play.keywords.module_defaults,
    )  # fmt: skip
    return Task(
        name="Gathering Facts", statement=Statement.MODULE, module="setup", args=args, args_template="",
        keywords=keywords, mark=play.mark, file=play.file, enclosing=keywords,
    )  # fmt: skip
