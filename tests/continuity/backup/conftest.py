"""A NAS and a client on the loopback: real restic, real rclone, the scripts that roles/backup installs."""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import socket
import ssl
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pytest

TOOL = Path(__file__).parents[3] / "roles" / "backup" / "files"
HOST, OTHER = "o0421-serveur-1", "o0421-comptoir-1"


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return listener.getsockname()[1]


class World:
    """One pharmacy's backups in a folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.port = free_port()
        self.repositories = folder / "nas/repos"
        self.repositories.mkdir(parents=True)
        self.data = folder / "data"
        self.data.mkdir()
        self.environment = {**os.environ, "PYTHONPATH": str(TOOL)}
        self.nas_settings = {
            "role": "nas",
            "pharmacy": "officine_0421",
            "host": "o0421-nas-1",
            "key_file": str(folder / "nas/key"),
            "state": str(folder / "nas/state"),
            "repositories": str(self.repositories),
            "clients": [HOST, OTHER],
            "retention": {"all_days": 2, "daily": 30},
            "disk_retention": {"all_days": 2, "daily": 365},
            "disks": [],
            "policy": {},
        }
        self.client_settings = {
            "role": "client",
            "pharmacy": "officine_0421",
            "host": HOST,
            "key_file": str(folder / "client/key"),
            "state": str(folder / "client/state"),
            "nas": f"https://127.0.0.1:{self.port}",
            "repository_file": str(folder / "client/repository"),
            "certificate": str(folder / "client/nas.crt"),
            "paths": [str(self.data)],
        }
        self.server = None

    def save(self):
        (self.folder / "client").mkdir(exist_ok=True)
        (self.folder / "nas.json").write_text(json.dumps(self.nas_settings))
        (self.folder / "client.json").write_text(json.dumps(self.client_settings))

    def set_up(self):
        self.save()
        self.nas("prepare", "--address", "127.0.0.1")
        given = self.nas("credentials", "--host", HOST)
        where = f"rest:https://{HOST}:{given['password']}@127.0.0.1:{self.port}/{HOST}/"
        for name, text in (("key", given["key"]), ("repository", where), ("nas.crt", given["certificate"])):
            (self.folder / "client" / name).write_text(text)
        self.secrets = (given["key"], given["password"])

    def start(self):
        nas = self.folder / "nas"
        command = ["rclone", "serve", "restic", "--append-only", "--private-repos", "--config", "/dev/null"]
        command += ["--htpasswd", nas / "htpasswd", "--cert", nas / "nas.crt", "--key", nas / "nas.key"]
        with (self.folder / "rclone.log").open("ab") as log:
            self.server = subprocess.Popen(
                [*command, "--addr", f"127.0.0.1:{self.port}", self.repositories], stdout=log, stderr=log
            )
        deadline = time.monotonic() + 20
        while time.monotonic() < deadline:
            try:
                socket.create_connection(("127.0.0.1", self.port), 1).close()
            except OSError:
                time.sleep(0.05)  # between two looks
            else:
                return
        raise AssertionError((self.folder / "rclone.log").read_text())

    def stop(self):
        if self.server is not None:
            self.server.terminate()
            self.server.wait()
            self.server = None

    def popen(self, side, *words, **options):
        command = [sys.executable, "-m", "officine_backup", "--config", self.folder / f"{side}.json", *words]
        return subprocess.Popen(
            command,
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            stdin=subprocess.DEVNULL,
            **options,
        )

    def call(self, side, *words, code=0):
        process = self.popen(side, *words)
        out, err = process.communicate(timeout=100)
        assert process.returncode == code, (out, err)
        assert not any(secret in out + err for secret in getattr(self, "secrets", ()))
        assert err == ""
        return json.loads(out)

    def nas(self, *words, code=0):
        return self.call("nas", *words, code=code)

    def client(self, *words, code=0):
        return self.call("client", *words, code=code)

    def problem(self, side, *words):
        """Return the problem that a call must have."""
        return self.call(side, *words, code=2)["problem"]

    def context(self):
        return ssl.create_default_context(cafile=str(self.folder / "client/nas.crt"))

    def fill(self, count=30, size=4000):
        for number in range(count):
            (self.data / f"ordonnance-{number:03}.txt").write_bytes(os.urandom(size))


@pytest.fixture
def alone_with_disks():
    """Tests that plug disks in take turns, in whatever process: the kernel knows labels of the machine as a whole."""
    with (Path(tempfile.gettempdir()) / "officefleet-tests-disks.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


@pytest.fixture
def quiet_world(tmp_path):
    """A world whose NAS is switched off."""
    for program in ("restic", "rclone", "openssl"):
        if shutil.which(program) is None:
            pytest.skip(f"needs {program}")
    found = World(tmp_path)
    found.set_up()
    yield found
    found.stop()


@pytest.fixture
def world(quiet_world):
    quiet_world.start()
    quiet_world.fill()
    return quiet_world
