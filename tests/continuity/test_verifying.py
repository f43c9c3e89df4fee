from pathlib import Path

import pytest

from officefleet.continuity.verifying.expected import expected, roles_of
from officefleet.continuity.verifying.outcome import Outcome, Standing, exit_code, read_junit
from officefleet.continuity.verifying.places import ssh_config
from officefleet.errors import ContinuityError
from officefleet.inventory import load_inventory
from officefleet.transports.base import Endpoint

INVENTORY = Path(__file__).parents[2] / "inventory"
SPARE, POSTE = "o0421-secours-1", "o0421-comptoir-1"


@pytest.fixture(scope="module")
def fleet():
    return load_inventory([INVENTORY], only=["officine_0421"])


def test_a_poste_in_its_place(fleet):
    found = expected(fleet, POSTE, {})

    assert found["poste_name"] == found["machine"] == POSTE
    assert found["in_service"]
    assert found["stands_in_for"] == []
    assert found["timezone"] == "Europe/Paris"
    assert found["neighbours"]["o0421-nas-1"] == "10.42.21.13"


def test_a_spare_that_stands_in_and_the_poste_it_stands_in_for(fleet):
    spare, poste = expected(fleet, SPARE, {POSTE: SPARE}), expected(fleet, POSTE, {POSTE: SPARE})

    assert spare["poste_name"] == POSTE
    assert spare["machine"] == SPARE
    assert spare["in_service"]
    assert spare["peripherals"] == poste["peripherals"] != []
    assert spare["stands_in_for"] == [POSTE, "o0421-comptoir-2"]
    assert not poste["in_service"]


def test_every_role_that_is_to_be_proven_has_tests(fleet):
    roles = {role for host in fleet.hosts for role in roles_of(fleet, host)}

    assert roles == {"base", "poste", "spare", "nas"}
    assert all((INVENTORY.parent / "roles" / role / "tests").is_dir() for role in roles)


def test_a_host_of_no_pharmacy(fleet):
    with pytest.raises(ContinuityError, match="not a machine of a pharmacy"):
        expected(fleet, "localhost", {})


def test_ssh_is_told_to_trust_recorded_keys_only(tmp_path):
    place = Endpoint(
        POSTE, "ssh", "10.42.21.10", 2222, "officefleet", key_file="/k y", known_hosts=("/a", "/b")
    )

    text = ssh_config([place], tmp_path)

    assert "StrictHostKeyChecking yes" in text
    assert 'UserKnownHostsFile "/a" "/b"' in text
    assert 'IdentityFile "/k y"' in text
    assert "Port 2222" in text
    assert "BatchMode yes" in text


JUNIT = """<testsuites><testsuite>
<testcase classname="roles.base.tests.test_base" name="test_ssh_runs[ssh://x]"/>
<testcase classname="roles.base.tests.test_base" name="test_time_zone[ssh://x]"><skipped message="no"/></testcase>
{more}
</testsuite></testsuites>"""


def test_pytests_report_is_read(tmp_path):
    file = tmp_path / "report.xml"
    bad = '<testcase classname="a.test_nas" name="test_it_works[ssh://x]"><failure message="AssertionError: no&#10;x"/></testcase>'
    file.write_text(JUNIT.format(more=bad))

    passed, failures, lost = read_junit(file)

    assert (passed, lost) == (1, False)
    assert [(one.role, one.test, one.message) for one in failures] == [
        ("nas", "it works", "AssertionError: no")
    ]


def test_a_connection_that_breaks_is_no_failed_test(tmp_path):
    file = tmp_path / "report.xml"
    gone = '<testcase classname="a" name="b"><error message="RuntimeError: exit_status=255"/></testcase>'
    file.write_text(f"<testsuites><testsuite>{gone}</testsuite></testsuites>")

    assert read_junit(file)[2]


@pytest.mark.parametrize(
    ("standings", "code"),
    [
        ((), 0),
        ((Standing.PROVEN, Standing.REPLACED, Standing.UNTESTED), 0),
        ((Standing.PROVEN, Standing.UNREACHABLE), 4),
        ((Standing.UNREACHABLE, Standing.FAILED), 2),
    ],
)
def test_exit_codes(standings, code):
    assert exit_code([Outcome("h", one) for one in standings]) == code
