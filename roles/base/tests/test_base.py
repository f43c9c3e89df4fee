"""What every machine must be after `roles/base`; `expected` comes from the inventory (see `officefleet verify`)."""


def test_the_machine_carries_its_name(host, expected):
    away = "" if expected["in_service"] else "-hors-service"
    assert host.check_output("hostname") == expected["poste_name"] + away


def test_the_other_machines_are_known(host, expected):
    hosts = host.file("/etc/hosts").content_string
    for name, address in expected["neighbours"].items():
        assert f"{address} {name}" in hosts


def test_passwords_are_refused(host):
    text = host.file("/etc/ssh/sshd_config.d/10-officine.conf").content_string
    assert "PasswordAuthentication no" in text
    assert "PermitRootLogin no" in text


def test_only_listed_keys_are_let_in(host, expected):
    if expected["keys"]:
        home = host.user(expected["user"]).home
        text = host.file(f"{home}/.ssh/authorized_keys").content_string
        found = [line.split()[:2] for line in text.splitlines() if line and not line.startswith("#")]
        assert sorted(found) == sorted(key.split() for key in expected["keys"])


def test_ssh_runs(host):
    assert host.service("ssh").is_running


def test_time_zone(host, expected):
    assert host.file("/etc/localtime").linked_to == f"/usr/share/zoneinfo/{expected['timezone']}"
