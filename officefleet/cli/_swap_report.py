"""Shows a swap as it goes, and its timeline: machine time apart from the time that a person took."""

from __future__ import annotations

from typing import TYPE_CHECKING

from officefleet.i18n import _

if TYPE_CHECKING:
    from officefleet.cli._continuity import Terminal
    from officefleet.continuity.journal import Swap
    from officefleet.continuity.preflight import Plan
    from officefleet.continuity.road import Step


class SwapReport:
    """Follows one swap."""

    def __init__(self, terminal: Terminal) -> None:
        self._terminal = terminal
        self._machine = 0.0
        self._asked = 0.0

    def planned(self, plan: Plan, seconds: float) -> None:
        """Tell of the preflight's result."""
        self._machine += seconds
        self._line(_("preflight"), seconds, _("{spare} for {poste}").format(
            spare=plan.spare.name, poste=plan.poste.name))  # fmt: skip
        for warning in plan.warnings:
            self._terminal.say(f"    {warning}")

    def resumed(self, swap: Swap) -> None:
        """Tell that an interrupted swap goes on."""
        self._terminal.say(
            _("The swap of {poste} with {spare} was interrupted and goes on.").format(
                poste=swap.poste, spare=swap.spare
            )
        )

    def kept(self, step: Step) -> None:
        """Tell of a step that an earlier command has done."""
        self._terminal.say(f"  {self._title(step.name, back=False)}: " + _("done before"))

    def begun(self, step: Step, *, back: bool) -> None:
        """Tell of a step that begins."""
        if step.name == "cables":
            self._terminal.say(self._title(step.name, back=back))
        self._asked = self._terminal.waited

    def ended(self, step: Step, note: str, seconds: float, *, back: bool) -> None:
        """Tell of a step that is done."""
        mine = max(0.0, seconds - (self._terminal.waited - self._asked))
        self._machine += mine
        self._line(self._title(step.name, back=back), mine, note)

    def close(self, text: str) -> None:
        """Say how it ended and how long it took."""
        waited = self._terminal.waited
        parts = [_("machines {seconds:.1f} s").format(seconds=self._machine)]
        if waited:
            parts.append(_("a person {seconds:.0f} s").format(seconds=waited))
        self._terminal.say(f"{text} ({', '.join(parts)})")

    def _line(self, title: str, seconds: float, note: str) -> None:
        tail = f"  {note}" if note else ""
        self._terminal.say(f"  {title:<28} {seconds:5.1f} s{tail}")

    @staticmethod
    def _title(name: str, *, back: bool) -> str:
        there = {
            "register": _("register"),
            "fence": _("fence the poste"),
            "identity": _("identity and role"),
            "cables": _("cables"),
            "verify": _("proof"),
            "binder": _("binder"),
        }
        return _("{step}, back").format(step=there[name]) if back else there[name]
