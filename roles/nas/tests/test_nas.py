"""What a NAS must be after `roles/nas`."""


def test_the_register_answers(host, expected):
    assert host.service("officine-registry").is_running
    assert host.service("officine-registry").is_enabled
    assert host.socket(f"tcp://{expected['address']}:{expected['registry_port']}").is_listening


def test_backups_are_closed_to_others(host):
    folder = host.file("/srv/officine/backup")
    assert folder.is_directory
    assert folder.mode == 0o700
