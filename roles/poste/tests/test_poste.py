"""What a poste must be after `roles/poste`."""

import json


def test_it_carries_the_settings_of_its_identity(host, expected):
    settings = json.loads(host.file("/etc/officine/poste.json").content_string)
    assert settings["poste"] == expected["poste_name"]
    assert settings["machine"] == expected["machine"]
    assert [one["name"] for one in settings["peripheriques"]] == expected["peripherals"]


def test_it_is_in_service_if_and_only_if_no_other_machine_is(host, expected):
    assert host.file("/run/officine/ok").exists == expected["in_service"]
    assert host.file("/run/officine/fenced").exists != expected["in_service"]


def test_the_guard_is_enabled_and_runs_each_minute(host):
    assert host.service("officine-identity").is_enabled
    assert host.service("officine-identity.timer").is_enabled
    assert host.service("officine-identity.timer").is_running


def test_card_readers_answer_on_a_poste_in_service_only(host, expected):
    assert host.package("pcscd").is_installed
    assert host.service("pcscd.socket").is_running == expected["in_service"]


def test_counter_staff_are_no_administrators(host):
    user = host.user("comptoir")
    assert user.exists
    assert "sudo" not in user.groups
