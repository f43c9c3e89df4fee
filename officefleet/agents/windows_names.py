"""Which Windows module stands in for one that a playbook names without ``win_``, as Ansible does for ping, stat, file.

What a task asks for and the Windows module cannot do is refused: a mode that is not set, or a shell that is not used, must
not look like success.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from officefleet.agents import windows_code
from officefleet.i18n import _
from officefleet.modules import registry

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

REFUSED = "_refused"
"""Key of the arguments that says why a module does not run on Windows."""


def renamed(module: str, args: Mapping[str, Any]) -> tuple[str, Mapping[str, Any]]:
    """Return the module that has a Windows half, and its arguments.

    Arguments that have their default are left out, so that the Windows module's own defaults hold. Where the module
    cannot do what the others ask for, the module itself is returned, with the reason under `REFUSED`.
    """
    other = f"win_{module}"
    found, own = registry.get(other), registry.get(module)
    if windows_code.source(module) or not windows_code.source(other) or found is None or own is None:
        return module, args
    fields = own.spec.args.model_fields
    asked = {
        name: value
        for name, value in args.items()
        if not name.startswith("_")
        and (name not in fields or value != fields[name].get_default(call_default_factory=True))
    }
    asked = _TRANSLATED.get(module, dict)(asked)
    strange = sorted(set(asked) - set(found.spec.args.model_fields))
    if strange:
        text = _("the module {module} has no {names} on Windows").format(
            module=module, names=", ".join(strange)
        )
        return module, {REFUSED: text}
    try:
        wanted = found.spec.args.model_validate(asked).model_dump(mode="json")
    except ValidationError as error:
        details = "; ".join(f"{'.'.join(map(str, one['loc']))}: {one['msg']}" for one in error.errors())
        text = _("the module {module} cannot do this on Windows: {details}").format(
            module=module, details=details
        )
        return module, {REFUSED: text}
    extra = {name: value for name, value in args.items() if name.startswith("_")}
    return other, {**wanted, **extra}


def _service(asked: dict[str, Any]) -> dict[str, Any]:
    """Return win_service's words: a service that is enabled starts with the machine."""
    enabled = asked.pop("enabled", None)
    return asked if enabled is None else {**asked, "start_mode": "auto" if enabled else "disabled"}


def _user(asked: dict[str, Any]) -> dict[str, Any]:
    """Return win_user's words. A password stays strange: it is a hash here, and plain text there."""
    known = {
        {"comment": "fullname", "password": "password hash"}.get(name, name): one
        for name, one in asked.items()
    }
    if known.pop("append", False) and "groups" in known:
        known["groups_action"] = "add"
    return known


_TRANSLATED: dict[str, Callable[[dict[str, Any]], dict[str, Any]]] = {"service": _service, "user": _user}
