"""What only the engine can do: includes and meta."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from officefleet.engine import loops
from officefleet.engine.cursor import Frame, Layer, Position
from officefleet.engine.events import Note, Status, TaskFinished
from officefleet.engine.hosts import OMIT
from officefleet.errors import OfficefleetError, PlaybookError
from officefleet.i18n import _
from officefleet.playbook.keywords import ROLE_COMPLETE
from officefleet.playbook.model import Statement
from officefleet.source.template import holds_template

if TYPE_CHECKING:
    from collections.abc import Mapping

    from officefleet.engine.hostrun import HostRun
    from officefleet.playbook.model import Task
    from officefleet.source.scope import Scope

_DEEPEST = 120  # frames; an include that goes deeper includes itself without end


def perform(run: HostRun, task: Task, position: Position) -> None:
    """Carry out a statement, which is the host's next node."""
    if position in run.play.once:
        run.cursor.advance()
        return
    scope = run.scope(task, run.cursor)
    try:
        if run.passed == position and run.runs_once(task):
            run.play.once[position] = ({}, {})
        if task.statement is Statement.META:
            _meta(run, task, scope)
            return
        frames = include_frames(run, task, position, scope)
    except OfficefleetError as error:
        run.fail_statement(task, error)
        return
    run.cursor.advance()
    if task.register:
        run.host.set_facts[task.register] = {"changed": False, "skipped": not frames}
    if frames:
        if task.role is not None:
            run.roles_run.add(task.role.identity)
        for frame in reversed(frames):
            run.cursor.push(frame)
    else:
        _skipped(run, task, position)


def _skipped(run: HostRun, task: Task, position: Position) -> None:
    result = {"changed": False, "skipped": True, "skip_reason": "Conditional result was False"}
    run.play.publish(
        TaskFinished(run.host.name, task.title, task.module, position, task.mark, Status.SKIPPED, result, 0.0)
    )


def _meta(run: HostRun, task: Task, scope: Scope) -> None:  # noqa: C901  one line for each word
    word = str(task.args.get("_raw_params"))
    if not all(scope.templar.evaluate(one, scope) for one in task.keywords.when):
        _skipped(run, task, run.cursor.position)
        run.cursor.advance()
        return
    if word == "flush_handlers":
        run.flush()
        return
    run.cursor.advance()
    if word == ROLE_COMPLETE:
        _end_role(run, task)
    elif word == "end_host":
        run.finish_early()
    elif word in ("end_play", "end_batch"):
        run.play.end(whole=word == "end_play")
    elif word == "end_role":
        run.cursor.leave_role(task.role)
    elif word == "clear_facts":
        run.host.clear_facts()
    elif word == "clear_host_errors":
        run.play.clear_errors()
    elif word == "reset_connection":
        run.sessions.forget()
    elif word == "refresh_inventory":
        run.play.publish(
            Note(_("meta refresh_inventory: the inventory is read once per run"), mark=task.mark)
        )


def _end_role(run: HostRun, task: Task) -> None:
    """Note that a role is through, unless all of it was skipped."""
    if task.role is not None and task.role.identity in run.roles_run:
        run.roles_done.add(task.role.identity)


def include_frames(run: HostRun, task: Task, position: Position, scope: Scope) -> list[Frame] | None:
    """Return the task lists that an include brings, one a loop round; [] when its condition leaves it out.

    Raises:
        PlaybookError: no such file or role, or an include that never ends.

    """
    if len(run.cursor.frames) > _DEEPEST:
        raise PlaybookError(_("includes nested {count} deep").format(count=_DEEPEST), mark=task.mark,
                            hint=_("does a file include itself?"))  # fmt: skip
    rounds: list[Mapping[str, Any]] = [{}]
    if task.loop_kind:
        try:
            rounds = list(loops.layers(task, loops.values(task, scope), scope))
        except OfficefleetError:
            if task.keywords.when and not scope.templar.evaluate(task.keywords.when, scope):
                return []
            raise
    frames = []
    for number, layer in enumerate(rounds):
        inner = scope.child(layer) if layer else scope
        if all(inner.templar.evaluate(one, inner) for one in task.keywords.when):
            frames.append(_frame(run, task, (*position, number), inner, layer))
    return frames


def _frame(run: HostRun, task: Task, prefix: Position, scope: Scope, layer: Mapping[str, Any]) -> Frame:
    args = {name: _rendered(value, scope) for name, value in task.args.items() if name != "apply"}
    args = {name: value for name, value in args.items() if value is not OMIT}
    if "apply" in task.args:
        args["apply"] = task.args["apply"]
    if task.statement is Statement.INCLUDE_TASKS:
        nodes = run.play.included_tasks(task, str(args.get("file") or args.get("_raw_params")))
    else:
        nodes = run.play.included_role(task, str(args.get("name") or args.get("role")), args)
    layers: tuple[Layer, ...] = ((layer, False),) if layer else ()
    if task.own_vars:
        layers = (*layers, (task.own_vars, True))  # "include parameters" stand above facts that tasks set
    return Frame(nodes, prefix, layers=layers)


def _rendered(value: Any, scope: Scope) -> Any:
    return scope.templar.render(value, scope) if holds_template(value) else value
