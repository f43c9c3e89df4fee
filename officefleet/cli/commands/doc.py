"""``officefleet doc``: the modules, their arguments and examples, from their specs."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Annotated, Any

from cyclopts import Parameter

from officefleet.errors import UsageError, nearest
from officefleet.i18n import _

if TYPE_CHECKING:
    from collections.abc import Iterator

    from officefleet.modules.registry import Module


def command(
    module: str = "", *, as_json: Annotated[bool, Parameter(name="--json", negative="")] = False
) -> None:
    """List the modules, or show one: what it does, its arguments, examples.

    Args:
        module: Its name, short or with its collection.
        as_json: Print JSON: names and summaries, or the arguments' JSON schema.

    """
    from officefleet.modules import registry  # noqa: PLC0415  pydantic is slow to import

    if not module:
        found = {name: _summary(registry.get(name)) for name in sorted(registry.names())}
        if as_json:
            _print_json(found)
        else:
            width = max(len(name) for name in found)
            sys.stdout.writelines(f"{name:<{width}}  {_(text)}\n" for name, text in found.items())
        return
    one = registry.get(module)
    if one is None:
        close = nearest(module.rpartition(".")[2], registry.names())
        raise UsageError(
            _("unknown module {name!r}").format(name=module),
            hint=_("did you mean {name}?").format(name=close) if close else _("`officefleet doc` lists them"),
        )
    if as_json:
        _print_json({"name": one.name, "doc": one.doc, "schema": one.spec.args.model_json_schema()})
    else:
        sys.stdout.writelines(f"{line}\n" for line in _page(one))


def _summary(module: Module | None) -> str:
    return module.doc.strip().partition("\n")[0] if module else ""


def _page(module: Module) -> Iterator[str]:
    from officefleet.modules.registry import example_args  # noqa: PLC0415  see above

    spec = module.spec
    yield f"{module.name}  ({', '.join(f'{space}.{module.name}' for space in spec.namespaces)})"
    yield ""
    yield _(_summary(module))
    yield from module.doc.strip().splitlines()[1:]
    yield ""
    yield _("Check mode: {answer}").format(
        answer=_("predicts exactly") if spec.check == "full" else _("does nothing and says so")
    )
    yield ""
    yield _("Arguments:")
    schema = spec.args.model_json_schema()
    required = set(schema.get("required", ()))
    for name, field in schema.get("properties", {}).items():
        yield from _argument(name, field, needed=name in required, free=name == spec.free_form)
    examples = example_args(module)
    if examples:
        import yaml  # noqa: PLC0415  needed for examples only

        yield ""
        yield _("Examples:")
        for example in examples:
            text = yaml.safe_dump(
                [{f"{spec.namespaces[0]}.{module.name}": example}], sort_keys=False, allow_unicode=True
            )
            yield from (f"  {line}" for line in text.splitlines())


def _argument(name: str, field: dict[str, Any], *, needed: bool, free: bool) -> Iterator[str]:
    notes = [_type(field)]
    if needed:
        notes.append(_("required"))
    elif field.get("default") is not None:
        notes.append(_("default {value}").format(value=json.dumps(field["default"], ensure_ascii=False)))
    if free:
        notes.append(_("also as free text"))
    text = field.get("description", "")
    yield f"  {name}  ({', '.join(notes)})" + (f": {text}" if text else "")


def _type(field: dict[str, Any]) -> str:
    if "enum" in field:
        return " | ".join(str(one) for one in field["enum"])
    if "const" in field:
        return str(field["const"])
    if "anyOf" in field:
        kinds = [_type(one) for one in field["anyOf"] if one.get("type") != "null"]
        return " | ".join(dict.fromkeys(kinds))
    if field.get("type") == "array":
        return _("list of {kind}").format(kind=_type(field.get("items", {})))
    return {"string": _("text"), "integer": _("number"), "number": _("number"), "boolean": _("yes or no"),
            "object": _("mapping")}.get(str(field.get("type")), _("anything"))  # fmt: skip


def _print_json(value: object) -> None:
    json.dump(value, sys.stdout, ensure_ascii=False, indent=2, default=str)
    sys.stdout.write("\n")
