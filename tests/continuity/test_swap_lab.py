"""Swaps on real hosts, and what goes wrong with them."""

import json
import signal
import time

import pytest

POSTE, OTHER, SPARE, NAS = "o0421-comptoir-1", "o0421-comptoir-2", "o0421-secours-1", "o0421-nas-1"

pytestmark = [pytest.mark.lab, pytest.mark.timeout(600), pytest.mark.xdist_group("lab")]
KILLER = "tests/continuity/killed.py"


def wait_for(condition, seconds=90):
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if condition():
            return True
        time.sleep(0.2)  # between two looks, not instead of one
    return False


def said(done):
    return done.stdout + done.stderr


def moments(steps, played):
    """Yield when to kill: before a step, in the middle of its playbook, after it was written down."""
    for step in steps:
        for moment in ("begun", "middle", "ended"):
            if moment != "middle" or step in played:
                yield step, moment


def hostname(office, host):
    return office.ssh(host, "hostname")


def test_a_spare_takes_a_dead_postes_place_and_gives_it_back(office):
    office.lab.kill(POSTE)

    swapped = office("spare", "swap", POSTE, "--yes")

    assert swapped.returncode == 0, said(swapped)
    assert f"{SPARE} stands in for {POSTE}" in swapped.stdout
    assert "usb-arriere-1" in swapped.stdout  # which cable goes where
    assert hostname(office, SPARE) == POSTE
    settings = json.loads(office.ssh(SPARE, "cat /etc/officine/poste.json"))
    assert [one["name"] for one in settings["peripheriques"]] == [
        "vitale", "cps", "douchette", "tickets", "etiquettes", "tpe",
    ]  # fmt: skip
    proven = office("verify", "officine_0421")
    assert proven.returncode == 0, said(proven)
    assert "3 of 4 hosts proven" in proven.stdout

    office.lab.start(POSTE)  # the dead poste comes back while the spare carries its identity
    assert wait_for(lambda: office.ssh(POSTE, "cat /run/officine/fenced") == POSTE)
    assert office.carriers(POSTE) == [SPARE]
    assert office.ssh(POSTE, "systemctl start pcscd.socket; systemctl is-active pcscd.socket") == "inactive"

    back = office("spare", "swap-back", POSTE, "--yes")
    assert back.returncode == 0, said(back)
    assert office.carriers(POSTE) == [POSTE]
    assert hostname(office, POSTE) == POSTE
    assert hostname(office, SPARE) == SPARE
    proven = office("verify", "officine_0421")
    assert proven.returncode == 0, said(proven)
    assert "4 of 4 hosts proven" in proven.stdout


@pytest.mark.slow
def test_killed_at_every_step_the_same_command_goes_on(office):
    steps = ("register", "fence", "identity", "cables", "verify", "binder")
    for step, moment in moments(steps, played=("register", "fence", "identity")):
        killed = office.run(KILLER, "in", POSTE, moment, step)
        assert killed.returncode == -signal.SIGKILL, f"{moment} {step}: {said(killed)}"
        assert office.carriers(POSTE) in ([], [POSTE], [SPARE]), (moment, step)

    done = office("spare", "swap", POSTE, "--yes")
    assert done.returncode == 0, said(done)
    assert office.carriers(POSTE) == [SPARE]
    assert office("verify", "officine_0421").returncode == 0

    for step, moment in moments(reversed(steps), played=("register", "identity")):
        killed = office.run(KILLER, "back", POSTE, moment, step)
        assert killed.returncode == -signal.SIGKILL, f"back, {moment} {step}: {said(killed)}"
        assert office.carriers(POSTE) in ([], [POSTE], [SPARE]), (moment, step)

    back = office("spare", "swap-back", POSTE, "--yes")
    assert back.returncode == 0, said(back)
    assert office.carriers(POSTE) == [POSTE]
    proven = office("verify", "officine_0421")
    assert proven.returncode == 0, said(proven)


def test_both_machines_on_when_the_swap_begins(office):
    swapped = office("spare", "swap", POSTE, "--yes")

    assert swapped.returncode == 0, said(swapped)
    assert f"{POSTE} is fenced" in swapped.stdout
    assert office.carriers(POSTE) == [SPARE]
    assert hostname(office, POSTE) == f"{POSTE}-hors-service"

    pushed = office("run", "playbooks/site.yml", "-l", "officine_0421", "--output", "json")
    changed = [json.loads(line) for line in pushed.stdout.splitlines()]
    assert pushed.returncode == 0
    assert not [one for one in changed if one.get("status") == "changed"]  # a push keeps the swap as it is
    assert office.carriers(POSTE) == [SPARE]


@pytest.mark.slow
def test_a_fenced_poste_stays_fenced_when_the_nas_is_gone(office):
    assert office("spare", "swap", POSTE, "--yes").returncode == 0
    office.lab.kill(NAS)
    office.lab.kill(POSTE)

    office.lab.start(POSTE)

    assert wait_for(lambda: office.ssh(POSTE, "cat /run/officine/fenced") == POSTE)
    assert office.carriers(POSTE) == [SPARE]


def test_a_spare_that_does_not_answer_changes_nothing(office):
    office.lab.kill(SPARE)

    refused = office("spare", "swap", POSTE, "--yes")

    assert refused.returncode == 4, said(refused)
    assert f"{SPARE} does not answer" in refused.stderr
    assert "Traceback" not in said(refused)
    assert office.carriers(POSTE) == [POSTE]
    status = office("spare", "status", "officine_0421", "--json")
    assert status.returncode == 2
    assert json.loads(status.stdout)[0]["readiness"] == "not_ready"


@pytest.mark.slow
def test_without_the_nas_a_person_vouches_for_the_plug(office):
    office.lab.kill(NAS)
    office.lab.kill(POSTE)

    refused = office("spare", "swap", POSTE, "--yes")
    assert refused.returncode == 2, said(refused)
    assert "no register" in refused.stderr
    assert office.carriers(POSTE) == []

    swapped = office("spare", "swap", POSTE, "--yes", "--without-register")
    assert swapped.returncode == 0, said(swapped)
    assert "keep it unplugged" in swapped.stdout
    assert office.carriers(POSTE) == [SPARE]

    office.lab.start(NAS)  # its register knows nothing of the swap
    assert wait_for(lambda: "8042" in office.ssh(NAS, "ss -ltn"))
    assert office.ssh(SPARE, "/usr/local/sbin/officine-identity; echo $?") == "0"
    assert office.carriers(POSTE) == [SPARE]
    late = office("spare", "swap", POSTE, "--yes")
    assert late.returncode == 0, said(late)
    assert "may be plugged in again" in late.stdout
    office.lab.start(POSTE)
    assert wait_for(lambda: office.ssh(POSTE, "cat /run/officine/fenced") == POSTE)
    assert office.carriers(POSTE) == [SPARE]


@pytest.mark.slow
def test_without_the_nas_a_poste_that_still_runs_gets_an_order(office):
    office.lab.kill(NAS)

    swapped = office("spare", "swap", POSTE, "--yes", "--without-register")

    assert swapped.returncode == 0, said(swapped)
    assert office.carriers(POSTE) == [SPARE]
    undone = office("spare", "swap", POSTE, "--yes", "--undo")
    assert undone.returncode == 0, said(undone)
    assert office.carriers(POSTE) == [POSTE]


@pytest.mark.slow
def test_one_spare_cannot_stand_in_twice(office):
    assert office("spare", "swap", POSTE, "--yes").returncode == 0

    again = office("spare", "swap", POSTE, "--yes")
    assert again.returncode == 2
    assert f"{SPARE} already stands in for {POSTE}" in again.stderr

    other = office("spare", "swap", OTHER, "--yes")
    assert other.returncode == 2
    assert f"{SPARE} already stands in for {POSTE}" in other.stderr
    assert office.carriers(OTHER) == [OTHER]


@pytest.mark.slow
def test_a_swap_of_another_computer_is_seen_in_the_register(office, tmp_path):
    assert office("spare", "swap", POSTE, "--yes").returncode == 0
    elsewhere = type(office)(office.lab, tmp_path / "elsewhere")

    refused = elsewhere("spare", "swap", POSTE, "--yes")

    assert refused.returncode == 2, said(refused)
    assert "carries o0421-comptoir-1 already" in refused.stderr
    status = elsewhere("spare", "status", "officine_0421", "--json")
    assert json.loads(status.stdout)[0]["stands_in_for"] == POSTE


@pytest.mark.slow
def test_a_cable_that_is_not_plugged_in_pauses_the_swap(office):
    office.lab.kill(POSTE)

    paused = office("spare", "swap", POSTE, text="y\nn\n")
    assert paused.returncode == 2, said(paused)
    assert "waits for a cable: cps" in paused.stderr

    gone_on = office("spare", "swap", POSTE, text="y\n" * 5)
    assert gone_on.returncode == 0, said(gone_on)
    assert "done before" in gone_on.stdout


@pytest.mark.slow
def test_a_spare_that_is_broken_fails_the_proof_and_can_be_taken_back(office):
    office.lab.kill(POSTE)
    office.ssh(SPARE, f"mv /etc/officine/secours/{OTHER}.json /root")

    swapped = office("spare", "swap", POSTE, "--yes")

    assert swapped.returncode == 2, said(swapped)
    assert "is not what it must be" in swapped.stderr
    office.ssh(SPARE, f"mv /root/{OTHER}.json /etc/officine/secours")
    resumed = office("spare", "swap", POSTE, "--yes")
    assert resumed.returncode == 0, said(resumed)


@pytest.mark.slow
def test_a_drill_proves_the_spare_and_touches_nothing(office):
    before = office.ssh(SPARE, "cat /etc/officine/poste.json /etc/hosts; hostname")

    drilled = office("spare", "drill", SPARE)

    assert drilled.returncode == 0, said(drilled)
    assert office.ssh(SPARE, "cat /etc/officine/poste.json /etc/hosts; hostname") == before
    status = json.loads(office("spare", "status", "officine_0421", "--json").stdout)
    assert any("last drill" in one["text"] and one["weight"] == "good" for one in status[0]["reasons"])


@pytest.mark.slow
def test_verify_tells_a_host_that_fails_from_one_that_is_off(office):
    office.ssh(OTHER, "systemctl stop pcscd.socket")
    office.lab.kill(SPARE)

    both = office("verify", "comptoir:secours:&officine_0421")
    assert both.returncode == 2, said(both)
    assert "card readers answer" in both.stdout
    assert "no answer from" in both.stdout

    office.ssh(OTHER, "systemctl start pcscd.socket")
    off = office("verify", SPARE)
    assert off.returncode == 4, said(off)


IDENTITIES = "/srv/officine/register/identities"
SPOILT = {
    "full": f"mount -t tmpfs -o size=16k none {IDENTITIES} && head -c 1m /dev/zero >{IDENTITIES}/rest 2>/dev/null",
    "read-only": f"mount --bind {IDENTITIES} {IDENTITIES} && mount -o remount,bind,ro {IDENTITIES}",
}


@pytest.mark.slow
@pytest.mark.parametrize("how", SPOILT)
def test_a_nas_that_cannot_write_gives_no_identity_away(office, how):
    office.ssh(NAS, SPOILT[how])
    try:
        refused = office("spare", "swap", POSTE, "--yes")

        assert refused.returncode == 2, said(refused)
        assert refused.stderr.count("error:") == 1, said(refused)
        assert "The spare carries the identity" in refused.stderr
        assert "No space left" in refused.stderr or "Read-only" in refused.stderr
        assert "Traceback" not in said(refused)
        assert office.carriers(POSTE) == [POSTE]
    finally:
        office.ssh(NAS, f"umount {IDENTITIES}")
    swapped = office("spare", "swap", POSTE, "--yes")  # when there is room again the same command goes on
    assert swapped.returncode == 0, said(swapped)
    assert office.carriers(POSTE) == [SPARE]
