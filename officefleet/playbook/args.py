"""A task's arguments: split from their short form, checked as far as they are literal, validated once rendered."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from officefleet.errors import ArgumentError, Mark, nearest
from officefleet.i18n import _
from officefleet.playbook.freeform import parse_command, parse_pairs
from officefleet.source.template import holds_template
from officefleet.source.yaml import MarkedDict, key_mark, mark_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from officefleet.modules.registry import Module
    from officefleet.modules.spec import Args


def split(module: Module, value: Any, mark: Mark) -> tuple[dict[str, Any], str]:
    """Return (arguments, template) of ``module: value``; the template is set when the whole is ``{{ x }}``.

    Raises:
        ArgumentError: the value is of a kind that no module takes, or the short form holds loose words.

    """
    if value is None:
        return {}, ""
    if isinstance(value, dict):
        return value, ""
    free_form = module.spec.free_form
    if isinstance(value, (str, int, float)) and not isinstance(value, bool):
        text = str(value)
        if free_form:
            pairs, command = parse_command(text, module.argument_names() - {free_form}, mark)
            return marked({**pairs, **({free_form: command} if command else {})}, mark), ""
        if text.strip().startswith("{{") and text.strip().endswith("}}"):
            return {}, value if isinstance(value, str) else text
        pairs, rest = parse_pairs(text, mark)
        if rest:
            raise ArgumentError(
                _("{module} takes name=value pairs, not {word!r}").format(module=module.name, word=rest[0]),
                mark=mark,
                hint=_("write the arguments as a YAML mapping"),
            )
        return marked(pairs, mark), ""
    raise ArgumentError(
        _("the arguments of {module} must be a mapping").format(module=module.name), mark=mark_of(value, mark)
    )


def marked(values: Mapping[str, Any], mark: Mark) -> MarkedDict:
    """Return a mapping whose keys all stand at one place."""
    found = MarkedDict(values)
    found.mark = mark
    found.key_marks = dict.fromkeys(values, mark)
    return found


def check_literal(module: Module, args: Mapping[str, Any], mark: Mark) -> list[ArgumentError]:
    """Return what is wrong with the arguments that can be known before any template is rendered."""
    if module.spec.accepts_any:
        return []
    known = module.argument_names()
    problems = [
        _unknown(module, key, args, mark) for key in args if key not in known and not holds_template(key)
    ]
    if problems:
        return problems
    try:
        module.spec.args.model_validate(dict(args))
    except ValidationError as error:
        templated = {key for key, value in args.items() if holds_template(value)}
        for detail in error.errors(include_input=False, include_url=False):
            place = str(detail["loc"][0]) if detail["loc"] else ""
            if place in templated or (not place and templated):
                continue
            problems.append(_problem(module, detail["msg"], place, detail["type"], args, mark))
    return problems


def validate(module: Module, args: Mapping[str, Any], mark: Mark) -> Args:
    """Return the typed arguments of a task once its templates are rendered.

    Raises:
        ArgumentError: an unknown name, a missing or wrong value; the value itself never shows.

    """
    if not module.spec.accepts_any:
        known = module.argument_names()
        for key in args:
            if key not in known:
                raise _unknown(module, key, args, mark)
    try:
        return module.spec.args.model_validate(args)
    except ValidationError as error:
        detail = error.errors(include_input=False, include_url=False)[0]
        place = str(detail["loc"][0]) if detail["loc"] else ""
        raise _problem(module, detail["msg"], place, detail["type"], args, mark) from None


def _unknown(module: Module, key: str, args: Mapping[str, Any], mark: Mark) -> ArgumentError:
    known = module.argument_names()
    close = nearest(str(key), known)
    hint = (
        _("did you mean {name}?").format(name=close)
        if close
        else _("known arguments: {names}").format(names=", ".join(sorted(known)))
    )
    return ArgumentError(
        _("Unsupported parameters for ({module}) module: {name}").format(module=module.name, name=str(key)),
        mark=key_mark(args, key) or mark,
        hint=hint,
    )


def _problem(
    module: Module, message: str, place: str, kind: str, args: Mapping[str, Any], mark: Mark
) -> ArgumentError:
    where = (key_mark(args, place) if place in args else None) or mark
    if kind == "missing":
        return ArgumentError(
            # Ansible's words: playbooks look for them in results
            _("missing required arguments: {name}").format(name=place),
            mark=where,
        )
    text = message.removeprefix("Value error, ").removeprefix("Assertion failed, ")
    hint = ""
    if kind == "literal_error" and place in args:
        options = [
            part.strip(" '")
            for part in message.replace("Input should be ", "").replace(" or ", ", ").split(",")
        ]
        close = nearest(str(args[place]), options)
        hint = _("did you mean {name}?").format(name=close) if close else ""
        choices = _("value of {name} must be one of: {options}")
        return ArgumentError(choices.format(name=place, options=", ".join(options)), mark=where, hint=hint)
    if not place:
        return ArgumentError(text, mark=where)  # the module's own words, which are Ansible's
    name = f"{module.name}.{place}"
    return ArgumentError(_("{name}: {problem}").format(name=name, problem=text), mark=where, hint=hint)
