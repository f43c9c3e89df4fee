"""service, systemd, hostname and cron on a real host."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .conftest import Host

pytestmark = pytest.mark.lab

STATUS = frozenset({"status"})  # process numbers and times of the moment

UNIT = """\
cat > /etc/systemd/system/of-robot.service <<EOF
[Service]
ExecStart=/bin/sleep {seconds}
ExecReload=/bin/touch /run/of-robot-reloaded
[Install]
WantedBy=multi-user.target
EOF
"""


@pytest.fixture
def robot(host: Host) -> Iterator[Host]:
    """Yield the host with a unit of-robot that systemd has not read yet."""
    host.sh(UNIT.format(seconds=1000))
    yield host
    host.sh(
        "systemctl unmask of-robot; systemctl disable --now of-robot; rm -f /etc/systemd/system/of-robot.service;"
        "systemctl daemon-reload"
    )


@pytest.mark.parametrize("module", ["service", "systemd", "ansible.builtin.systemd_service"])
def test_a_service_starts_is_enabled_and_stops(robot: Host, module: str) -> None:
    made = robot.converge(
        module, {"name": "of-robot", "state": "started", "enabled": True}, unknowable=STATUS
    )
    assert (made["state"], made["enabled"], made["name"]) == ("started", True, "of-robot")
    assert made["status"]["LoadState"] == "loaded"
    assert robot.sh("systemctl is-active of-robot; systemctl is-enabled of-robot").split() == [
        "active",
        "enabled",
    ]
    first = robot.sh("systemctl show -P MainPID of-robot")
    assert robot.run(module, {"name": "of-robot", "state": "restarted"})["changed"] is True
    assert robot.sh("systemctl show -P MainPID of-robot") != first
    assert robot.run(module, {"name": "of-robot", "state": "reloaded"})["changed"] is True
    assert robot.sh("ls /run/of-robot-reloaded; rm /run/of-robot-reloaded") == "/run/of-robot-reloaded"
    robot.converge(module, {"name": "of-robot", "state": "stopped", "enabled": False}, unknowable=STATUS)
    assert robot.sh("systemctl is-active of-robot || true") == "inactive"


def test_changed_units_are_read_again(robot: Host) -> None:
    robot.run("systemd", {"name": "of-robot", "state": "started"})
    robot.sh(UNIT.format(seconds=2000))
    args = {"name": "of-robot", "state": "restarted", "daemon_reload": True}
    assert robot.run("systemd", args)["changed"] is True
    assert "sleep 2000" in robot.sh("tr '\\0' ' ' < /proc/$(systemctl show -P MainPID of-robot)/cmdline")
    assert robot.run("systemd", {"daemon_reload": True})["changed"] is False


def test_a_masked_service(robot: Host) -> None:
    robot.sh("mv /etc/systemd/system/of-robot.service /usr/lib/systemd/system/")
    robot.run("systemd", {"daemon_reload": True})
    robot.converge("systemd", {"name": "of-robot", "masked": True}, unknowable=STATUS)
    assert "masked" in robot.run("systemd", {"name": "of-robot", "state": "started"})["msg"]
    assert "masked" in robot.run("systemd", {"name": "of-robot", "enabled": True})["msg"]
    args = {"name": "of-robot", "masked": False, "state": "started", "enabled": True}
    robot.converge("systemd", args, unknowable=STATUS)
    robot.sh("systemctl disable --now of-robot; rm /usr/lib/systemd/system/of-robot.service")


@pytest.mark.parametrize("module", ["service", "systemd"])
def test_a_service_that_does_not_exist(host: Host, module: str) -> None:
    args = {"name": "of-nothing", "state": "started"}
    assert host.run(module, args)["msg"] == "Could not find the requested service of-nothing: host"
    assert host.run(module, args, check=True)["undecidable"] is True


def test_a_service_that_cannot_start(robot: Host) -> None:
    robot.sh(
        "sed -i s,/bin/sleep,/bin/nothing, /etc/systemd/system/of-robot.service; echo Type=oneshot >> /dev/null"
    )
    robot.sh("sed -i '1a Type=oneshot' /etc/systemd/system/of-robot.service; systemctl daemon-reload")
    failed = robot.run("service", {"name": "of-robot", "state": "started"})
    assert failed["failed"] is True
    assert failed["msg"].startswith("Unable to start of-robot: ")


def test_an_init_script(host: Host) -> None:
    host.sh(
        "cat > /etc/init.d/of-old <<'EOF'\n#!/bin/sh\n### BEGIN INIT INFO\n# Provides: of-old\n# Required-Start:\n"
        "# Required-Stop:\n# Default-Start: 2 3 4 5\n# Default-Stop: 0 1 6\n### END INIT INFO\n"
        'case "$1" in start) touch /run/of-old;; stop) rm -f /run/of-old;; status) test -e /run/of-old;;'
        " restart) touch /run/of-old-again;; esac\nEOF\nchmod 755 /etc/init.d/of-old"
    )
    args = {"name": "of-old", "use": "sysvinit"}
    host.converge("service", args | {"state": "started", "enabled": True})
    assert host.sh("ls /run/of-old /etc/rc3.d/S??of-old | wc -l") == "2"
    assert host.run("service", args | {"state": "restarted"})["changed"] is True
    host.sh("ls /run/of-old-again")
    host.converge("service", args | {"state": "stopped", "enabled": False})
    assert host.sh("ls /run/of-old 2>/dev/null || echo gone") == "gone"


def test_a_hostname(host: Host) -> None:
    old = host.sh("hostname")
    made = host.converge("hostname", {"name": "nas-2.pharmacie.lan"})
    assert made["diff"] == {"before": f"hostname = {old}\n", "after": "hostname = nas-2.pharmacie.lan\n"}
    assert host.sh("hostname; cat /etc/hostname").split() == ["nas-2.pharmacie.lan"] * 2
    facts = host.run("setup", {"gather_subset": ["!all", "!min", "platform"]})["ansible_facts"]
    assert (facts["hostname"], facts["nodename"]) == ("nas-2", "nas-2.pharmacie.lan")
    host.converge("hostname", {"name": old})


def test_cron_jobs_of_a_user_and_of_a_file(host: Host) -> None:
    job = {"name": "sauvegarde", "minute": "30", "hour": "20", "job": "true", "user": "officefleet"}
    made = host.converge("cron", job)
    assert made["jobs"] == ["sauvegarde"]
    assert host.sh("crontab -l -u officefleet") == "#Ansible: sauvegarde\n30 20 * * * true"
    host.converge("cron", job | {"minute": "45", "disabled": True})
    assert host.sh("crontab -l -u officefleet | tail -1") == "#45 20 * * * true"
    host.converge("cron", {"name": "MAILTO", "env": True, "job": "a@example.org", "user": "officefleet"})
    assert host.sh("crontab -l -u officefleet | head -1") == 'MAILTO="a@example.org"'
    saved = host.run("cron", job | {"state": "absent", "backup": True})
    assert "45 20" in host.sh(f"cat {saved['backup_file']}; rm {saved['backup_file']}")
    assert host.sh("crontab -l -u officefleet") == 'MAILTO="a@example.org"'
    host.converge("cron", {"name": "scan", "cron_file": "of-scan", "special_time": "daily", "job": "true"})
    assert host.sh("cat /etc/cron.d/of-scan; stat -c %a /etc/cron.d/of-scan").split("\n") == [
        "#Ansible: scan", "@daily root true", "644"
    ]  # fmt: skip
    host.converge("cron", {"name": "scan", "cron_file": "of-scan", "state": "absent"})
    host.sh("rm /etc/cron.d/of-scan; crontab -r -u officefleet")
    assert host.run("cron", job | {"user": "of-nobody"})["failed"] is True
