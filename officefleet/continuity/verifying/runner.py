"""Runs the tests of each host's roles: pytest with testinfra in a process a host, several at a time."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
import xml.etree.ElementTree as ET
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from officefleet.continuity.knock import endpoint, silence
from officefleet.continuity.verifying.expected import expected, roles_of
from officefleet.continuity.verifying.outcome import Outcome, Standing, read_junit
from officefleet.continuity.verifying.places import ssh_config
from officefleet.continuity.verifying.plugin import VARIABLE
from officefleet.errors import ContinuityError
from officefleet.i18n import _

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from officefleet.continuity.verifying.outcome import Failure
    from officefleet.engine.options import Options
    from officefleet.inventory import Inventory
    from officefleet.transports.base import Endpoint

_LONGEST = 300.0  # seconds that a host's tests may take
_SAID = 400  # characters of pytest's own complaint


class Verifier:
    """Proves hosts.

    Args:
        inventory: the fleet.
        options: how to connect.
        roles: folder of the roles; ``ROLE/tests`` holds a role's tests.
        stand_ins: poste to the machine that carries its identity.

    """

    def __init__(
        self, inventory: Inventory, options: Options, roles: Path, stand_ins: Mapping[str, str]
    ) -> None:
        self._inventory = inventory
        self._options = options
        self._roles = roles
        self._stand_ins = stand_ins

    def verify(self, hosts: Sequence[str]) -> list[Outcome]:
        """Return what became of each host, in order.

        Raises:
            ContinuityError: no ssh program.

        """
        if shutil.which("ssh") is None:
            raise ContinuityError(
                _("there is no program ssh"), hint=_("install OpenSSH's client: apt install openssh-client")
            )
        workers = max(1, min(len(hosts), 2 * (os.cpu_count() or 1)))
        with (
            tempfile.TemporaryDirectory(prefix="ofv-") as folder,  # short: a socket's path has 104 characters
            ThreadPoolExecutor(max_workers=workers) as pool,
        ):
            return list(pool.map(lambda host: self._one(host, Path(folder)), hosts))

    def _one(self, host: str, folder: Path) -> Outcome:
        begun = time.monotonic()
        roles = roles_of(self._inventory, host)
        tests = [str(found) for role in roles if (found := self._roles / role / "tests").is_dir()]
        if self._inventory.machine(host) is None or not tests:
            return Outcome(host, Standing.UNTESTED, note=_("no tests: it has no verify_roles"))
        if str(self._inventory.variables(host).get("ansible_connection", "ssh")) != "ssh":
            return Outcome(host, Standing.UNTESTED, note=_("only hosts reached over SSH are proven yet"))
        place = endpoint(self._inventory, host, self._options)
        reason = silence(place)
        if reason:
            return self._silent(host, reason, time.monotonic() - begun)
        mine = folder / host
        mine.mkdir()
        said = self._pytest(host, place, tests, mine)
        seconds = time.monotonic() - begun
        if isinstance(said, str):
            return Outcome(host, Standing.FAILED, tuple(roles), seconds=seconds, note=said)
        passed, failures, lost = said
        if lost:
            return self._silent(host, failures[0].message, seconds)
        standing = Standing.FAILED if failures else Standing.PROVEN
        note = ""
        carrier = self._stand_ins.get(host)
        if carrier is not None:
            note = _("fenced: {spare} carries its identity").format(spare=carrier)
        return Outcome(host, standing, tuple(roles), passed, failures, seconds, note)

    def _silent(self, host: str, reason: str, seconds: float) -> Outcome:
        carrier = self._stand_ins.get(host)
        if carrier is not None:
            note = _("out of service: {spare} stands in").format(spare=carrier)
            return Outcome(host, Standing.REPLACED, seconds=seconds, note=note)
        return Outcome(host, Standing.UNREACHABLE, seconds=seconds, note=reason)

    def _pytest(
        self, host: str, place: Endpoint, tests: Sequence[str], folder: Path
    ) -> tuple[int, tuple[Failure, ...], bool] | str:
        config, report, wanted = folder / "ssh_config", folder / "report.xml", folder / "expected.json"
        config.write_text(ssh_config([place], folder.parent), encoding="utf-8")
        wanted.write_text(
            json.dumps(expected(self._inventory, host, self._stand_ins), ensure_ascii=False), encoding="utf-8"
        )
        (folder / "pytest.ini").write_text("[pytest]\n", encoding="utf-8")
        command = [
            sys.executable, "-m", "pytest", "-q", "-c", str(folder / "pytest.ini"), f"--rootdir={folder}",
            "--import-mode=importlib", "-p", "testinfra.plugin", "-p", "officefleet.continuity.verifying.plugin",
            "-p", "no:cacheprovider", f"--hosts=ssh://{host}?controlpersist=0", f"--ssh-config={config}", "--sudo",
            f"--junit-xml={report}", *tests,
        ]  # fmt: skip
        try:
            done = subprocess.run(
                command, capture_output=True, text=True, errors="replace", check=False, timeout=_LONGEST,
                env=_environment(wanted), stdin=subprocess.DEVNULL, cwd=folder,
            )  # fmt: skip
        except subprocess.TimeoutExpired:
            return _("its tests took longer than {count} s").format(count=int(_LONGEST))
        finally:
            _hang_up(config, host)
        try:
            return read_junit(report)
        except (OSError, ET.ParseError):
            said = (done.stderr or done.stdout).strip()[-_SAID:]
            return _("pytest did not run: {reason}").format(reason=said)


def _environment(wanted: Path) -> dict[str, str]:
    """Return pytest's environment: nothing of the user's own pytest settings, plugins or interpreter flags."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
    return {
        **kept,
        "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
        "PYTHONDONTWRITEBYTECODE": "1",
        VARIABLE: str(wanted),
    }


def _hang_up(config: Path, host: str) -> None:
    """End the shared connection: nothing may be left running."""
    if sys.platform == "win32":
        return
    with suppress(OSError, subprocess.TimeoutExpired):
        subprocess.run(
            ["ssh", "-F", str(config), "-O", "exit", host], capture_output=True, check=False, timeout=10
        )
