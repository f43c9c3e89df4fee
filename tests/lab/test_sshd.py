import os
import subprocess
import time

import pytest
import yaml

from officefleet.errors import LabError
from officefleet.lab import sshd
from officefleet.lab.sshd import SshFarm


def run(farm, host, script, *options):
    command = [*farm.ssh_command(host), *options, script]
    return subprocess.run(command, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL)


def test_each_host_has_files_of_its_own(ssh_farm):
    first, second = ssh_farm.hosts[:2]
    mark = "for d in ~ /tmp /var/tmp /srv; do hostname > $d/mark || exit 1; done; pwd"

    for host in (first, second):
        done = run(ssh_farm, host, mark)
        assert done.returncode == 0, done.stderr
        assert done.stdout.strip() in {"/root", f"/home/{host.user}"}

    for host in (first, second):
        assert (
            run(ssh_farm, host, "cat ~/mark /tmp/mark /var/tmp/mark /srv/mark").stdout.split()
            == [host.name] * 4
        )
        assert (host.home / "mark").read_text() == f"{host.name}\n"


def test_this_machine_is_out_of_reach(ssh_farm):
    host = ssh_farm.hosts[0]

    assert "Read-only" in run(ssh_farm, host, "touch /etc/harm /usr/harm").stderr
    assert run(ssh_farm, host, f"kill -0 {os.getpid()}").returncode != 0


def test_a_terminal_and_sftp_work(ssh_farm, tmp_path):
    host = ssh_farm.hosts[0]
    (tmp_path / "sent").write_text("by sftp")
    command = ssh_farm.ssh_command(host)

    assert "/dev/pts/" in run(ssh_farm, host, "tty", "-tt").stdout
    batch = f"put {tmp_path / 'sent'} received\n"
    port = command[command.index("-p") + 1]
    options = [*command[1 : command.index("-p")], "-P", port, "-b", "-", command[-1]]
    subprocess.run(["sftp", *options], input=batch, capture_output=True, text=True, check=True)
    assert (host.home / "received").read_text() == "by sftp"


def test_only_the_farms_key_opens_the_door(ssh_farm, tmp_path):
    sshd.make_key(tmp_path / "other", comment="stranger")
    command = ssh_farm.ssh_command(ssh_farm.hosts[0])
    command[command.index("-i") + 1] = str(tmp_path / "other")

    refused = subprocess.run([*command, "true"], capture_output=True, text=True, check=False)

    assert refused.returncode == 255
    assert "Permission denied" in refused.stderr


def test_the_inventory_is_ansibles(ssh_farm, tmp_path):
    ssh_farm.write_inventory(tmp_path / "hosts.yml")

    hosts = yaml.safe_load((tmp_path / "hosts.yml").read_text())["all"]["children"]["farm"]["hosts"]

    assert [(name, host["ansible_port"]) for name, host in hosts.items()] == [
        (host.name, host.port) for host in ssh_farm.hosts
    ]


def gone(word):
    """Wait until no process names `word`; the kernel ends a sandbox's processes soon, not at once."""
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        listing = subprocess.run(["ps", "-eo", "args"], capture_output=True, text=True, check=True).stdout
        if word not in listing:
            return True
    return False


def test_nothing_is_left_behind(tmp_path):
    with SshFarm(2, directory=tmp_path) as farm:
        host = farm.hosts[0]
        # A child that outlives its session: the sandbox's end must take it along.
        started = run(farm, host, f"nohup sleep 300.{os.getpid()} >/dev/null 2>&1 & exit 0")
        assert started.returncode == 0

    assert gone(str(tmp_path))
    assert gone(f"sleep 300.{os.getpid()}")
    assert farm.hosts == []


def test_a_failing_start_says_why_and_stops_the_others(tmp_path, monkeypatch):
    monkeypatch.setattr(sshd, "_CONFIG", sshd._CONFIG + "Nonsense yes\n")

    with pytest.raises(LabError, match="Bad configuration option: Nonsense"), SshFarm(2, directory=tmp_path):
        pass

    assert gone(str(tmp_path))
