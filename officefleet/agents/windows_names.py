"""Which Windows module stands in for one that a playbook names without ``win_``, as Ansible does for ping, stat, file."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from officefleet.agents import windows_code
from officefleet.modules import registry

if TYPE_CHECKING:
    from collections.abc import Mapping


def renamed(module: str, args: Mapping[str, Any]) -> tuple[str, Mapping[str, Any]]:
    """Return the module that has a Windows half, and its arguments.

    Arguments that only the POSIX module knows are left out when they are not set; the module's own checks see the rest.
    """
    other = f"win_{module}"
    if windows_code.source(module) or not windows_code.source(other):
        return module, args
    found = registry.get(other)
    if found is None:
        return module, args
    fields = found.spec.args.model_fields
    given = {name: value for name, value in args.items() if name in fields and value is not None}
    extra = {name: value for name, value in args.items() if name.startswith("_")}
    try:
        return other, {**found.spec.args.model_validate(given).model_dump(mode="json"), **extra}
    except ValueError:
        return module, args
