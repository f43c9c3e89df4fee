"""Makes a task ready for a host: variables, loop, conditions, typed arguments."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from officefleet.engine import loops
from officefleet.engine.hosts import OMIT, DelegatedVars
from officefleet.engine.plan import Item, Plan
from officefleet.engine.sessions import identity
from officefleet.engine.task_controller import TaskController
from officefleet.errors import ArgumentError, OfficefleetError, UndefinedVariableError
from officefleet.i18n import _
from officefleet.modules import registry
from officefleet.modules.contract import Prepared
from officefleet.modules.spec import Kind
from officefleet.playbook import args as arguments
from officefleet.playbook.paths import Search
from officefleet.source.secrets.sealed import Sealed
from officefleet.source.template import holds_template

if TYPE_CHECKING:
    from officefleet.engine.cursor import Position
    from officefleet.engine.hostrun import HostRun
    from officefleet.modules.spec import Args
    from officefleet.playbook.model import Task
    from officefleet.source.scope import Scope

_SKIPPED = {"changed": False, "skipped": True, "skip_reason": "Conditional result was False"}


def make_plan(run: HostRun, task: Task, position: Position, scope: Scope) -> Plan:
    """Return a task made ready.

    What is wrong with an item is kept in it and becomes its result. NeedsResultError and NeedsBarrierError pass
    through: they say that it is too early to ask.
    """
    module = task.provider or registry.get(task.module) or registry.absent(task.module)
    plan = Plan(task, position, module, [], looped=bool(task.loop_kind), scope=scope)
    try:
        _keywords(run, plan)
        plan.one_by_one = plan.looped and loops.one_by_one(task)
        plan.closed = plan.closed or plan.one_by_one
        plan.items = [
            Item(one[0], one[1], round=one[2], waiting=True) if plan.one_by_one else _item(run, plan, *one)
            for one in _rounds(plan)
        ]
    except (OfficefleetError, UndefinedVariableError) as error:
        plan.looped = False
        plan.items = [Item(None, scope, result=failed(error), error=error)]
    if plan.looped and not plan.items:
        plan.looped = False
        plan.items = [
            Item(None, scope, result={"changed": False, "skipped": True, "skipped_reason": "No items in the list",
                                      "results": []})
        ]  # fmt: skip
    if plan.remote:
        _place(run, plan)
    return plan


def make_ready(run: HostRun, plan: Plan, item: Item) -> None:
    """Make a waiting item ready, now that the results of those before it are known."""
    scope = run.scope(plan.task, run.cursor).child(item.round)
    found = _item(run, plan, item.value, scope, item.round)
    item.scope, item.label, item.result = found.scope, found.label, found.result
    item.args, item.prepared, item.controller, item.error = (
        found.args, found.prepared, found.controller, found.error,
    )  # fmt: skip
    item.waiting = False
    if plan.where is None and plan.remote:
        _place(run, plan)


def failed(error: OfficefleetError) -> dict[str, Any]:
    """Return the result of a task that could not be made ready."""
    found = {"failed": True, "changed": False, "msg": error.message, "mark": str(error.mark or "")}
    return {**found, "hint": error.hint} if error.hint else found


def _keywords(run: HostRun, plan: Plan) -> None:
    task, scope = plan.task, plan.scope
    render = scope.templar.render

    def value(name: str) -> Any:
        found = task.keywords.get(name)
        return render(found, scope) if holds_template(found) else found

    check = value("check_mode")
    diff = value("diff")
    plan.check = run.options.check if check is None else bool(check)
    plan.diff = run.options.diff if diff is None else bool(diff)
    plan.no_log = bool(value("no_log"))
    plan.go_on = bool(value("ignore_errors"))
    plan.timeout = float(value("timeout") or 0)
    plan.async_seconds = int(value_of(task.async_seconds, scope) or 0)
    plan.poll = float(value_of(task.poll, scope) or 0) if plan.async_seconds else 0
    plan.closed = bool(
        plan.poll or task.failed_when is not None or task.until or task.loop_control.get("pause")
                       or task.loop_control.get("break_when"))  # fmt: skip
    environment: dict[str, str] = {}
    for part in task.keywords.environment:
        rendered = render(part, scope)
        for layer in rendered if isinstance(rendered, list) else [rendered]:
            if isinstance(layer, Mapping):
                environment.update({str(name): str(text) for name, text in layer.items()})
    plan.environment = environment


def value_of(value: Any, scope: Scope) -> Any:
    """Return a keyword's value, rendered where it is a template."""
    return scope.templar.render(value, scope) if holds_template(value) else value


def _rounds(plan: Plan) -> Sequence[tuple[Any, Scope, Mapping[str, Any]]]:
    """Return (item, scope, the round's variables) of each round; one round without a loop."""
    if not plan.looped:
        return [(None, plan.scope, {})]
    try:
        values = loops.values(plan.task, plan.scope)
    except OfficefleetError:
        conditions = plan.task.keywords.when
        if conditions and not plan.scope.templar.evaluate(conditions, plan.scope):
            plan.looped = False  # a loop over what is not there is fine when the condition says no
            return [(None, plan.scope, {})]
        raise
    return loops.scopes(plan.task, values, plan.scope)


def _item(run: HostRun, plan: Plan, value: Any, scope: Scope, layer: Mapping[str, Any]) -> Item:
    if plan.task.delegate_to is not None:
        scope = scope.child(DelegatedVars(run, plan.task, scope))
    label = loops.label(plan.task, value, scope, run.play.mask.clean) if plan.looped else ""
    item = Item(value, scope, label=label, round=layer)
    try:
        for condition in plan.task.keywords.when:
            if not scope.templar.evaluate(condition, scope):
                item.result = {**_SKIPPED, "false_condition": condition}
                return item
        args = _arguments(plan, scope)
        typed = _validated(plan, args, item)
        for name in plan.module.spec.secret:
            run.play.mask.add(getattr(typed, name))
        item.controller = controller_for(run, plan, scope)
        item.args = typed
        if plan.module.spec.kind is Kind.ACTION:
            return item
        if plan.module.controller is not None and hasattr(plan.module.controller, "prepare"):
            item.prepared = plan.module.controller.prepare(typed, item.controller)
        else:
            item.prepared = Prepared(plan.module.name, typed.model_dump(mode="json"))
    except OfficefleetError as error:
        item.error = error
        item.result = failed(error)
    return item


def _validated(plan: Plan, args: Mapping[str, Any], item: Item) -> Args:
    try:
        return arguments.validate(plan.module, args, plan.task.mark)
    except ArgumentError:
        item.refused = True
        raise


def controller_for(run: HostRun, plan: Plan, scope: Scope) -> TaskController:
    """Return what the engine lends to the module's controller side."""
    return TaskController(
        run=run,
        task=plan.task,
        scope=scope,
        search=Search(run.play.folder, plan.task.role, plan.task.file),
        check=plan.check,
        diff=plan.diff,
        keep=run.keep,
    )


def _arguments(plan: Plan, scope: Scope) -> dict[str, Any]:
    task = plan.task
    render = scope.templar.render
    args: Mapping[str, Any] = task.args
    if task.args_template:
        rendered = render(task.args_template, scope)
        if not isinstance(rendered, Mapping):
            raise ArgumentError(
                _("the arguments of {module} must be a mapping").format(module=plan.module.name),
                mark=task.mark,
            )
        args = rendered
    if task.keywords.module_defaults:
        args = {**_defaults(plan, scope), **args}
    found = {}
    for name, value in args.items():
        rendered = render(value, scope) if scope.templar.is_template(value) else value
        if rendered is not OMIT:
            found[str(render(name, scope)) if scope.templar.is_template(name) else name] = _without_omitted(
                rendered
            )
    return found


def _without_omitted(value: Any) -> Any:
    """Return a value as it goes to the module: nothing omitted in it, nothing sealed."""
    if isinstance(value, Sealed):
        return value.reveal()
    if isinstance(value, dict):
        return {key: _without_omitted(item) for key, item in value.items() if item is not OMIT}
    if isinstance(value, list):
        return [_without_omitted(item) for item in value if item is not OMIT]
    return value


def _defaults(plan: Plan, scope: Scope) -> dict[str, Any]:
    """Return the default arguments that module_defaults give this module."""
    found: dict[str, Any] = {}
    for layer in plan.task.keywords.module_defaults:
        rendered = scope.templar.render(layer, scope)
        for name, values in rendered.items() if isinstance(rendered, Mapping) else ():
            module = registry.get(str(name))
            same = module is not None and module.name == plan.module.name
            if plan.task.provider is not None:
                same = str(name).removeprefix("ansible.legacy.") == plan.task.action
            if same and isinstance(values, Mapping):
                found.update(values)
    return found


def _place(run: HostRun, plan: Plan) -> None:
    """Find out where the steps run; a wrong connection variable fails the task."""
    scope = next(item.scope for item in plan.items if item.prepared is not None)
    try:
        plan.where = place_of(run, plan.task, scope)
        run.play.mask.add(plan.where.endpoint.password)
        run.play.mask.add(plan.where.become.password if plan.where.become else "")
    except OfficefleetError as error:
        for item in plan.items:
            if item.result is None:
                item.error, item.result = error, failed(error)


def place_of(run: HostRun, task: Task, scope: Scope) -> Any:
    """Return the `Identity` under which a task runs: its host's, or that of the host it is delegated to."""

    def render(value: Any) -> Any:
        return scope.templar.render(value, scope) if holds_template(value) else value

    target = render(task.delegate_to)
    if target is None or target is OMIT or str(target) == run.host.name:
        return identity(run.host.name, task.keywords, scope, run.options, render)
    return identity(str(target), task.keywords, run.delegate_scope(task, str(target)), run.options, render)
