"""Turns pydantic's errors into errors with a place in the file and a hint."""

from __future__ import annotations

import types
from typing import TYPE_CHECKING, Any, Union, get_args, get_origin

from pydantic import BaseModel

from officefleet.errors import Mark, ModelError, OfficefleetError, ProblemsError, nearest
from officefleet.i18n import _, ngettext
from officefleet.models.contradiction import ContradictionError
from officefleet.source.yaml import key_mark, mark_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pydantic import ValidationError
    from pydantic_core import ErrorDetails


def model_errors(
    error: ValidationError, data: object, file: str, model: type[BaseModel]
) -> list[OfficefleetError]:
    """Return one `ModelError` for each fault of a document, in file order.

    Args:
        error: what pydantic said.
        data: the document as `officefleet.source.yaml.load` returned it.
        file: shown when the place is not known.
        model: what the document should have been.

    """
    found = [_one(detail, data, file, model) for detail in error.errors(include_url=False)]
    return sorted(found, key=lambda one: one.mark or Mark(file))


def refuse(problems: Sequence[OfficefleetError], *, stopped: bool = False) -> OfficefleetError:
    """Return the error to raise for several problems: itself when there is one.

    Args:
        problems: at least one.
        stopped: not all files were read any more.

    """
    if stopped:
        message = _("{count} problems found so far; reading stopped").format(count=len(problems))
        return ProblemsError(message, problems)
    if len(problems) == 1:
        return problems[0]
    message = ngettext("{count} problem found", "{count} problems found", len(problems))
    return ProblemsError(message.format(count=len(problems)), problems)


def place_of(data: object, location: Sequence[int | str], file: str, *, key: bool = False) -> Mark:
    """Return where a value stands in a marked document, or the nearest place above it that is known.

    With `key` the place is that of the last key itself.
    """
    mark = mark_of(data) or Mark(file, 1, 1)
    for index, step in enumerate(location):
        last = index == len(location) - 1
        if isinstance(data, dict) and step in data:
            at_key = key_mark(data, str(step))
            value = data[str(step)]
            mark = (at_key if key and last else mark_of(value) or at_key) or mark
            data = value
        elif isinstance(data, list) and isinstance(step, int) and step < len(data):
            marks = getattr(data, "item_marks", [])
            mark = marks[step] if step < len(marks) else mark
            data = data[step]
        else:
            break
    return mark


def _one(detail: ErrorDetails, data: object, file: str, model: type[BaseModel]) -> ModelError:
    location = detail["loc"]
    kind = detail["type"]
    name = str(location[-1]) if location else ""
    if kind == "extra_forbidden":
        known = _keys(model, location[:-1])
        near = nearest(name, known)
        hint = (
            _("did you mean {name!r}?").format(name=near)
            if near
            else _("known: {names}").format(names=", ".join(known))
        )
        return ModelError(
            _("unknown key {key!r}").format(key=name),
            mark=place_of(data, location, file, key=True),
            hint=hint,
        )
    mark = place_of(data, location, file)
    if kind == "missing":
        return ModelError(_("the key {key!r} is missing").format(key=name), mark=mark)
    message, hint = _wording(detail)
    where = ".".join(str(step) for step in location)
    return ModelError(f"{where}: {message}" if where else message, mark=mark, hint=hint)


def _wording(detail: ErrorDetails) -> tuple[str, str]:
    kind, value, context = detail["type"], detail["input"], detail.get("ctx", {})
    if kind == "value_error":
        error = context.get("error", detail["msg"])
        if isinstance(error, ContradictionError):
            return _(error.text).format(**error.fields), ""
        return _(str(error)), ""
    if kind in ("enum", "literal_error"):
        expected = str(context.get("expected", ""))
        near = nearest(str(value), expected.replace("'", "").replace(" or ", ", ").split(", "))
        message = _("{value!r} is not one of {expected}").format(value=value, expected=expected)
        return message, _("did you mean {name!r}?").format(name=near) if near else ""
    if kind == "string_type":
        number = isinstance(value, (int, float))
        return _("must be text"), _("quote the value") if number else ""
    if kind == "string_pattern_mismatch":
        pattern = context.get("pattern", "")
        return _("{value!r} does not have the form {pattern}").format(value=value, pattern=pattern), ""
    return str(detail["msg"]), ""


def _keys(model: type[BaseModel], location: Sequence[int | str]) -> list[str]:
    """Return the keys that the model at a location knows, as YAML spells them."""
    here: Any = model
    for step in location:
        if isinstance(step, str):
            fields = {(field.alias or name): field for name, field in here.model_fields.items()}
            if step not in fields:
                return []
            here = _model_in(fields[step].annotation)
            if here is None:
                return []
    return [field.alias or name for name, field in here.model_fields.items()]


def _model_in(annotation: Any) -> type[BaseModel] | None:
    """Return the model that an annotation holds: itself, optional, or in a tuple."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    if get_origin(annotation) in (tuple, list, Union, types.UnionType):
        return next((found for one in get_args(annotation) if (found := _model_in(one))), None)
    return None
