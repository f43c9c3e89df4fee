"""Arming, and what the netboot service says to whom; dnsmasq itself reads what is written for it."""

from __future__ import annotations

import base64
import dataclasses
import http.client
import json
import os
import shutil
import stat
import subprocess
import threading
import time
import zipfile
from http.server import ThreadingHTTPServer
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from officefleet.images.boot import netboot, netbootd, served
from officefleet.images.boot.faults import NetbootError
from officefleet.images.boot.netboot import Arming, arm, armed, arming_file, disarm
from officefleet.images.rescue.overlay import make_overlay

MAC = "52:54:00:12:34:56"
NAME = "52-54-00-12-34-56"
SETTINGS = served.Settings("lo", "127.0.0.1", 8, 8422)
HOST = "o0421-comptoir-1"
OVERLAY = make_overlay(HOST, "ssh-ed25519 AAAA controller")


def arming(**fields) -> Arming:
    usual = {
        "host": HOST,
        "mac": MAC,
        "overlay": OVERLAY,
        "expires": int(time.time()) + 600,
        "address": "10.77.0.50",
    }
    return Arming(**{**usual, **fields})


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "files").mkdir()
    for name in served.FILES:
        (tmp_path / "files" / name).write_bytes(name.encode() * 1000)
    (tmp_path / "netboot.json").write_text(
        json.dumps({"interface": "lo", "address": "127.0.0.1", "prefix": 8, "port": 8422})
    )
    return tmp_path


def test_armed_until_disarmed_or_over(folder) -> None:
    path = arm(folder, arming())
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [(one.host, one.mac) for one in armed(folder)] == [(HOST, NAME)]
    assert armed(folder, now=time.time() + 700) == ()
    assert disarm(folder, MAC.upper())
    assert not disarm(folder, MAC)
    assert armed(folder) == ()


def test_arming_again_replaces(folder) -> None:
    arm(folder, arming(boots=3))
    arm(folder, arming(loader="ipxe", address=""))
    (one,) = armed(folder)
    assert (one.loader, one.boots) == ("ipxe", 1)


def test_the_file_is_what_arm_writes(folder) -> None:
    name, content = arming_file(arming(expires=2_000_000_000))
    assert name == f"armed/{NAME}.json"
    assert arm(folder, arming(expires=2_000_000_000)).read_bytes() == content


@pytest.mark.parametrize(
    "wrong",
    [
        {"mac": "52:54:00:12:34"},
        {"mac": "../../etc/passwd"},
        {"mac": "52:54:00:12:34:56\n"},
        {"host": "a b"},
        {"host": "x'; halt; '"},
        {"host": ""},
        {"loader": "grub"},
        {"address": ""},
        {"address": "10.0.0.1,set:armed"},
        {"address": "fe80::1", "loader": "ipxe"},
        {"boots": 0},
        {"boots": 101},
    ],
    ids=str,
)
def test_what_cannot_be_served_is_not_armed(folder, wrong) -> None:
    with pytest.raises(NetbootError):
        arm(folder, arming(**wrong))
    assert not (folder / "armed").exists()


def test_an_arming_that_is_over_is_a_mistake(folder) -> None:
    with pytest.raises(NetbootError, match="over"):
        arm(folder, arming(expires=int(time.time()) - 1))


def test_only_a_netboot_folder(tmp_path) -> None:
    with pytest.raises(NetbootError, match="no folder"):
        arm(tmp_path, arming())


@pytest.mark.parametrize(
    "change",
    [
        {"expires": "later"},
        {"mac": "52-54-00-12-34-57"},
        {"overlay": "!"},
        {"overlay": ""},
        {"boots": "many"},
        {"extra": 1},
        {"address": None},
        {"host": ["a"]},
    ],
    ids=str,
)
def test_a_damaged_file_arms_nobody(folder, change) -> None:
    path = arm(folder, arming())
    path.write_text(json.dumps({**json.loads(path.read_text()), **change}))
    assert armed(folder) == ()


@given(st.binary(max_size=200))
def test_any_bytes_arm_nobody(tmp_path_factory, content) -> None:
    folder = tmp_path_factory.mktemp("fuzz")
    (folder / "armed").mkdir()
    (folder / "armed" / f"{NAME}.json").write_bytes(content)
    assert armed(folder) == ()


def test_dnsmasq_reads_its_configuration(folder) -> None:
    program = shutil.which("dnsmasq", path=os.environ["PATH"] + ":/usr/sbin")
    if program is None:
        pytest.skip("no dnsmasq")
    (folder / "run" / "tftp").mkdir(parents=True)
    (folder / "run" / "hosts").write_text("")
    for number, text in enumerate((served.dhcp_conf(folder, SETTINGS), served.tftp_conf(folder, SETTINGS))):
        conf = folder / "run" / f"{number}.conf"
        conf.write_text(text)
        done = subprocess.run(
            [program, "--test", f"--conf-file={conf}"], capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr


def test_dnsmasq_is_told_only_of_who_is_armed() -> None:
    one = served.Armed(HOST, NAME, 0, "shim", "10.77.0.50", 1, b"x")
    two = served.Armed(HOST, "52-54-00-00-00-01", 0, "ipxe", "", 1, b"x")
    assert served.dnsmasq_hosts([one, two]).splitlines() == [
        "52:54:00:00:00:01,set:armed,set:chain",
        "52:54:00:12:34:56,set:armed,set:shim,10.77.0.50",
    ]
    assert served.dnsmasq_hosts([]) == ""
    assert "dhcp-ignore=tag:!armed" in served.dhcp_conf(Path("/srv/netboot"), SETTINGS)


@pytest.fixture
def service(folder, monkeypatch):
    """The service's HTTP without dnsmasq; the kernel is said to know the client by the armed card."""
    lines: list[str] = []
    running = netbootd.Service(folder, lines.append)
    running.lines = lines
    handler = type("Bound", (netbootd.Handler,), {"service": running})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    running.port = server.server_address[1]
    monkeypatch.setattr(netbootd.Handler, "_is_neighbour", lambda _self, mac: mac == NAME)
    try:
        yield running
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def get(service, path: str, **headers) -> tuple[int, bytes]:
    client = http.client.HTTPConnection("127.0.0.1", service.port, timeout=10)
    try:
        client.request("GET", path, headers=headers)
        answer = client.getresponse()
        body = answer.read()
        return answer.status, body if answer.status < 300 else b""
    finally:
        client.close()


def test_an_unarmed_card_gets_nothing_of_its_own(service, folder) -> None:
    for path in (
        f"/ipxe/{NAME}.ipxe",
        f"/overlay/{NAME}.cpio",
        "/",
        "/armed/",
        f"/armed/{NAME}.json",
        "/netboot.json",
        "/../netboot.json",
        "/%2e%2e/netboot.json",
        "/files/vmlinuz",
        "/run/hosts",
    ):
        assert get(service, path)[0] == 404, path
    assert list((folder / "run" / "tftp").iterdir()) == []
    assert b"exit" in get(service, "/boot.ipxe")[1]


def test_an_armed_card_gets_the_rescue_once(service, folder) -> None:
    arm(folder, arming())
    service.refresh()
    own = folder / "run" / "tftp" / NAME
    assert (own / "overlay.cpio").read_bytes() == OVERLAY.initrd
    assert (own / "shimx64.efi").read_bytes() == (folder / "files" / "shimx64.efi").read_bytes()
    assert "overlay.cpio" in (own / "grub" / "grub.cfg").read_text()
    status, script = get(service, f"/ipxe/{NAME}.ipxe")
    assert status == 200
    assert script.startswith(b"#!ipxe\n")
    assert script.index(b"rescue.cpio.zst ") < script.index(f"/overlay/{NAME}.cpio".encode())
    assert get(service, "/vmlinuz") == (200, b"vmlinuz" * 1000)
    assert get(service, f"/overlay/{NAME}.cpio") == (200, OVERLAY.initrd)
    assert armed(folder) == ()
    assert get(service, f"/overlay/{NAME}.cpio")[0] == 404
    service.refresh()
    assert not own.exists()
    assert (folder / "run" / "hosts").read_text() == ""


def test_two_boots_are_two(service, folder) -> None:
    arm(folder, arming(boots=2))
    assert get(service, f"/overlay/{NAME}.cpio")[0] == 200
    (one,) = armed(folder)
    assert one.boots == 1
    assert get(service, f"/overlay/{NAME}.cpio")[0] == 200
    assert armed(folder) == ()


def test_a_poste_armed_anew_meanwhile_stays_armed(service, folder) -> None:
    arm(folder, arming())
    (old,) = armed(folder)
    arm(folder, arming(overlay=make_overlay(HOST, "ssh-ed25519 BBBB x")))
    service.use(old)
    assert len(armed(folder)) == 1


def test_another_card_does_not_get_the_overlay(service, folder) -> None:
    other = "52:54:00:00:00:99"
    arm(folder, arming(mac=other))
    assert get(service, "/overlay/52-54-00-00-00-99.cpio")[0] == 404
    assert len(armed(folder)) == 1


def test_a_client_the_kernel_does_not_know_is_no_neighbour(service, folder, monkeypatch) -> None:
    monkeypatch.undo()
    arm(folder, arming())
    assert get(service, f"/overlay/{NAME}.cpio")[0] == 404


def test_ranges(service) -> None:
    whole = b"vmlinuz" * 1000
    assert get(service, "/vmlinuz", Range="bytes=6990-") == (206, whole[6990:])
    assert get(service, "/vmlinuz", Range="bytes=7000-")[0] == 416
    assert get(service, "/vmlinuz", Range="bytes=x")[1] == whole


def test_what_is_over_is_taken_away(service, folder) -> None:
    path = arm(folder, arming())
    fields = json.loads(path.read_text())
    path.write_text(json.dumps({**fields, "expires": int(time.time()) - 1}))
    service.refresh()
    assert not path.exists()
    assert any("over" in line for line in service.lines)


def test_dnsmasq_s_log_uses_an_arming_up(service, folder) -> None:
    arm(folder, arming())
    root = folder / "run" / "tftp" / NAME
    service._follow(f"dnsmasq-tftp[12]: sent {root}/vmlinuz to 10.77.0.50")
    assert len(armed(folder)) == 1
    service._follow(f"dnsmasq-tftp[12]: sent {root}/overlay.cpio to 10.77.0.50")
    assert armed(folder) == ()


def test_log_lines_hold_no_overlay(service, folder) -> None:
    arm(folder, arming())
    service.refresh()
    get(service, f"/overlay/{NAME}.cpio")
    secret = base64.b64encode(OVERLAY.initrd).decode()[100:140]
    assert not any(secret in line or "AAAA" in line for line in service.lines)


def test_a_nas_runs_the_service_from_one_file(tmp_path) -> None:
    """Python alone, nothing of this environment; it stops at the missing folder, so all its imports worked."""
    program = tmp_path / netboot.PROGRAM
    program.write_bytes(netboot.zipapp_of(netboot._MODULES, "officefleet.images.boot.netbootd"))
    assert zipfile.is_zipfile(program)
    done = subprocess.run(
        ["/usr/bin/python3", "-I", program, tmp_path / "nowhere"], capture_output=True, text=True, check=False
    )
    assert "FileNotFoundError" in done.stderr, done.stderr
    assert "netboot.json" in done.stderr


@pytest.mark.parametrize(
    "fields", [{"interface": "a b"}, {"address": "x"}, {"prefix": 99}, {"port": 0}], ids=str
)
def test_settings_that_are_none(fields) -> None:
    with pytest.raises(ValueError, match=r".*"):
        dataclasses.replace(SETTINGS, **fields).check()
