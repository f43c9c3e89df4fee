"""What setup does on the controller: its result names facts as variables do."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    from officefleet.modules.contract import Controller
    from officefleet.modules.setup.spec import SetupArgs


def finish(args: SetupArgs, result: Mapping[str, Any], controller: Controller) -> dict[str, Any]:
    """Return the result with the prefix ``ansible_`` on its facts."""
    facts = result.get("ansible_facts")
    if not isinstance(facts, dict):
        return dict(result)
    named = {
        name if name.startswith("ansible_") else f"ansible_{name}": value for name, value in facts.items()
    }
    return {**result, "ansible_facts": named}
