"""First aid: what pharmacists do when a poste fails, in their order, each answer written down.

Restart; cables and ports; is the peripheral compatible; what has cured it before; the spare, or a rebuild.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from officefleet.continuity.binder.page import Origin, Page, new_id
from officefleet.continuity.cables import moves
from officefleet.continuity.curing import run_cure
from officefleet.continuity.readings import read
from officefleet.drivers.catalog import Verdict
from officefleet.drivers.drift import drift
from officefleet.drivers.live import LiveFacts
from officefleet.drivers.report import label
from officefleet.drivers.verdicts.judge import judge_machine
from officefleet.errors import OfficefleetError
from officefleet.i18n import _, language
from officefleet.inventory.local_checks import replaces
from officefleet.models import MachineKind

if TYPE_CHECKING:
    from collections.abc import Iterator

    from officefleet.continuity.binder.cures import Cures
    from officefleet.continuity.setting import Setting
    from officefleet.models import Machine

_CURES = 5  # that are offered


class Next(StrEnum):
    """What the person chose when nothing helped."""

    NOTHING = ""
    SWAP = "swap"
    REBUILD = "rebuild"


@dataclass(frozen=True, slots=True)
class Aided:
    """How first aid ended; `cured` names the step that helped, "" when none did."""

    page: Page
    cured: str
    next: Next = Next.NOTHING


class FirstAid:
    """Guides a person through first aid of one machine.

    Args:
        setting: what it works with; its person answers.
        cures: what has helped before.
        host: the machine.
        may_cure: the person may run playbooks there; otherwise they are told what to do by hand.

    """

    def __init__(self, setting: Setting, cures: Cures, host: str, *, may_cure: bool = True) -> None:
        self._setting = setting
        self._may_cure = may_cure
        self._cures = cures
        self._machine = setting.machine(host)
        self._pharmacy = setting.home(self._machine.name)
        self._person = setting.person
        self._answers = False

    @property
    def _by_command(self) -> bool:
        return self._answers and self._may_cure

    def guide(self, symptom: str) -> Aided:
        """Go through the steps until one helps; the incident stays open when none does."""
        page = Page(
            id=new_id(self._machine.name),
            pharmacy=self._pharmacy.id,
            machine=self._machine.name,
            opened=dt.datetime.now(tz=dt.UTC).replace(microsecond=0),
            symptom=symptom,
            tags=("aid",),
            origin=Origin.AID,
        )
        self._setting.binder.file(page)
        for title, step in (
            (_("Does it answer?"), self._contact),
            (_("Restart"), self._restart),
            (_("Cables and ports"), self._cables),
            (_("Peripherals and drivers"), self._compatibility),
        ):
            self._person.say(f"\n== {title}")
            remedy = step(page)
            if remedy is not None and self._works(page, remedy):
                return self._cured(page, remedy)
        self._person.say("\n== " + _("What has helped before"))
        for done in self._known(page):
            if self._works(done, done.remedy or ""):
                return self._cured(done, done.remedy or "")
            self._cures.record(done, worked=False)
        self._note(page, _("first aid did not help"))
        self._person.say("\n== " + _("The spare, or a rebuild"))
        return Aided(page, "", self._last_resort(page))

    def _last_resort(self, page: Page) -> Next:
        """Ask for what is left: a spare if one may stand in, else a rebuild where there is an image."""
        host = self._machine.name
        spares = [
            one.name
            for one in self._pharmacy.machines
            if one.kind is MachineKind.SPARE and self._machine in replaces(one, self._pharmacy)
        ]
        choices = [(Next.SWAP, f"officefleet spare swap {host}", _("Let {spare} stand in now?").format(
            spare=", ".join(spares)))] if spares else []  # fmt: skip
        if self._machine.image is not None:
            question = _("Rebuild it from its image now? What its disk holds is lost, but what is preserved.")
            choices.append((Next.REBUILD, f"officefleet rebuild {host}", question))
        for choice, command, question in choices:
            self._person.say(f"  {command}")
            agreed = self._person.confirm(question)
            self._note(page, f"{command}: {_('begun') if agreed else _('not now')}")
            if agreed:
                return choice
        if not choices:
            self._say_and_note(page, _("no spare may stand in for it, and it has no image"))
        return Next.NOTHING

    def _say_and_note(self, page: Page, text: str) -> None:
        self._person.say(f"  {text}")
        self._note(page, text)

    def _note(self, page: Page, text: str) -> None:
        self._setting.binder.note(page, text)

    def _works(self, page: Page, what: str) -> bool:
        works = self._person.confirm(_("Does it work now?"))
        answer = _("it works") if works else _("it does not help")
        self._note(page, f"{what}: {answer}")
        return works

    def _cured(self, page: Page, remedy: str) -> Aided:
        closed = self._setting.binder.close(page, remedy=remedy)
        self._cures.record(closed, worked=True)
        return Aided(closed, remedy)

    # --- the steps: each returns what was done, None when nothing was ----------------------------------------

    def _contact(self, page: Page) -> None:
        reading = read(self._setting.player, self._pharmacy, [self._machine.name]).machines[
            self._machine.name
        ]
        self._answers = reading.answers
        text = _("{host} answers").format(host=self._machine.name)
        if not reading.answers:
            text = _("{host} does not answer: {reason}").format(
                host=self._machine.name, reason=reading.silence
            )
        self._say_and_note(page, text)

    def _restart(self, page: Page) -> str | None:
        if not self._by_command:
            by_hand = _("Switch it off at the plug, count to ten, switch it on.")
            if self._answers:
                by_hand = _("Shut it down, count to ten, switch it on.")
            self._person.say("  " + by_hand)
            return _("switched off and on")
        try:
            done = run_cure(self._setting, "restart-poste.yml", self._machine.name)
        except OfficefleetError as error:
            self._person.say(f"  {error.message}")
            self._note(page, error.message)
            return None
        self._person.say(f"  {done.text}")
        self._note(page, "restart-poste.yml: " + done.text)
        return _("restarted") if done.ran else None

    def _cables(self, page: Page) -> str | None:
        plugs = moves(self._machine, self._machine, self._machine)
        if not plugs:
            self._say_and_note(page, _("no peripheral of it is recorded"))
            return None
        for plug in plugs:
            self._person.say(
                "  " + _plug_text(plug.peripheral.name, plug.peripheral.port, plug.peripheral.com)
            )
        if self._answers:
            for line in self._live():
                self._person.say(f"  ! {line}")
                self._note(page, line)
        self._person.say("  " + _("Pull each plug and push it firmly into the port named here."))
        return _("cables pushed in")

    def _live(self) -> Iterator[str]:
        facts = self._setting.read_live([self._machine.name]).get(self._machine.name)
        if isinstance(facts, LiveFacts) and facts.devices:
            yield from (one.message for one in drift(self._machine, facts, self._setting.rules().catalog))

    def _compatibility(self, page: Page) -> str | None:
        verdict = judge_machine(self._setting.rules(), self._machine, self._pharmacy)
        bad = [one for one in verdict.peripherals if one.verdict is not Verdict.OK]
        if not bad:
            self._say_and_note(page, _("nothing known against its peripherals and drivers"))
            return None
        for one in bad:
            self._person.say(f"  {one.peripheral.name}: {label(one.verdict)}")
            for finding in one.findings:
                if not finding.missing:
                    self._person.say(f"    {finding.rule.reason.in_language(language())}")
                    self._person.say(f"    -> {finding.rule.cure.in_language(language())}")
            self._note(page, f"{one.peripheral.name}: {label(one.verdict)}")
        return _("cured as the driver catalogue says")

    def _known(self, page: Page) -> Iterator[Page]:
        """Yield the page with each cure that the person has tried."""
        found = self._cures.known(page.symptom, devices=_devices(self._machine), limit=_CURES)
        if not found:
            self._person.say("  " + _("nothing yet"))
        for one in found:
            self._person.say(
                f"  {one.symptom}\n    -> {one.remedy or one.playbook}  "
                + _("(worked {worked} of {count} times)").format(
                    worked=one.worked, count=one.worked + one.failed
                )
            )
            remedy = one.remedy or one.playbook
            update = {
                "remedy": remedy, "playbook": one.playbook or None, "device": one.device or None, "kb": one.kb or None,
            }  # fmt: skip
            if self._tried(page, one.playbook, remedy):
                yield page.model_copy(update=update)

    def _tried(self, page: Page, playbook: str, remedy: str) -> bool:
        """Try a cure, by command where that can be; return whether it was tried."""
        if not (playbook and self._by_command):
            tried = self._person.confirm(_("Have you tried it?"))
            if not tried:
                self._note(page, f"{remedy}: {_('not tried')}")
            return tried
        try:
            done = run_cure(self._setting, playbook, self._machine.name)
        except OfficefleetError as error:
            self._person.say(f"  {error.message}")
            self._note(page, f"{playbook}: {error.message}")
            return False
        self._person.say(f"  {done.text}")
        self._note(page, f"{playbook}: {done.text}")
        return done.ran


def _devices(machine: Machine) -> list[str]:
    return [one.usb for one in machine.peripherals if one.usb is not None]


def _plug_text(name: str, port: str | None, com: int | None) -> str:
    text = _("{name}: port {port}").format(name=name, port=port or "?")
    return f"{text}, COM{com}" if com is not None else text
