"""What a poste must be after `roles/poste`."""

import json


def test_it_carries_the_settings_of_its_identity(host, expected):
    settings = json.loads(host.file("/etc/officine/poste.json").content_string)
    assert settings["poste"] == expected["poste_name"]
    assert settings["machine"] == expected["machine"]
    assert [one["name"] for one in settings["peripheriques"]] == expected["peripherals"]


def test_it_may_carry_its_identity(host):
    assert host.file("/run/officine/ok").exists
    assert not host.file("/run/officine/fenced").exists


def test_the_guard_is_enabled(host):
    assert host.service("officine-identity").is_enabled


def test_card_readers_answer(host):
    assert host.package("pcscd").is_installed
    assert host.service("pcscd.socket").is_running


def test_counter_staff_are_no_administrators(host):
    user = host.user("comptoir")
    assert user.exists
    assert "sudo" not in user.groups
