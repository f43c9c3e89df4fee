"""The reader of print queues against a real CUPS, on a socket and folders of its own."""

from __future__ import annotations

import os
import shutil
import subprocess
import time

import pytest

from officefleet.agents.peripherals import cups_printers

pytestmark = [
    pytest.mark.lab,
    pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="needs root"),
]

SERVER = """\
Listen {root}/run/cups.sock
DefaultAuthType None
WebInterface No
Browsing Off
<Location />
Order allow,deny
Allow all
</Location>
<Policy default>
<Limit All>
Order deny,allow
Allow all
</Limit>
</Policy>
"""
FILES = """\
ServerRoot {root}/etc/cups
RequestRoot {root}/spool
TempDir {root}/spool
CacheDir {root}/cache
StateDir {root}/run
AccessLog {root}/access
ErrorLog {root}/error
PageLog {root}/page
"""


@pytest.fixture
def cups(tmp_path):
    daemon, client = (
        shutil.which("cupsd", path="/usr/sbin:/usr/bin"),
        shutil.which("lpadmin", path="/usr/sbin:/usr/bin"),
    )
    if daemon is None or client is None or not os.path.exists("/usr/lib/cups/backend/usb"):  # noqa: PTH110  a probe
        pytest.skip("needs Debian's cups")
    for name in ("etc/cups", "run", "spool", "cache"):
        (tmp_path / name).mkdir(parents=True)
    (tmp_path / "etc/cups/cupsd.conf").write_text(SERVER.format(root=tmp_path))
    (tmp_path / "etc/cups/cups-files.conf").write_text(FILES.format(root=tmp_path))
    socket = tmp_path / "run/cups.sock"
    process = subprocess.Popen(
        [daemon, "-f", "-c", tmp_path / "etc/cups/cupsd.conf", "-s", tmp_path / "etc/cups/cups-files.conf"],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    end = time.monotonic() + 30
    while not socket.exists():
        assert process.poll() is None, "cupsd ended"
        assert time.monotonic() < end, "cupsd does not listen"
        time.sleep(0.05)

    def lpadmin(*arguments):
        subprocess.run([client, "-h", socket, *arguments], check=True, capture_output=True)

    yield tmp_path, lpadmin, process
    process.terminate()
    process.wait(10)


def test_queues_of_a_real_cups(cups):
    root, lpadmin, process = cups
    lpadmin("-p", "tickets", "-E", "-v", "usb://EPSON/TM-T88V?serial=ABC%20D")
    lpadmin("-p", "laser", "-E", "-v", "socket://admin:geheim@10.0.0.9:9100")
    lpadmin("-d", "tickets")
    process.terminate()  # it writes printers.conf when it ends
    process.wait(10)
    found = {one["name"]: one for one in cups_printers(str(root))}
    assert found.keys() == {"tickets", "laser"}
    assert found["tickets"]["usb_product"] == "EPSON TM-T88V"
    assert found["laser"]["uri"] == "socket://10.0.0.9:9100"
    assert found["laser"]["state"] == "Idle"
