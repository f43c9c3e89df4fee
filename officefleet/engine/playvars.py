"""A play's own variables: prompts, vars_files and the magic ones."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from officefleet.engine.hosts import OMIT, HostVars
from officefleet.errors import PlaybookError
from officefleet.i18n import _
from officefleet.playbook import fields
from officefleet.source.scope import Scope
from officefleet.source.template import holds_template

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from officefleet.engine.hostrun import HostRun
    from officefleet.engine.playrun import PlayRun


def prompted(of: PlayRun) -> list[tuple[Mapping[str, Any], bool]]:
    """Return what was answered to vars_prompt, as a layer of variables."""
    found: dict[str, Any] = {}
    for prompt in of.play.vars_prompt:
        name = str(prompt.get("name", ""))
        if name not in of.options.extra_vars:
            found[name] = of.shared.prompt(prompt)
            if prompt.get("private", True):
                of.mask.add(found[name])
    return [(found, False)] if found else []


def literal_files(of: PlayRun) -> list[tuple[Mapping[str, Any], bool]]:
    """Return the vars_files whose names are the same for all hosts."""
    found: list[tuple[Mapping[str, Any], bool]] = []
    for entry in of.play.vars_files:
        choices = fields.as_list(entry)
        if not any(holds_template(choice) for choice in choices):
            found.append((_first_file(of, choices), True))
    return found


def host_files(of: PlayRun, run: HostRun) -> list[tuple[Mapping[str, Any], bool]]:
    """Return the vars_files whose names depend on the host."""
    found: list[tuple[Mapping[str, Any], bool]] = []
    for entry in of.play.vars_files:
        choices = fields.as_list(entry)
        if any(holds_template(choice) for choice in choices):
            layers = [(run.host.inventory_vars, True), (of.names(run.host.name), False), (run.host.fact_layer(), False), (of.play.vars, True),
                      (of.options.extra_vars, True), (of.magic(None), False)]  # fmt: skip
            scope = Scope(layers, of.templar)
            found.append((_first_file(of, [of.templar.render(choice, scope) for choice in choices]), True))
    return found


def _first_file(of: PlayRun, choices: Sequence[Any]) -> Mapping[str, Any]:
    problem: PlaybookError | None = None
    for choice in choices:
        try:
            path = of.reader.search(None, of.play.file).find(str(choice), "vars", of.play.mark)
        except PlaybookError as error:
            problem = error
            continue
        return of.shared.vars_file(path)
    raise problem or PlaybookError(_("vars_files names no file"), mark=of.play.mark)


def magic_of_play(of: PlayRun) -> dict[str, Any]:
    """Return the magic variables that are the same for all hosts of a play."""
    shared = of.shared
    return {
        "omit": OMIT,
        "groups": shared.inventory.groups,
        "hostvars": HostVars(lambda: shared.inventory.groups.get("all", ()), of.hostvars_of),
        "playbook_dir": str(of.folder),
        "ansible_play_name": of.name,
        "ansible_play_hosts_all": of.all_hosts,
        "ansible_check_mode": of.options.check,
        "ansible_diff_mode": of.options.diff,
        "ansible_forks": of.options.forks,
        "ansible_verbosity": of.options.verbosity,
        "ansible_run_tags": sorted(of.options.tags) or ["all"],
        "ansible_skip_tags": sorted(of.options.skip_tags),
        "ansible_version": {"full": "2.18.0", "major": 2, "minor": 18, "revision": 0, "string": "2.18.0"},
        **role_names(of),
        "ansible_playbook_python": shared.python,
        **({"ansible_limit": of.options.limit} if of.options.limit else {}),
    }


def role_names(of: PlayRun) -> dict[str, list[str]]:
    """Return the names of a play's roles: those it lists, those they depend on, all of them."""
    listed = [role.name for role in of.reader.roles.listed_roles]
    needed = list(dict.fromkeys(role.name for role in of.reader.roles.dependencies))
    return {
        "ansible_role_names": list(dict.fromkeys((*needed, *listed))),
        "ansible_play_role_names": listed,
        "role_names": listed,
        "ansible_dependent_role_names": needed,
    }
