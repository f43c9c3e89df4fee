"""Rebuilds a poste up to its restore, and kills itself at a given moment of a step ("sleep": never).

FOLDER KEY KNOWN_HOSTS HOST_KEY WORK STORE POSTE MOMENT STEP; see conftest.py, which makes all of it.
"""

import os
import signal
import sys
from pathlib import Path

from officefleet.continuity.binder.binder import Binder
from officefleet.continuity.database import open_store
from officefleet.continuity.journal import Journal
from officefleet.continuity.plays import Player
from officefleet.continuity.rebuild import rebuild as module
from officefleet.continuity.rebuild.journey import RescueDoor, Tools
from officefleet.continuity.rebuild.order import Wish
from officefleet.continuity.rebuild.steps import road
from officefleet.continuity.setting import Setting
from officefleet.engine.options import Options
from officefleet.inventory import load_inventory

FOLDER, KEY, KNOWN_HOSTS, HOST_KEY, WORK, STORE, POSTE, MOMENT, STEP = sys.argv[1:]
folder = Path(FOLDER)


class Killer:
    step = ""

    def __getattr__(self, word):
        return lambda *_words, **_more: self.at(word)

    def begun(self, step, *, back):
        del back
        self.step = step.name
        self.at("begun")

    def at(self, moment):
        if (moment, self.step) == (MOMENT, STEP):
            os.kill(os.getpid(), signal.SIGKILL)


class Yes:
    def say(self, text):
        pass

    def confirm(self, _question):
        return True


module.road = lambda journey: road(journey)[:2]
inventory = load_inventory([folder / "inventory"])
connection = open_store(folder / "continuity.sqlite")
options = Options(key_file=KEY, known_hosts=(KNOWN_HOSTS,), timeout=5.0)
setting = Setting(
    inventory=inventory, player=Player(inventory, options, folder / "playbooks"), journal=Journal(connection),
    binder=Binder(connection), store=folder / "continuity.sqlite", connection=connection,
    catalog=Path(__file__).parents[3] / "inventory" / "catalog", person=Yes(), read_live=lambda _hosts: {},
)  # fmt: skip
door = RescueDoor(host_keys=lambda _poste: (HOST_KEY,), user=inventory.machine(POSTE).user, work=WORK,
                  program="/srv/officefleet-restore")  # fmt: skip
tools = Tools(door=door, record_key=lambda *_: None, trust=folder / "trust.json")
wish = Wish(
    poste=POSTE, trust=folder / "trust.json", store=STORE, image="poste", disk="/srv/disk", patience=10.0
)
module.rebuild(setting, tools, wish, Killer())
