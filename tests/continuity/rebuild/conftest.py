"""Postes in a rescue environment without machines: real sshd processes, real restores of files that play disks.

Only the steps up to the restore are walked here: a restart would be this machine's own. The whole road is in
test_rebuild_vm.py.
"""

from __future__ import annotations

import contextlib
import os
import random
import shutil
import socket
import subprocess
import sys
import sysconfig
import time
import uuid
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import yaml

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
from officefleet.errors import LabError
from officefleet.images import gpt_create, pack
from officefleet.images.ed25519 import Signer
from officefleet.images.index import Index
from officefleet.images.keys import KeySet, Trust
from officefleet.images.lease import held
from officefleet.images.shipping import build_zipapp
from officefleet.images.store import Store
from officefleet.inventory import load_inventory
from officefleet.lab.sshd import SshFarm

if TYPE_CHECKING:
    import sqlite3

MIB = 1 << 20
SIZE = 64 * MIB
DATA = (48 * MIB, 8 * MIB)
DAY = 86400
ROOT = Path(__file__).parents[3]
SERVER = Path(__file__).parent / "mortal_server.py"
PROGRAM = "/srv/officefleet-restore"
DISK = "/srv/disk"
BLOCKED = "o0421-arriere-1"  # the last poste's host again, with a reader that needs Windows


def disk_bytes() -> bytearray:
    """A GPT disk whose root partition holds 24 MiB that do not compress."""
    disk = bytearray(SIZE)
    parts = [
        gpt_create.NewPartition("root", gpt_create.LINUX, uuid.UUID(int=2), MIB, 40 * MIB),
        gpt_create.NewPartition("data", gpt_create.LINUX, uuid.UUID(int=3), *DATA),
    ]
    head, tail = gpt_create.create(uuid.UUID(int=9), SIZE, 512, parts)
    disk[: len(head)] = head
    disk[SIZE - len(tail) :] = tail
    disk[:16] = b"boot code here.."
    disk[MIB : 25 * MIB] = random.Random(1).randbytes(24 * MIB)  # noqa: S311  the same content in every run
    return disk


class Shop:
    """A store, its keys, and a server for it that can be taken away and brought back at the same address."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        now = int(time.time())
        root, self.signer = Signer.generate(), Signer.generate()
        self.store = Store.create(folder / "store")
        self.keys = KeySet(1, now, now + DAY, root.public, {self.signer.id: self.signer.public})
        self.store.write_keys(self.keys.encode([root]))
        self.trust = folder / "trust.json"
        Trust(root.public).save(self.trust)
        self.image = bytes(disk_bytes())
        self.publish()
        with socket.create_server(("127.0.0.1", 0)) as probe:
            self.port = int(probe.getsockname()[1])
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def publish(self, version: int = 1, signer: Signer | None = None, **changes) -> None:
        raw = self.folder / "image.raw"
        raw.write_bytes(self.image)
        layout = pack.read_layout(raw, sector=512, preserved=("data",))
        now = int(time.time())
        with held(self.store) as lease:
            packed = pack.pack(raw, layout, self.store, lease)
            fields = {
                "name": "poste", "version": version, "created": now, "expires": now + DAY, "system": "other",
                "size": layout.size, "sector": 512, "minimum_disk": layout.size, "table": layout.table,
                "partitions": layout.partitions, "bill": (), "drivers": (), "predecessor": 0, "chunks": packed.chunks,
            }  # fmt: skip
            index = Index(**{**fields, **changes})
            self.store.publish(index, index.encode(signer or self.signer))

    def open(self, *, dies_after: int = 0) -> None:
        """Serve the store from a process of its own, which can be killed as a NAS whose power is cut.

        Args:
            dies_after: it kills itself after so many requests, 0 for never.

        """
        self.close()
        command = [sys.executable, str(SERVER), str(self.store.root), str(self.port), str(dies_after)]
        self._process = subprocess.Popen(command, stdin=subprocess.DEVNULL)
        deadline = time.monotonic() + 20
        while time.monotonic() < deadline:
            try:
                socket.create_connection(("127.0.0.1", self.port), timeout=1).close()
            except OSError:
                time.sleep(0.01)
            else:
                return
        raise AssertionError("the store's server did not start")

    def wait_dead(self, seconds: float) -> bool:
        """Return whether the server has ended within so many seconds."""
        assert self._process is not None
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(seconds)
        return self._process.poll() is not None

    def close(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None


class Quiet:
    """A follower that remembers what it was told; `act` is called with each word, and may raise."""

    def __init__(self, act=lambda _word, _what: None) -> None:
        self.words: list[tuple[str, object]] = []
        self._act = act

    def _note(self, word: str, what: object) -> None:
        self.words.append((word, what))
        self._act(word, what)

    def planned(self, plan, _seconds):
        self._note("planned", plan)

    def resumed(self, rebuild):
        self._note("resumed", rebuild)

    def kept(self, step):
        self._note("kept", step.name)

    def begun(self, step, *, back):
        del back
        self._note("begun", step.name)

    def ended(self, step, note, _seconds, *, back):
        del back
        self._note("ended", (step.name, note))

    def progress(self, event):
        self._note("progress", event)

    def waiting(self, text):
        self._note("waiting", text)


class Yes:
    def __init__(self, *, answer: bool = True) -> None:
        self.said: list[str] = []
        self.answers: list[bool] = []
        self._answer = answer

    def say(self, text):
        self.said.append(text)

    def confirm(self, _question):
        return self.answers.pop(0) if self.answers else self._answer


@dataclass
class Rescued:
    """A pharmacy whose postes are all in the rescue environment."""

    farm: SshFarm
    shop: Shop
    folder: Path
    connection: sqlite3.Connection
    setting: Setting
    tools: Tools
    names: list[str]
    person: Yes = field(default_factory=Yes)

    def disk(self, poste: str) -> Path:
        return self.farm.hosts[self.names.index(poste)].folder / "srv" / "disk"

    def blank(self, poste: str, size: int = SIZE) -> None:
        self.disk(poste).unlink(missing_ok=True)
        with self.disk(poste).open("wb") as file:
            file.truncate(size)

    def wish(self, poste: str, **changes) -> Wish:
        fields = {"poste": poste, "trust": self.shop.trust, "store": self.shop.url, "image": "poste", "disk": DISK,
                  "patience": 10.0, **changes}  # fmt: skip
        return Wish(**fields)

    def rebuild(self, poste: str, follower: Quiet | None = None, **changes):
        """Rebuild as far as a machine is not needed."""
        return module.rebuild(self.setting, self.tools, self.wish(poste, **changes), follower or Quiet())

    def is_right(self, poste: str) -> bool:
        """Whether the disk holds the image, the preserved partition apart."""
        content = self.disk(poste).read_bytes()
        start, end = DATA[0], sum(DATA)
        return content[:start] == self.shop.image[:start] and content[end:] == self.shop.image[end:]

    def boots(self, poste: str) -> bool:
        head = self.disk(poste).read_bytes()[:4096]
        return head[510:512] == b"\x55\xaa" or b"EFI PART" in head


def write_fleet(folder: Path, hosts, *, image: str = "poste") -> list[str]:
    """Write an inventory of one pharmacy with a counter poste a host; return the postes' names."""
    names = [f"o0421-comptoir-{number}" for number in range(1, len(hosts) + 1)]
    machines = [
        {"name": name, "kind": "comptoir", "os": {"family": "debian", "version": "12"}, "address": host.address,
         "port": host.port, "user": host.user, "image": image}
        for name, host in zip(names, hosts, strict=True)
    ]  # fmt: skip
    reader = {"name": "vitale", "kind": "vitale_reader", "product": "KAP-LINK", "usb": "2947:0101",
              "port": "usb-arriere-1", "mode": "galss", "com": 3}  # fmt: skip
    machines.append({**machines[-1], "name": BLOCKED, "kind": "back_office", "peripherals": [reader]})
    machines.append(
        {"name": "o0421-nas-1", "kind": "nas", "os": {"family": "debian", "version": "12"}, "address": "127.0.0.1",
         "user": "root"}
    )  # fmt: skip
    pharmacy = {
        "id": "officine_0421", "name": "Essai", "region": "Bretagne", "opening_hours": "Mo-Fr 09:00-19:00",
        "address": {"street": "1 rue", "postcode": "35500", "city": "Vitré"}, "machines": machines,
    }  # fmt: skip
    home = folder / "inventory" / "officines" / "officine_0421"
    home.mkdir(parents=True)
    (home / "pharmacy.yml").write_text(yaml.safe_dump(pharmacy, allow_unicode=True), encoding="utf-8")
    (folder / "inventory" / "fleet.yml").write_text("name: Essai\n", encoding="utf-8")
    (folder / "playbooks").mkdir()
    (folder / "roles").mkdir()
    return names


def give_packages(folder: Path) -> None:
    """Put what a rescue environment's Python has besides the standard library into a folder."""
    folder.mkdir()
    for pattern in ("zstandard", "cryptography", "cffi", "_cffi_backend*"):
        for source in Path(sysconfig.get_path("purelib")).glob(pattern):
            if source.is_dir():
                shutil.copytree(source, folder / source.name, copy_function=link_or_copy)
            else:
                link_or_copy(source, folder / source.name)


def link_or_copy(source: str | Path, target: str | Path) -> None:
    try:
        os.link(source, target)
    except OSError:
        shutil.copy2(source, target)


@pytest.fixture(scope="session")
def rescue_farm():
    """Twenty postes."""
    farm = SshFarm(20)
    try:
        farm.__enter__()
    except LabError as error:
        pytest.skip(f"no sandboxed sshd here: {error}")
    # The postes' homes and /tmp are their own, and this interpreter's packages may lie there: each gets what it needs.
    script = f'#!/bin/sh\nPYTHONPATH=/srv/packages exec /usr/bin/python3 {PROGRAM}.pyz "$@"\n'
    for host in farm.hosts:
        (host.folder / "srv" / "officefleet-restore.pyz").write_bytes(build_zipapp())
        give_packages(host.folder / "srv" / "packages")
        program = host.folder / "srv" / "officefleet-restore"
        program.write_text(script)
        program.chmod(0o755)
    yield farm
    farm.__exit__(None, None, None)


@pytest.fixture
def shop(tmp_path):
    made = Shop(tmp_path)
    made.open()
    yield made
    made.close()


@pytest.fixture
def rescued(rescue_farm, shop, tmp_path, monkeypatch):
    monkeypatch.setattr(module, "road", lambda journey: road(journey)[:2])
    names = write_fleet(tmp_path, rescue_farm.hosts)
    inventory = load_inventory([tmp_path / "inventory"])
    options = Options(
        key_file=str(rescue_farm.private_key), known_hosts=(str(rescue_farm.known_hosts),), timeout=5.0
    )
    store = tmp_path / "continuity.sqlite"
    connection = open_store(store)
    keys = {name: (host.host_key,) for name, host in zip(names, rescue_farm.hosts, strict=True)}
    keys[BLOCKED] = keys[names[-1]]
    door = RescueDoor(
        host_keys=lambda poste: keys.get(poste, ()), user=rescue_farm.hosts[0].user,
        work=f"/srv/work-{uuid.uuid4().hex[:8]}", program=PROGRAM,
    )  # fmt: skip
    person = Yes()
    setting = Setting(
        inventory=inventory, player=Player(inventory, options, tmp_path / "playbooks"), journal=Journal(connection),
        binder=Binder(connection), store=store, connection=connection, catalog=ROOT / "inventory" / "catalog",
        person=person, read_live=lambda _hosts: {},
    )  # fmt: skip
    tools = Tools(door=door, record_key=lambda *_: None, trust=shop.trust)
    found = Rescued(rescue_farm, shop, tmp_path, connection, setting, tools, names, person)
    for name in names:
        found.blank(name)
    yield found
    connection.close()


@pytest.fixture
def quiet_follower() -> Quiet:
    return Quiet()


class Hearing:
    """A follower that remembers the words and what they were about, and takes whatever it is told."""

    def __init__(self) -> None:
        self.words: list[tuple[str, object]] = []

    def __getattr__(self, word):
        return lambda what=None, *_rest, **_more: self.words.append((word, getattr(what, "name", what)))


@pytest.fixture
def hearing() -> type[Hearing]:
    return Hearing
