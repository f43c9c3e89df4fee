"""The options of ``officefleet rollout``."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from cyclopts import Parameter

from officefleet.cli.play_flags import PlayFlags, flag
from officefleet.cli.run_flags import RunFlags
from officefleet.errors import UsageError
from officefleet.i18n import _

WAVES, STOP_AFTER, NEEDS = "1,10%,100%", "1", 30
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
_OF_RUNS = (
    "inventory", "limit", "tags", "skip_tags", "extra_vars", "check", "forks", "user", "private_key", "ask_pass",
    "connection", "timeout", "become", "become_user", "ask_become_pass", "become_password_file", "vault_id",
    "vault_password_file", "ask_vault_pass", "age_identity",
)  # fmt: skip


@Parameter(name="*")
@dataclass(frozen=True, kw_only=True)
class RolloutFlags(PlayFlags):
    """Options of a rollout.

    Attributes:
        waves: How many pharmacies, or what share of them, have had their turn when each wave ends (1,10%,100%).
        stop_after: Failed pharmacies of a wave, or their share of it, that stop the rollout (1).
        outside_hours: Only while a pharmacy is closed and not on duty; this is the default.
        at: closed, or any: at any time, whatever the opening hours.
        needs: Minutes that a pharmacy must still be closed when its turn begins (30).
        update: The system update that the playbooks bring (KB5066835, 26100): machines that it would break are left out.
        pharmacies_at_once: Pharmacies worked on at the same time.
        name: The rollout's name; else that of the first playbook.
        resume: Go on with a rollout.
        retry: With --resume: pharmacies that failed or were refused have another turn.
        resume_anyway: Resume although the playbooks have changed.
        anew: Begin again with every pharmacy although the last rollout of this name has not finished.
        wait: Stay until pharmacies that are open now have had their turn.
        list_waves: Print the waves and end.
        driver_gate: Leave out machines whose drivers would not work (see `officefleet drivers check`).
        limit: Narrow the pharmacies and machines to this pattern; @FILE reads it.
        forks: Hosts of a pharmacy worked on at the same time (50, or ANSIBLE_FORKS).

    """

    waves: Annotated[str, flag("--waves")] = ""
    stop_after: Annotated[str, flag("--stop-after")] = ""
    outside_hours: Annotated[bool, flag("--outside-hours")] = False
    at: Annotated[Literal["closed", "any"] | None, flag("--at")] = None
    needs: Annotated[int | None, flag("--needs")] = None
    update: Annotated[str, flag("--update")] = ""
    pharmacies_at_once: Annotated[int, Parameter(name="--pharmacies-at-once")] = 8
    name: Annotated[str, flag("--name")] = ""
    resume: Annotated[bool, flag("--resume")] = False
    retry: Annotated[bool, flag("--retry")] = False
    resume_anyway: Annotated[bool, flag("--resume-anyway")] = False
    anew: Annotated[bool, flag("--anew")] = False
    wait: Annotated[bool, flag("--wait")] = False
    list_waves: Annotated[bool, flag("--list-waves")] = False
    driver_gate: Annotated[bool, Parameter(negative="--no-driver-gate", show_default=False)] = True
    limit: Annotated[str, flag("-l", "--limit")] = ""
    forks: Annotated[int | None, flag("-f", "--forks")] = None

    @property
    def resumes(self) -> bool:
        """Whether it goes on with a rollout."""
        return self.resume or self.resume_anyway

    def of_runs(self, limit: str, *, check: bool) -> RunFlags:
        """Return the options that each pharmacy's run takes over.

        Args:
            limit: of the rollout, which may have begun earlier.
            check: whether that is in check mode: going on with it must not change anything either.

        """
        taken: dict[str, Any] = {name: getattr(self, name) for name in _OF_RUNS}
        return RunFlags(**{**taken, "limit": limit, "check": check})


def check_flags(flags: RolloutFlags) -> None:
    """Refuse options that contradict one another.

    Raises:
        UsageError: they do.

    """
    if flags.outside_hours and flags.at == "any":
        raise UsageError(_("--outside-hours and --at any contradict each other"))
    if flags.retry and not flags.resumes:
        raise UsageError(_("--retry goes with --resume"))
    if flags.anew and flags.resumes:
        raise UsageError(_("--anew and --resume contradict each other"))
    if flags.pharmacies_at_once < 1:
        raise UsageError(_("--pharmacies-at-once must be a number above 0"))
    if flags.needs is not None and flags.needs < 1:
        raise UsageError(_("--needs must be a number of minutes above 0"))
    if flags.resumes and flags.waves:
        raise UsageError(_("the waves of a rollout are fixed when it begins"), hint=_("--anew begins again"))


def rollout_name(flags: RolloutFlags, playbooks: tuple[str, ...]) -> str:
    """Return the rollout's name; "" when neither playbooks nor --name tell it.

    Raises:
        UsageError: it cannot be part of a file's name.

    """
    stem = (
        re.sub(r"[^A-Za-z0-9._-]+", "-", playbooks[0].replace("\\", "/").rpartition("/")[2])
        if playbooks
        else ""
    )
    name = flags.name or stem.removesuffix(".yml").removesuffix(".yaml").lstrip("._-")
    if name and flags.check and not flags.name:
        name += "-check"
    if name and not _NAME.fullmatch(name):
        raise UsageError(
            _("{name!r} is no name for a rollout").format(name=name),
            hint=_("letters, digits, dots, dashes and underscores, at most 64"),
        )
    return name
