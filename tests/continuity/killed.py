"""Walks a swap (or its way back) and kills itself at a given moment: MODE POSTE MOMENT STEP."""

import os
import signal
import sys

from officefleet.cli._continuity import Terminal, open_setting
from officefleet.cli._swap_report import SwapReport
from officefleet.continuity.preflight import Wish
from officefleet.continuity.swap import swap_in, swap_out
from officefleet.engine.events import TaskFinished

MODE, POSTE, MOMENT, STEP = sys.argv[1:]


class Killer(SwapReport):
    step = ""

    def begun(self, step, *, back):
        self.step = step.name
        self.at("begun")
        super().begun(step, back=back)

    def ended(self, step, note, seconds, *, back):
        super().ended(step, note, seconds, back=back)
        self.at("ended")

    def at(self, moment):
        if (moment, self.step) == (MOMENT, STEP):
            os.kill(os.getpid(), signal.SIGKILL)

    def handle(self, event):  # of the engine: in the middle of a playbook
        if isinstance(event, TaskFinished):
            self.at("middle")


terminal = Terminal(yes=True)
killer = Killer(terminal)
with open_setting(None, POSTE, terminal) as setting:
    setting.player._subscribers = [killer]
    if MODE == "in":
        swap_in(setting, Wish(POSTE), killer)
    else:
        swap_out(setting, POSTE, killer, repaired=MODE == "back")
