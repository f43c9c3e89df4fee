"""What group_by does on the controller."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from officefleet.modules.contract import Controller
    from officefleet.modules.group_by.spec import GroupByArgs


def act(args: GroupByArgs, controller: Controller) -> dict[str, Any]:
    """Return {"add_group", "parent_groups"}; blanks in names become hyphens, as in Ansible."""
    return {
        "changed": True,
        "add_group": args.key.replace(" ", "-"),
        "parent_groups": [name.replace(" ", "-") for name in args.parents],
    }
