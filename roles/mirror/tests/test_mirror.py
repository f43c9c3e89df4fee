"""What a machine must be after `roles/mirror`."""

import json


def test_both_disks_work(host):
    with host.sudo():
        found = json.loads(host.run("officine-mirror status officine").stdout)
    assert found["working"] == found["disks"] == 2


def test_it_is_watched(host):
    assert host.service("officine-mirror.timer").is_running
