"""Restore of a golden image against its peers, on one file system image and one disk, in one run.

    python bench/image.py [--json] [--rounds 3] [--size 4000] [--tree FOLDER] [--work FOLDER] [--no-peers]

The image is ext4 made from a real Debian tree (mmdebstrap) unless `--tree` gives one. Every time is wall time from
cold caches to data on the medium (fsync). Ours includes the signature check, the comparison in place and the
read-back; the peers' include what they do of that, which is printed. Needs root for cold caches and the tree.
Methods take turns within a round; a ratio is the median of the rounds' own ratios.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import zstandard

from officefleet.images import job, pack
from officefleet.images.ed25519 import Signer
from officefleet.images.index import Index
from officefleet.images.keys import KeySet, Trust
from officefleet.images.lease import held
from officefleet.images.store import Store

if TYPE_CHECKING:
    from collections.abc import Callable

    from officefleet.images.restore import Report

MIB = 1 << 20
PACKAGES = (
    "linux-image-cloud-amd64,initramfs-tools,systemd-sysv,udev,openssh-server,python3,sudo,iproute2,kmod,zstd,"
    "chromium,fonts-dejavu-core,libreoffice-writer"
)
DRIFT = 0.05
HIGH_WATER = "open('/proc/self/status').read().split('VmHWM:')[1].split()[0]"  # getrusage counts the parent's
PEAK = f"import sys; from officefleet.images.rescue_main import main; code = main(); print({HIGH_WATER}); sys.exit(code)"


def sh(command: str) -> None:
    subprocess.run(["bash", "-o", "pipefail", "-c", command], check=True, stdout=subprocess.DEVNULL)


def cold() -> None:
    os.sync()
    Path("/proc/sys/vm/drop_caches").write_text("3")


def timed(action: Callable[[], object]) -> float:
    cold()
    started = time.perf_counter()
    action()
    return time.perf_counter() - started


@dataclass
class Bench:
    work: Path
    size: int
    tree: Path
    seconds: dict[str, list[float]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.image = self.work / "root.img"
        self.target = self.work / "disk"
        self.store = Store.create(self.work / "store")
        self.trust_file = self.work / "trust.json"

    # -- preparation

    def prepare(self, *, peers: bool) -> None:
        sh(f"rm -f {self.image}; truncate -s {self.size} {self.image}")
        sh(f"mkfs.ext4 -q -F -L poste -d {self.tree} {self.image} 2>&1")
        self.index = publish(self.image, self.store, self.trust_file)
        self.trust = Trust.load(self.trust_file)
        self.content = self.index.content_bytes
        self.make_drift()
        if peers:
            self.make_peers()

    def make_drift(self) -> None:
        """5 % of the content changed, in stretches of 256 KiB to 64 MiB, even in the logarithm of their length."""
        dice = random.Random(1)  # noqa: S311  the same drift in every run
        chunks = [chunk for chunk in self.index.chunks if chunk.offset]
        goal, changed, self.changed_packed = DRIFT * self.content, 0, 0
        taken: list[tuple[int, int]] = []
        packer = zstandard.ZstdCompressor(level=3)
        drifted = self.work / "drifted"
        sh(f"cp --sparse=never {self.image} {drifted}")
        with drifted.open("r+b") as disk, self.image.open("rb") as image:
            while changed < goal:
                length = min(
                    int(256 * 1024 * 256 ** dice.random()) // 4096 * 4096, int(goal - changed) + 4096
                )
                start = dice.choice(chunks).offset
                if start + length > self.size or any(a < start + length and start < b for a, b in taken):
                    continue
                image.seek(start)
                right = image.read(length)
                if right.count(0) > length * 0.7:
                    continue
                taken.append((start, start + length))
                changed += length
                pieces = range(0, length, 512 * 1024)
                self.changed_packed += sum(len(packer.compress(right[at : at + 512 * 1024])) for at in pieces)
                disk.seek(start)
                disk.write(right[::-1])
        self.changed, self.stretches = changed, len(taken)

    def make_peers(self) -> None:
        w, image = self.work, self.image
        sh(f"zstd -q -3 -f {image} -o {w}/root.zst")
        if shutil.which("partclone.ext4"):
            sh(f"partclone.ext4 -c -s {image} -L /dev/null 2>/dev/null | zstd -q -3 -f -o {w}/crc.zst")
            sh(f"partclone.ext4 -c -a0 -s {image} -L /dev/null 2>/dev/null | zstd -q -3 -f -o {w}/fog.zst")
        if shutil.which("casync"):
            options = "--compression=zstd --chunk-size=262144:524288:1048576"
            sh(
                f"rm -rf {w}/castr; casync make {options} --store={w}/castr {w}/root.caibx {image} 2>/dev/null"
            )
        if shutil.which("qemu-img"):
            sh(f"qemu-img convert -c -O qcow2 -o compression_type=zstd {image} {w}/root.qcow2")
        if shutil.which("wimlib-imagex"):
            sh(f"rm -f {w}/usr.wim; wimlib-imagex capture {self.tree}/usr {w}/usr.wim --compress=XPRESS 2>&1")

    # -- methods: each ends with data on the medium

    def blank(self) -> None:
        self.target.unlink(missing_ok=True)
        with self.target.open("wb") as file:
            file.truncate(self.size)

    def full(self, content: Path) -> None:
        self.target.unlink(missing_ok=True)
        sh(f"cp --sparse=never {content} {self.target}")

    def ours(self) -> Report:
        wish = job.Wish(store=str(self.store.root), image="poste", target=self.target)
        return job.run(wish, self.trust)[0]

    def peers(self) -> dict[str, str]:
        w, t = self.work, self.target
        found = {
            "zstd_dd": f"zstd -dcq {w}/root.zst | dd of={t} bs=4M iflag=fullblock conv=fsync status=none"
        }
        if (w / "crc.zst").exists():
            base = f"partclone.restore -C -B -s - -O {t} -L /dev/null >/dev/null 2>&1 && sync {t}"
            found["partclone_crc"] = f"zstd -dcq {w}/crc.zst | {base}"
            found["fog_flags"] = f"zstd -dcq {w}/fog.zst | {base.replace('-C -B', '--ignore_crc -C -B')}"
        if (w / "root.caibx").exists():
            found["casync"] = (
                f"rm {t}; casync extract --store={w}/castr {w}/root.caibx {t} 2>/dev/null && sync {t}"
            )
        if (w / "root.qcow2").exists():
            found["qemu_img"] = f"qemu-img convert -n -O raw {w}/root.qcow2 {t} && sync {t}"
        if (w / "usr.wim").exists():
            found["wimlib"] = (
                f"mkntfs -q -F -f -Q {t} 2>/dev/null; wimlib-imagex apply {w}/usr.wim 1 {t} 2>&1 && sync {t}"
            )
        return found

    def note(self, name: str, seconds: float) -> None:
        self.seconds.setdefault(name, []).append(seconds)

    def round(self, *, peers: bool) -> None:
        self.blank()
        self.note(
            "dd",
            timed(lambda: sh(f"dd if={self.image} of={self.target} bs=4M conv=fsync,notrunc status=none")),
        )
        self.blank()
        self.note("blank", timed(self.ours))
        if not filecmp(self.image, self.target):
            sys.exit("the restored disk differs from the image")
        for name, command in self.peers().items() if peers else ():
            self.blank()
            try:
                self.note(name, timed(lambda command=command: sh(command)))
            except subprocess.CalledProcessError as error:
                print(f"  {name} failed: {error.returncode}", file=sys.stderr)
        read = f"dd if={self.target} of=/dev/null bs=4M status=none"
        self.full(self.image)
        self.note("read_same", timed(lambda: sh(read)))
        self.note("same", timed(self.ours))
        self.full(self.work / "drifted")
        self.note("read_drift", timed(lambda: sh(read)))
        reports = []
        self.note("drift", timed(lambda: reports.append(self.ours())))
        self.fetched = reports[0].fetched
        if not filecmp(self.image, self.target):
            sys.exit("the mended disk differs from the image")

    def peak_mb(self) -> float:
        """Return the largest resident size of the rescue program while it fills a blank disk."""
        self.blank()
        command = [sys.executable, "-c", PEAK, "--store", str(self.store.root), "--image", "poste"]
        command += ["--trust", str(self.trust_file), "--target", str(self.target)]
        done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
        return int(done.stdout.splitlines()[-1]) / 1024

    def result(self) -> dict[str, object]:
        median = {name: statistics.median(times) for name, times in self.seconds.items()}

        def paired(over: str, under: str) -> float:
            """Median of each round's own ratio: what slows a round down slows both."""
            pairs = zip(self.seconds[over], self.seconds[under], strict=True)
            return round(statistics.median(one / other for one, other in pairs), 2)

        ours = ("dd", "same", "drift", "read_same", "read_drift")
        ratios = {
            f"{name}_x_dd": paired("dd", name)
            for name in self.seconds
            if name not in ours and len(self.seconds[name]) == len(self.seconds["dd"])
        }
        return {
            **ratios,
            "drift_x_read": paired("drift", "read_drift"),
            "same_x_read": paired("same", "read_same"),
            "fetched_ratio": round(self.fetched / self.changed_packed, 3),
            "peak_mb": round(self.peak_mb()),
            "seconds": {name: round(seconds, 2) for name, seconds in median.items()},
            "image_mb": self.size // 10**6,
            "content_mb": self.content // 10**6,
            "changed_mb": self.changed // 10**6,
            "stretches": self.stretches,
            "load": os.getloadavg()[0],
        }


def filecmp(one: Path, other: Path) -> bool:
    return subprocess.run(["cmp", "-s", one, other], check=False).returncode == 0


def publish(raw: Path, store: Store, trust_file: Path, name: str = "poste") -> Index:
    root, signer, now = Signer.generate(), Signer.generate(), int(time.time())
    store.write_keys(KeySet(1, now, now + 86400, root.public, {signer.id: signer.public}).encode([root]))
    Trust(root.public).save(trust_file)
    layout = pack.read_layout(raw)
    with held(store) as lease:
        packed = pack.pack(raw, layout, store, lease)
        index = Index(
            name=name, version=1, created=now, expires=now + 86400, system="linux", size=layout.size, sector=512,
            minimum_disk=layout.size, table=layout.table, partitions=layout.partitions, bill=(), drivers=(),
            predecessor=0, chunks=packed.chunks,
        )  # fmt: skip
        store.publish(index, index.encode(signer))
    return index


def debian_tree(work: Path) -> Path:
    tree = work / "tree"
    if not tree.exists():
        sh(
            f"mmdebstrap --variant=minbase --mode=root --quiet --format=directory --include={PACKAGES} bookworm {tree}"
        )
    return tree


def twenty(work: Path, tree: Path, count: int) -> dict[str, object]:
    """Many postes at once from one server: how long each takes, and what the server does meanwhile."""
    raw = work / "small.img"
    sh(f"rm -f {raw}; truncate -s 192M {raw}; mkfs.ext4 -q -F -d {tree}/usr/bin {raw} 2>&1")
    store, trust = Store.create(work / "small-store"), work / "small-trust.json"
    index = publish(raw, store, trust)
    code = (
        "import sys, resource; from pathlib import Path; from officefleet.images.server import serving\n"
        "with serving(Path(sys.argv[1])) as server:\n print(server.url, flush=True); sys.stdin.read()\n"
        "used = resource.getrusage(resource.RUSAGE_SELF)\n"
        f"print(server.load.requests, server.load.bytes, used.ru_utime + used.ru_stime, {HIGH_WATER})"
    )
    server = subprocess.Popen(
        [sys.executable, "-c", code, str(store.root)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    url = server.stdout.readline().strip()
    cold()
    started = time.perf_counter()
    running = {}
    for number in range(count):
        trust_copy = work / f"trust-{number}.json"
        shutil.copyfile(trust, trust_copy)
        command = [sys.executable, "-m", "officefleet.images.rescue_main", "--store", url, "--image", "poste"]
        command += ["--trust", str(trust_copy), "--target", str(work / f"poste-{number}"), "--create"]
        running[subprocess.Popen(command, stdout=subprocess.DEVNULL).pid] = number
    times = []
    for _ in range(count):
        _pid, status = os.wait()
        times.append(time.perf_counter() - started)
        if status:
            sys.exit("a poste failed")
    requests, sent, cpu, rss = server.communicate("")[0].split()
    if not all(filecmp(raw, work / f"poste-{number}") for number in range(count)):
        sys.exit("a poste differs from the image")
    for number in range(count):
        (work / f"poste-{number}").unlink()
    return {
        "postes": count,
        "content_mb": index.content_bytes // 10**6,
        "seconds_median": round(statistics.median(times), 1),
        "seconds_last": round(max(times), 1),
        "store_requests": int(requests),
        "store_mb": int(sent) // 10**6,
        "store_cpu_seconds": round(float(cpu), 2),
        "store_peak_mb": int(rss) // 1024,
    }


def linear(work: Path) -> dict[str, float]:
    """Seconds to prove an identical sparse disk that holds 64 MB, by its size in GB."""
    found = {}
    for size in (16, 64, 256):
        raw = work / "sparse.img"
        raw.unlink(missing_ok=True)
        with raw.open("wb") as file:
            file.truncate(size << 30)
            for number in range(64):
                file.seek(number * (size << 24) + MIB)
                file.write(random.Random(number).randbytes(MIB))  # noqa: S311  any content does
        store, trust = Store.create(work / f"sparse-{size}"), work / "sparse-trust.json"
        started = time.perf_counter()
        publish(raw, store, trust)
        packed = time.perf_counter() - started
        wish = job.Wish(store=str(store.root), image="poste", target=raw)
        seconds = timed(lambda wish=wish, trust=trust: job.run(wish, Trust.load(trust)))
        found[f"{size}"] = round(seconds, 2)
        found[f"{size}_pack"] = round(packed, 2)
        shutil.rmtree(store.root)
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--size", type=int, default=4000, help="of the disk, MiB")
    parser.add_argument("--tree", type=Path)
    parser.add_argument("--work", type=Path)
    parser.add_argument("--postes", type=int, default=20)
    parser.add_argument("--no-peers", action="store_true")
    parser.add_argument("--no-extras", action="store_true", help="neither twenty postes nor sparse disks")
    options = parser.parse_args()
    if os.geteuid() != 0:
        sys.exit("needs root, for cold caches")
    with tempfile.TemporaryDirectory(prefix="officefleet-bench-", dir=options.work) as folder:
        work = Path(folder)
        tree = options.tree or debian_tree(work)
        bench = Bench(work, options.size * MIB, tree)
        bench.prepare(peers=not options.no_peers)
        for number in range(options.rounds):
            bench.round(peers=not options.no_peers)
            print(
                f"round {number + 1}: { ({k: round(v[-1], 2) for k, v in bench.seconds.items()}) }",
                file=sys.stderr,
            )
        result = bench.result()
        if not options.no_extras:
            result["twenty"] = twenty(work, tree, options.postes)
            result["sparse_seconds_by_gb"] = linear(work)
    if options.json:
        print(json.dumps(result, indent=2))
        return
    for name, value in result.items():
        print(f"{name:22} {value}")
    print(
        "goals: blank_x_dd >= 1.7, drift_x_read <= 1.25, same_x_read <= 1.1, fetched_ratio <= 1.1, peak_mb <= 300"
    )


if __name__ == "__main__":
    main()
