"""Which tasks a run takes: tags and --start-at-task."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection


def selected(tags: Collection[str], wanted: Collection[str], unwanted: Collection[str]) -> bool:
    """Return whether a task with `tags` runs under --tags `wanted` and --skip-tags `unwanted`.

    ``always`` and ``never``, ``tagged``, ``untagged`` and ``all`` mean what Ansible's documentation says.
    """
    own = set(tags)
    run = True
    if wanted:
        if "always" in own or ("all" in wanted and "never" not in own) or own & set(wanted):
            run = True
        else:
            run = ("tagged" in wanted and bool(own) and "never" not in own) or (
                "untagged" in wanted and not own
            )
    elif "never" in own:
        run = False
    if run and unwanted:
        if "all" in unwanted:
            run = "always" in own and "always" not in unwanted
        elif own & set(unwanted) or ("tagged" in unwanted and own) or ("untagged" in unwanted and not own):
            run = False
    return run
