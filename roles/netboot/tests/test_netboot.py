"""What a NAS must be after `roles/netboot`."""


def test_netboot_runs(host, expected):
    assert host.service("officine-netboot").is_running
    assert host.service("officine-netboot").is_enabled
    assert host.socket(f"tcp://{expected['address']}:8422").is_listening


def test_dhcp_and_tftp_are_this_interface_s_alone(host, expected):
    assert host.socket(f"udp://{expected['address']}:69").is_listening


def test_who_is_armed_is_closed_to_others(host):
    folder = host.file("/srv/officine/netboot/armed")
    assert folder.is_directory
    assert folder.mode == 0o700
