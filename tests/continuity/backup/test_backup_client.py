"""Backups and restores on the loopback, and what goes wrong with them."""

import base64
import contextlib
import ctypes
import http.client
import json
import os
import signal
import subprocess
import time
from pathlib import Path

import pytest

HOST, OTHER = "o0421-serveur-1", "o0421-comptoir-1"
_PR_SET_CHILD_SUBREAPER = 36  # prctl(2)


def test_what_is_backed_up_comes_back(world):
    done = world.client("run")
    again = world.client("run")

    assert done["files"] >= 30
    assert done["warnings"] == []
    assert again["added"] < done["added"] / 10  # incremental
    listed = world.client("snapshots")["snapshots"]
    assert [one["id"][:8] for one in listed] == [done["snapshot"], again["snapshot"]]

    target = world.folder / "restored"
    restored = world.client("restore", "--target", str(target))
    assert restored["snapshot"].startswith(again["snapshot"])
    for one in world.data.iterdir():
        assert (Path(f"{target}{world.data}") / one.name).read_bytes() == one.read_bytes()


def test_a_restore_never_mixes_with_what_is_there(world):
    world.client("run")
    target = world.folder / "restored"
    target.mkdir()
    (target / "mine").write_text("kept")

    assert world.problem("client", "restore", "--target", str(target))["code"] == "target-not-empty"
    assert (target / "mine").read_text() == "kept"


def test_a_drill_proves_files_by_checksum(world):
    world.client("run")
    done = world.client("drill")

    assert done["good"] is True
    assert done["files"] == 25
    assert world.client("status")["drill"]["good"] is True


def test_a_drill_sees_a_file_that_is_not_what_was_backed_up(world):
    victim = world.data / "ordonnance-000.txt"
    for one in world.data.iterdir():
        if one != victim:
            one.unlink()
    world.client("run")
    staged = world.folder / "client/state/staged/proof.json"
    proof = json.loads(staged.read_text())
    proof["files"][str(victim)]["sha256"] = "0" * 64
    staged.write_text(json.dumps(proof))
    environment = {
        **os.environ,
        "RESTIC_REPOSITORY_FILE": world.client_settings["repository_file"],
        "RESTIC_PASSWORD_FILE": world.client_settings["key_file"],
        "RESTIC_CACHE_DIR": str(world.folder / "cache"),
    }
    command = ["restic", "--cacert", world.client_settings["certificate"], "backup", "--host", HOST, "-q"]
    subprocess.run([*command, world.data, staged.parent], env=environment, check=True)

    problem = world.problem("client", "drill")
    assert problem["code"] == "files-differ"
    assert str(victim) in problem["facts"]["files"]
    assert world.client("status")["drill"]["good"] is False


def test_content_and_differences_of_snapshots(world):
    first = world.client("run")["snapshot"]
    (world.data / "ordonnance-000.txt").unlink()
    (world.data / "new.locked").write_bytes(os.urandom(9000))
    (world.data / "ordonnance-001.txt").write_bytes(b"changed")
    second = world.client("run")["snapshot"]

    found = world.client("diff", "--before", first, "--snapshot", second)
    assert str(world.data / "new.locked") in found["added"]
    assert str(world.data / "ordonnance-000.txt") in found["removed"]
    assert str(world.data / "ordonnance-001.txt") in found["modified"]
    assert found["bytes_added"] > 9000
    sizes = {one["path"]: one["size"] for one in world.client("content", "--snapshot", second)["files"]}
    assert sizes[str(world.data / "new.locked")] == 9000


# --- what goes wrong ------------------------------------------------------------------------------------------


def test_nas_gone(world):
    world.client("run")
    world.stop()
    begun = time.monotonic()

    assert world.problem("client", "run")["code"] == "nas-gone"
    assert time.monotonic() - begun < 30
    assert world.client("status")["failure"]["code"] == "nas-gone"
    world.start()
    world.client("run")
    assert world.client("status")["failure"] is None


def test_another_machine_in_the_nas_place(world, tmp_path):
    for name in ("nas.crt", "nas.key", "address"):
        (tmp_path / "nas" / name).unlink()
    world.nas("prepare", "--address", "127.0.0.1")  # another certificate than the client knows
    world.stop()
    world.start()

    assert world.problem("client", "run")["code"] == "nas-forged"


@pytest.mark.skipif(os.geteuid() != 0, reason="mounts a small disk")
@pytest.mark.parametrize("fault", ["full", "read-only"])
def test_nas_full_or_read_only(world, fault):
    world.client("run")
    world.stop()
    root = world.repositories
    keep = root.with_name("kept")
    subprocess.run(["cp", "-a", root, keep], check=True)
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=8m", "tmpfs", root], check=True)
    try:
        subprocess.run(["cp", "-a", f"{keep}/.", root], check=True)
        if fault == "full":
            subprocess.run(
                ["dd", "if=/dev/zero", f"of={root / 'filler'}", "bs=64k"], capture_output=True, check=False
            )
            assert os.statvfs(root).f_bavail == 0
        else:
            subprocess.run(["mount", "-o", "remount,ro", root], check=True)
        world.start()
        world.fill(10, 200_000)
        assert world.problem("client", "run")["code"] == "nas-refuses"
        assert world.nas("health")["code"] == f"nas-{fault}"
        assert len(world.client("snapshots")["snapshots"]) == 1  # what was there is there
        if fault == "full":
            (root / "filler").unlink()
        else:
            subprocess.run(["mount", "-o", "remount,rw", root], check=True)
        world.client("run")
        assert world.nas("check")["checks"][HOST]["good"] is True
    finally:
        world.stop()
        subprocess.run(["umount", root], check=True)


def test_a_flipped_byte_is_found_named_and_never_restored(world):
    for one in sorted(world.data.iterdir())[20:]:
        one.unlink()  # a drill takes 25 files: all of them, so that it must meet the byte
    world.client("run")
    assert world.nas("check")["checks"][HOST]["good"] is True
    packs = sorted((world.repositories / HOST / "data").rglob("*"), key=lambda one: one.stat().st_size)
    pack = packs[-1]
    content = bytearray(pack.read_bytes())
    content[len(content) // 2] ^= 1
    pack.chmod(0o600)
    pack.write_bytes(content)

    problem = world.problem("nas", "check")
    assert problem["code"] == "damaged"
    assert pack.name in problem["facts"]["files"]
    assert world.nas("report")["hosts"][HOST]["check"]["good"] is False
    target = world.folder / "restored"
    assert world.problem("client", "restore", "--target", str(target))["code"] == "damaged"
    assert not target.exists()  # half a restore would be taken for a whole one
    assert world.problem("client", "drill")["code"] == "damaged"


def test_a_machine_whose_clock_is_wrong_by_a_year(world):
    hook = world.folder / "hook"
    hook.mkdir()
    (hook / "sitecustomize.py").write_text(
        "import time\n_real = time.time\ntime.time = lambda: _real() + 365 * 86400\n"
    )
    world.environment["PYTHONPATH"] += f":{hook}"

    done = world.client("run")

    assert [one["code"] for one in done["warnings"]] == ["clock-wrong"]
    assert abs(done["warnings"][0]["facts"]["seconds"] - 365 * 86400) < 100
    listed = world.client("snapshots")["snapshots"]
    assert abs(time.mktime(time.strptime(listed[0]["time"][:19], "%Y-%m-%dT%H:%M:%S")) - time.time()) < 90000


def test_the_nas_does_not_throw_away_by_a_clock_that_jumped(world):
    world.client("run")
    folder = world.repositories / HOST / "snapshots"
    for one in folder.iterdir():
        os.utime(one, (time.time() - 365 * 86400,) * 2)  # as it looks when the NAS's clock jumps ahead

    problem = world.problem("nas", "prune")
    assert problem["code"] == "clock-nas"
    assert len(list(folder.iterdir())) == 1


@pytest.mark.skipif(os.geteuid() != 0, reason="mounts a small disk")
def test_restore_over_a_full_disk(world):
    world.fill(20, 300_000)
    world.client("run")
    small = world.folder / "small"
    small.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", small], check=True)
    try:
        whole = world.problem("client", "restore", "--target", str(small / "back"))
        part = world.problem(
            "client", "restore", "--target", str(small / "part"), "--include", str(world.data)
        )
        assert whole["code"] == "target-small"
        assert whole["facts"]["size"] > whole["facts"]["free"]
        assert part["code"] == "target-full"
        assert list(small.iterdir()) == []
    finally:
        subprocess.run(["umount", small], check=True)


def _begin_large_run(world):
    """Start a backup that takes a while, and wait until its data arrive."""
    world.client_settings["upload_kib"] = 300
    world.save()
    world.fill(40, 300_000)
    process = world.popen("client", "run", start_new_session=True)
    data = world.repositories / HOST / "locks"
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        if data.is_dir() and any(data.iterdir()) and any((world.repositories / HOST / "data").rglob("*")):
            return process
        assert process.poll() is None, process.communicate()
        time.sleep(0.02)  # between two looks
    raise AssertionError("the backup did not begin")


def _afterwards(world):
    world.client_settings["upload_kib"] = 0
    world.save()
    done = world.client("run")
    assert world.nas("check")["checks"][HOST]["good"] is True
    world.client("drill")
    assert list((world.repositories / HOST / "locks").iterdir()) == []
    assert [one["id"][:8] for one in world.client("snapshots")["snapshots"]] == [done["snapshot"]]


def test_ctrl_c(world):
    process = _begin_large_run(world)
    process.send_signal(signal.SIGINT)
    out, _err = process.communicate(timeout=40)

    assert process.returncode == 130
    assert "interrupted" in out
    assert list((world.repositories / HOST / "locks").iterdir()) == []
    _afterwards(world)


def test_kill_9_in_the_middle_and_run_again(world):
    # Whoever is process 1 here may let the dead lie: to restic they would still be there, and so would their lock.
    ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, 1)
    process = _begin_large_run(world)
    children = subprocess.run(
        ["pgrep", "-P", str(process.pid)], capture_output=True, text=True, check=True
    ).stdout.split()
    for pid in (process.pid, *map(int, children)):
        os.kill(pid, signal.SIGKILL)
    process.communicate()
    for pid in map(int, children):
        with contextlib.suppress(ChildProcessError):
            os.waitpid(pid, 0)

    _afterwards(world)


def test_two_runs_at_once(world):
    process = _begin_large_run(world)
    assert world.problem("client", "run")["code"] == "busy"
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=40)


# --- malware on a poste ---------------------------------------------------------------------------------------


def ask(world, method, path, *, user=HOST, body=None):
    """Speak to the NAS as a program with the client's own password would."""
    connection = http.client.HTTPSConnection("127.0.0.1", world.port, timeout=20, context=world.context())
    login = base64.b64encode(f"{user}:{world.secrets[1]}".encode()).decode()
    connection.request(method, path, body=body, headers={"Authorization": f"Basic {login}"})
    answer = connection.getresponse()
    answer.read()
    connection.close()
    return answer.status


def contents(folder):
    return {one.relative_to(folder): one.read_bytes() for one in folder.rglob("*") if one.is_file()}


def test_malware_with_the_clients_own_password_cannot_delete_or_overwrite(world):
    world.client("run")
    folder = world.repositories / HOST
    before = contents(folder)

    for one in before:
        for method in ("DELETE", "POST", "PUT"):
            assert ask(world, method, f"/{HOST}/{one}", body=b"encrypted") in (403, 404, 405), (method, one)
    for path in (f"/{HOST}/", f"/{HOST}/data/", f"/{HOST}/snapshots/"):
        assert ask(world, "DELETE", path) in (403, 404, 405)
    assert contents(folder) == before
    world.client("drill")


def test_malware_cannot_reach_another_machines_backups(world):
    world.client("run")
    (world.repositories / OTHER).mkdir()
    (world.repositories / OTHER / "config").write_bytes(b"theirs")

    for path in (
        f"/{OTHER}/config",
        f"/{HOST}/../{OTHER}/config",
        f"/{HOST}/%2e%2e/{OTHER}/config",
        "/config",
    ):
        for method in (
            "GET",
            "POST",
            "DELETE",
        ):  # 301: to the shortest spelling of that path, which is refused
            assert ask(world, method, path, body=b"x") in (301, 401, 403, 404, 405), (method, path)
    assert ask(world, "GET", f"/{OTHER}/config", user=OTHER) == 401
    assert (world.repositories / OTHER / "config").read_bytes() == b"theirs"


def test_restic_itself_cannot_forget(world):
    world.client("run")
    environment = {
        **os.environ,
        "RESTIC_REPOSITORY_FILE": world.client_settings["repository_file"],
        "RESTIC_PASSWORD_FILE": world.client_settings["key_file"],
        "RESTIC_CACHE_DIR": str(world.folder / "cache"),
    }
    command = ["restic", "--cacert", world.client_settings["certificate"], "forget", "latest"]
    with subprocess.Popen(
        command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as process:
        assert process.stdout is not None
        assert any("403 Forbidden" in line for line in process.stdout)
        process.kill()
    assert len(world.client("snapshots")["snapshots"]) == 1


def test_secrets_are_in_no_argument_and_closed_to_others(world):
    process = _begin_large_run(world)
    seen = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                seen.append((entry / "cmdline").read_bytes().decode(errors="replace"))
            except OSError:
                continue
    assert any("restic" in line and "backup" in line for line in seen)
    assert not [line for line in seen if any(secret in line for secret in world.secrets)]
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=40)
    for one in (world.folder / "nas").iterdir():
        if one.is_file() and one.name != "nas.crt":
            assert one.stat().st_mode & 0o077 == 0, one
    world.client("run")
    assert (world.folder / "client/state/status.json").stat().st_mode & 0o077 == 0


def test_a_file_that_is_just_arriving_is_no_damage(world):
    """The nightly check meets an upload: it waits for it rather than crying wolf."""
    world.client("run")
    folder = world.repositories / HOST / "data"
    pack = max((one for one in folder.rglob("*") if one.is_file()), key=lambda one: one.stat().st_size)
    content = pack.read_bytes()
    pack.chmod(0o600)
    pack.write_bytes(content[: len(content) // 2])
    process = world.popen("nas", "check")
    time.sleep(1)  # it has seen the half by now, or will see the whole: right either way
    pack.write_bytes(content)
    out, _err = process.communicate(timeout=60)

    assert process.returncode == 0, out
