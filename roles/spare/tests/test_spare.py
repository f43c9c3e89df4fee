"""What a spare must be after `roles/spare`."""

import json


def test_it_knows_each_poste_it_may_replace(host, expected):
    for poste in expected["stands_in_for"]:
        settings = json.loads(host.file(f"/etc/officine/secours/{poste}.json").content_string)
        assert settings["name"] == poste


def test_it_is_provisioned(host, expected):
    state = json.loads(host.file("/etc/officine/provisioned.json").content_string)
    assert state["postes"] == expected["stands_in_for"]
    assert state["image"] == expected["image"]
