"""What a machine must be after `roles/backup`."""

import json


def _settings(host):
    with host.sudo():
        return json.loads(host.file("/etc/officine/backup/config.json").content_string)


def test_secrets_are_closed_to_others(host):
    with host.sudo():
        names = ["key", "nas.key"] if _settings(host)["role"] == "nas" else ["key", "repository"]
        assert {host.file(f"/etc/officine/backup/{name}").mode for name in names} == {0o600}


def test_it_runs_by_itself(host):
    timers = ["officine-backup.timer"]
    if _settings(host)["role"] == "nas":
        timers = ["officine-backup-copy.timer", "officine-backup-upkeep.timer"]
        assert host.service("officine-backup-server").is_running
    assert all(host.service(one).is_running and host.service(one).is_enabled for one in timers)
