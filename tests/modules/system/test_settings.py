"""sysctl, mount, timezone, pam_limits, modprobe, dpkg_selections, debconf and the facts modules on a real host."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

    from .conftest import Host

pytestmark = pytest.mark.lab


def test_kernel_parameters(own_network: Host, tmp_path: Path) -> None:
    host = own_network
    file = tmp_path / "of.conf"
    args = {"name": "net.ipv4.ip_forward", "value": "1", "sysctl_file": str(file), "sysctl_set": True}
    host.converge("sysctl", args)
    assert file.read_text() == "net.ipv4.ip_forward=1\n"
    assert host.sh("cat /proc/sys/net/ipv4/ip_forward") == "1"
    file.write_text("net.ipv4.ip_forward=0\n")
    host.converge("sysctl", args | {"sysctl_set": False})
    assert host.sh("cat /proc/sys/net/ipv4/ip_forward") == "1"
    host.converge("sysctl", args | {"name": "net/ipv4/conf/lo/forwarding", "value": "0"})
    assert host.sh("cat /proc/sys/net/ipv4/conf/lo/forwarding") == "0"
    host.converge("sysctl", args | {"state": "absent", "value": None})
    assert file.read_text() == "net/ipv4/conf/lo/forwarding=0\n"
    assert "no parameter" in host.run("sysctl", args | {"name": "net.ipv4.nothing"})["msg"]


def test_a_mount(host: Host) -> None:
    args = {"path": "/mnt/of disque", "src": "tmpfs", "fstype": "tmpfs", "opts": "size=1m,mode=0700"}
    host.sh("touch /etc/fstab")
    host.converge("mount", args | {"state": "mounted", "backup": True}, unknowable=frozenset({"backup_file"}))
    assert host.sh("findmnt -no FSTYPE '/mnt/of disque'") == "tmpfs"
    assert host.sh("grep -c 'of.040disque' /etc/fstab") == "1"
    host.converge("mount", args | {"state": "mounted", "opts": "size=2m,mode=0700"})
    assert host.sh("findmnt -bno SIZE '/mnt/of disque'") == str(2 << 20)
    assert host.run("mount", {"path": args["path"], "state": "remounted"})["changed"] is True
    host.converge("mount", {"path": args["path"], "state": "unmounted"})
    assert host.sh("findmnt '/mnt/of disque' || echo none") == "none"
    host.converge("mount", args | {"state": "ephemeral"})
    host.converge("mount", {"path": args["path"], "state": "absent"})
    assert host.sh(
        "ls -d '/mnt/of disque' 2>/dev/null || echo gone; grep -c disque /etc/fstab || true"
    ).split() == ["gone", "0"]


def test_a_time_zone(host: Host) -> None:
    host.sh("ln -sf /usr/share/zoneinfo/Etc/UTC /etc/localtime; echo Etc/UTC > /etc/timezone")
    made = host.converge("timezone", {"name": "Indian/Reunion", "hwclock": "local"})
    assert made["diff"]["after"] == {"name": "Indian/Reunion", "hwclock": "local"}
    assert host.sh("date +%z; cat /etc/timezone; tail -1 /etc/adjtime").split() == [
        "+0400",
        "Indian/Reunion",
        "LOCAL",
    ]
    host.converge("timezone", {"name": "Etc/UTC", "hwclock": "UTC"})
    assert host.run("timezone", {"name": "Europe/Lutece"})["failed"] is True


def test_limits(host: Host) -> None:
    host.sh("mkdir -p /etc/security; touch /etc/security/of.conf")
    args = {"domain": "poste", "limit_type": "hard", "limit_item": "nofile", "dest": "/etc/security/of.conf"}
    host.converge("pam_limits", args | {"value": 2048})
    host.converge("pam_limits", args | {"value": 4096, "use_max": True})
    host.converge("pam_limits", args | {"value": 1024, "use_max": True})
    assert host.sh("cat /etc/security/of.conf").split() == ["poste", "hard", "nofile", "4096"]


def test_modules_of_the_kernel_at_the_start(host: Host) -> None:
    # an unloaded module that stays unloaded: a container may not load one
    args = {"name": "of_nothing", "state": "absent"}
    host.sh("mkdir -p /etc/modules-load.d; printf 'of-nothing\\nloop\\n' > /etc/modules-load.d/of.conf")
    host.converge("modprobe", args | {"persistent": "absent"})
    assert host.sh("cat /etc/modules-load.d/of.conf; rm /etc/modules-load.d/of.conf") == "loop"
    failed = host.run("modprobe", {"name": "of_nothing"})
    assert failed["failed"] is True


def test_a_package_is_held(host: Host) -> None:
    made = host.converge("dpkg_selections", {"name": "sudo", "selection": "hold"})
    assert (made["before"], made["after"]) == ("install", "hold")
    assert host.sh("apt-mark showhold") == "sudo"
    host.converge("dpkg_selections", {"name": "sudo", "selection": "install"})
    assert host.run("dpkg_selections", {"name": "of-nothing", "selection": "hold"})["failed"] is True


def test_answers(host: Host) -> None:
    args = {"name": "of-lgo", "question": "of-lgo/port", "vtype": "string"}
    made = host.converge("debconf", args | {"value": 8080})
    assert made["current"] == {"of-lgo/port": "8080"}
    assert host.sh("debconf-show of-lgo") in ("* of-lgo/port: 8080", "  of-lgo/port: 8080")
    secret = host.converge(
        "debconf", args | {"question": "of-lgo/secret", "vtype": "password", "value": "motdepasse"}
    )
    assert secret["changed"] is True
    assert "motdepasse" not in str(secret)


def test_services_and_packages(host: Host) -> None:
    services = host.run("service_facts", {})["ansible_facts"]["services"]
    assert services["ssh.service"] == {
        "name": "ssh.service",
        "state": "running",
        "status": "enabled",
        "source": "systemd",
    }
    assert services["systemd-journald.service"]["status"] == "static"
    packages = host.run("package_facts", {})["ansible_facts"]["packages"]
    expected = host.sh("dpkg-query -W -f '${db:Status-Status} ${Package} ${Version} ${Architecture}\\n'")
    rows = [line.split()[1:] for line in expected.splitlines() if line.startswith("installed ")]
    assert sorted(
        [one["name"], one["version"], one["arch"]] for every in packages.values() for one in every
    ) == sorted(rows)


def test_facts(host: Host) -> None:
    facts = host.run("setup", {})["ansible_facts"]
    assert facts["distribution"] == "Debian"
    assert facts["distribution_release"] == "bookworm"
    assert facts["service_mgr"] == "systemd"
    assert facts["pkg_mgr"] == "apt"
    assert facts["systemd"]["version"] == int(host.sh("systemctl --version | head -1 | cut -d' ' -f2"))
    assert facts["virtualization_type"] == "container"
    address = host.sh("hostname -I").split()[0]
    assert facts["default_ipv4"]["address"] == address
    assert facts["default_ipv4"]["gateway"]
    assert address in facts["all_ipv4_addresses"]
    assert facts["user_id"] == "root"
    assert facts["ssh_host_key_ed25519_public"] == host.sh("cut -d' ' -f2 /etc/ssh/ssh_host_ed25519_key.pub")
