"""20 tasks over real sshd: officefleet beside the floor, pyinfra and ansible-core, in one run.

Usage: python bench/ssh.py [--hosts 20] [--repeat 3] [--latency 40] [--json]

Without --hosts: 20 and 50 hosts, 20 hosts through a proxy that adds 40 ms, and the memory of 1,000 hosts.

Every contender is a whole process, started from nothing, its bytecode compiled as in any installation; hosts are
emptied between first runs. The floor is bench/ssh_floor.py. Needs the dependency group "bench" for pyinfra; a peer
that is not installed is named and left out.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from officefleet.lab.latency import LatencyProxy
from officefleet.lab.sshd import SshFarm

HERE = Path(__file__).parent
SIZES = {"small-1": 1024, "small-2": 1024, "medium": 100 * 1024, "large": 1024 * 1024}


def prepare(folder: Path) -> Path:
    """Return a copy of the play with its files, whose content does not compress, like drivers and images."""
    play = folder / "play"
    shutil.copytree(HERE / "ssh_play", play)
    (play / "files").mkdir(exist_ok=True)
    for name, size in SIZES.items():
        (play / "files" / name).write_bytes(os.urandom(size))
    return play


def describe(farm: SshFarm, addresses: dict[str, tuple[str, int]], folder: Path) -> dict[str, Path]:
    """Write the farm for each contender: JSON, an Ansible inventory, a pyinfra inventory."""
    known = folder / "known_hosts"
    lines, hosts, tree, tuples = [], [], {}, []
    for host in farm.hosts:
        address, port = addresses.get(host.name, (host.address, host.port))
        lines.append(f"[{address}]:{port} {host.host_key}\n")
        hosts.append({"name": host.name, "address": address, "port": port, "user": host.user})
        tree[host.name] = {
            "ansible_host": address, "ansible_port": port, "ansible_user": host.user,
            "ansible_ssh_private_key_file": str(farm.private_key),
            "ansible_python_interpreter": "/usr/bin/python3",
            "ansible_ssh_common_args": f"-o UserKnownHostsFile={known} -o ControlPath=/tmp/of-%C",
        }  # fmt: skip
        tuples.append(
            (host.name, {"ssh_hostname": address, "ssh_port": port, "ssh_user": host.user,
                         "ssh_key": str(farm.private_key), "ssh_known_hosts_file": str(known)})
        )  # fmt: skip
    known.write_text("".join(lines), encoding="utf-8")
    paths = {
        "json": folder / "farm.json",
        "ansible": folder / "hosts.json",
        "pyinfra": folder / "inventory.py",
        "known": known,
    }
    paths["json"].write_text(
        json.dumps({"hosts": hosts, "key": str(farm.private_key), "known_hosts": str(known)}),
        encoding="utf-8",
    )
    paths["ansible"].write_text(json.dumps({"all": {"hosts": tree}}), encoding="utf-8")
    paths["pyinfra"].write_text(f"farm = {tuples!r}\n", encoding="utf-8")
    return paths


def commands(play: Path, paths: dict[str, Path], hosts: int) -> dict[str, list[str]]:
    """Return each contender's command; those that are not installed are left out."""
    binaries = Path(sys.executable).parent
    found = {
        "floor": [sys.executable, str(HERE / "ssh_floor.py"), str(paths["json"]), str(play)],
        "officefleet": [
            str(binaries / "officefleet"), "run", str(play / "play.yml"), "-i", str(paths["ansible"]),
            "-f", str(hosts), "--no-ledger",
        ],
        "pyinfra": [str(binaries / "pyinfra"), "-y", "--parallel", str(hosts), str(paths["pyinfra"]), "deploy.py"],
        "ansible_pipelining": [
            str(binaries / "ansible-playbook"), "-i", str(paths["ansible"]), "-f", str(hosts), str(play / "play.yml"),
        ],
    }  # fmt: skip
    for name in list(found):
        if not Path(found[name][0]).exists():
            sys.stderr.write(f"{name}: not installed, left out\n")
            del found[name]
    return found


def timed(command: list[str], play: Path, paths: dict[str, Path], cache: Path) -> float:
    """Run a contender once; a failure ends the benchmark."""
    environment = {
        **os.environ, "OFFICEFLEET_KNOWN_HOSTS": str(paths["known"]), "ANSIBLE_PIPELINING": "1",
        "ANSIBLE_SSH_PIPELINING": "1", "ANSIBLE_HOST_KEY_CHECKING": "1", "ANSIBLE_RETRY_FILES_ENABLED": "0",
        "NO_COLOR": "1", "OFFICEFLEET_CACHE": str(cache),
    }  # fmt: skip
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    begun = time.monotonic()
    done = subprocess.run(command, cwd=play, env=environment, capture_output=True, text=True, check=False)
    seconds = time.monotonic() - begun
    if done.returncode != 0:
        sys.stderr.write(done.stdout[-3000:] + done.stderr[-3000:])
        raise SystemExit(f"{command[0]} failed with {done.returncode}")
    return seconds


def empty(farm: SshFarm, cache: Path) -> None:
    """Bring every host back to where it was: nothing in /srv, no agent in the home folder; nobody remembers it."""
    shutil.rmtree(cache, ignore_errors=True)
    for host in farm.hosts:
        for folder in (host.folder / "srv", host.folder / "tmp", host.home):
            for entry in list(folder.iterdir()):
                shutil.rmtree(entry) if entry.is_dir() and not entry.is_symlink() else entry.unlink()


def measure(hosts: int, repeat: int, latency_ms: float, *, peers: bool) -> dict[str, Any]:
    """Return the medians of one setting."""
    with ExitStack() as stack:
        farm = stack.enter_context(SshFarm(hosts))
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        play = prepare(folder)
        addresses: dict[str, tuple[str, int]] = {}
        if latency_ms:
            targets = {host.name: (host.address, host.port) for host in farm.hosts}
            addresses = stack.enter_context(LatencyProxy(targets, delay=latency_ms / 2000)).addresses
        paths = describe(farm, addresses, folder)
        contenders = commands(play, paths, hosts)
        if not peers:
            contenders = {name: contenders[name] for name in ("floor", "officefleet")}
        times: dict[str, list[float]] = {}
        for _round in range(repeat):
            for name, command in contenders.items():
                if name == "ansible_pipelining" and times.get(name):
                    continue  # one run of a minute is enough to know a factor of 40
                empty(farm, folder / "cache")
                times.setdefault(name, []).append(timed(command, play, paths, folder / "cache"))
                if name == "officefleet":
                    times.setdefault("officefleet_unchanged", []).append(
                        timed(command, play, paths, folder / "cache")
                    )
        found: dict[str, Any] = {name: round(statistics.median(values), 3) for name, values in times.items()}
        empty(farm, folder / "cache")
        found["round_trips"], found["peak_mb"] = inside(play, paths, hosts)
        return found


def inside(play: Path, paths: dict[str, Path], hosts: int) -> tuple[int, float]:
    """Return (most round trips of a host, peak memory in MB) of one run, from the engine's own events."""
    code = (
        "import sys, resource, pathlib\n"
        "from officefleet.engine.run import run_playbooks\n"
        "from officefleet.engine.options import Options\n"
        "from officefleet.engine.events import HostFinished\n"
        "from officefleet.inventory import load_inventory\n"
        "class Count:\n"
        "    trips = 0\n"
        "    def handle(self, event):\n"
        "        if isinstance(event, HostFinished): self.trips = max(self.trips, event.round_trips)\n"
        "count = Count()\n"
        "result = run_playbooks([pathlib.Path(sys.argv[1])], load_inventory([sys.argv[2]]),"
        " Options(forks=int(sys.argv[3]), known_hosts=(sys.argv[4],)), [count])\n"
        "assert result.exit_code == 0, result\n"
        "print(count.trips, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)\n"
    )
    words = [
        sys.executable,
        "-c",
        code,
        str(play / "play.yml"),
        str(paths["ansible"]),
        str(hosts),
        str(paths["known"]),
    ]
    environment = {**os.environ, "OFFICEFLEET_CACHE": str(paths["known"].parent / "cache")}
    done = subprocess.run(words, env=environment, capture_output=True, text=True, check=True)
    trips, peak = done.stdout.split()[-2:]
    return int(trips), round(float(peak), 1)


def table(found: dict[str, Any], hosts: int, latency: float) -> str:
    """Return the figures as one table for people."""
    floor = found["floor"]
    ours = found["officefleet"]
    lines = [f"{hosts} hosts x 20 tasks, real sshd on loopback, {latency:g} ms of added latency"]
    lines.append(f"{'':24}{'seconds':>9}{'x floor':>9}{'x officefleet':>15}")
    names = ("floor", "officefleet", "officefleet_unchanged", "pyinfra", "ansible_pipelining")
    lines += [
        f"{name:24}{found[name]:9.2f}{found[name] / floor:9.2f}{found[name] / ours:15.1f}"
        for name in names
        if name in found
    ]
    lines.append(f"round trips a host {found['round_trips']}, peak memory {found['peak_mb']:.0f} MB")
    return "\n".join(lines)


def memory_of_a_thousand() -> float:
    """Return the peak memory in MB of a run over 1,000 hosts: 1,000 names on 50 real sshd, facts and 5 tasks each."""
    with SshFarm(50) as farm, tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        paths = describe(farm, {}, folder)
        tree = json.loads(paths["ansible"].read_text(encoding="utf-8"))["all"]["hosts"]
        many = {f"poste-{number:04}": tree[name] for number, name in enumerate(list(tree) * 20)}
        paths["ansible"].write_text(json.dumps({"all": {"hosts": many}}), encoding="utf-8")
        (folder / "play.yml").write_text(
            "- hosts: all\n  tasks:\n"
            + "".join(
                f"    - {{name: t{n}, command: 'echo {{{{ ansible_hostname }}}}'}}\n" for n in range(5)
            ),
            encoding="utf-8",
        )
        (folder / "play").mkdir()
        (folder / "play.yml").rename(folder / "play" / "play.yml")
        return inside(folder / "play", paths, 50)[1]


def report(*, json_wanted: bool) -> None:
    """Measure all settings and print one table."""
    settings = ((20, 0.0, 3), (50, 0.0, 3), (20, 40.0, 1))
    found = [
        (hosts, latency, measure(hosts, repeat, latency, peers=True)) for hosts, latency, repeat in settings
    ]
    memory = memory_of_a_thousand()
    if json_wanted:
        rows = {f"hosts_{hosts}_latency_{latency:g}": one for hosts, latency, one in found}
        sys.stdout.write(json.dumps({**rows, "peak_mb_1000_hosts": memory}) + "\n")
        return
    for hosts, latency, one in found:
        sys.stdout.write(table(one, hosts, latency) + "\n\n")
    sys.stdout.write(f"1,000 hosts, facts and 5 tasks each: peak memory {memory:.0f} MB\n")


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--hosts", type=int, default=0)
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--latency", type=float, default=0.0, help="added round-trip latency in ms")
    parser.add_argument("--no-peers", action="store_true")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    limit = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(65536, limit[1]), limit[1]))
    subprocess.run([sys.executable, "-m", "compileall", "-q", str(HERE.parent / "officefleet")], check=False)
    if not options.hosts:
        report(json_wanted=options.json)
        return
    found = measure(options.hosts, options.repeat, options.latency, peers=not options.no_peers)
    sys.stdout.write(
        (json.dumps(found) if options.json else table(found, options.hosts, options.latency)) + "\n"
    )


if __name__ == "__main__":
    main()
