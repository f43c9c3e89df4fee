"""How long a fleet of 20,000 pharmacies takes to load, beside PyYAML's C loader and ansible-inventory.

Every figure is the wall time of a fresh process, start of the interpreter included, so that the floor
and officefleet pay alike:

- floor: ``yaml.load(..., CSafeLoader)`` of every pharmacy file, one core, nothing kept;
- cold: load, validate, answer a selector, write the cache; no cache before;
- warm: the same again with the cache;
- one changed: the same after one file changed;
- one pharmacy: a selector that needs one folder.

Floor, cold and warm are run in turn, `--repeat` times; the least of each counts, which other work on the
machine disturbed least. Peak memory is that of the process plus the largest worker's times the number of cores: not below the truth.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import yaml

_FLOOR = """
import sys, pathlib, yaml
for file in sorted(pathlib.Path(sys.argv[1], "officines").glob("*/pharmacy.yml")):
    yaml.load(file.read_bytes(), Loader=yaml.CSafeLoader)
"""

_LOAD = """
import json, os, pathlib, sys, time
from officefleet.inventory import load_inventory, needed_pharmacies
if __name__ == "__main__":
    folder, cache, pattern = sys.argv[1:4]
    only = needed_pharmacies(pattern) if len(sys.argv) > 4 else None
    inventory = load_inventory([folder], only=only, cache_dir=pathlib.Path(cache))
    start = time.perf_counter()
    hosts = inventory.select(pattern)
    took = time.perf_counter() - start
    try:
        import resource
        own = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        worker = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
        peak = (own + worker * len(os.sched_getaffinity(0))) / 1024
    except ImportError:
        peak = 0.0
    print(json.dumps({"select_s": took, "hosts": len(hosts), "all": len(inventory.hosts), "peak_mb": peak}))
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pharmacies", type=int, default=20_000)
    parser.add_argument("--repeat", type=int, default=2, metavar="N")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument("--no-peer", action="store_true", help="leave ansible-inventory out")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="officefleet-bench-") as folder:
        figures = measure(Path(folder), options.pharmacies, options.repeat, peer=not options.no_peer)
    if options.json:
        print(json.dumps(figures))
    else:
        print_table(figures)


def measure(folder: Path, pharmacies: int, repeat: int, *, peer: bool) -> dict[str, Any]:
    from officefleet.inventory.generate import generate  # noqa: PLC0415  only the parent needs it

    fleet, cache = folder / "fleet", folder / "cache"
    machines = generate(fleet, pharmacies)
    files = sorted((fleet / "officines").glob("*/pharmacy.yml"))
    figures: dict[str, Any] = {
        "pharmacies": pharmacies,
        "machines": machines,
        "megabytes": round(sum(file.stat().st_size for file in files) / 1e6, 1),
        "cores": len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count(),
    }
    script = folder / "load.py"
    script.write_text(_LOAD, encoding="utf-8")
    home = files[len(files) // 2].parent.name
    load = [sys.executable, str(script), str(fleet), str(cache), f"{home}:&comptoir:!secours"]
    times: dict[str, list[float]] = {"floor_s": [], "cold_s": [], "warm_s": [], "select_s": []}
    for _round in range(repeat):
        times["floor_s"].append(run([sys.executable, "-c", _FLOOR, str(fleet)])[0])
        shutil.rmtree(cache, ignore_errors=True)
        took, output = run(load)
        cold = json.loads(output)
        times["cold_s"].append(took)
        took, output = run(load)
        warm = json.loads(output)
        times["warm_s"].append(took)
        times["select_s"].append(warm["select_s"])
        assert warm["hosts"] == cold["hosts"] > 0
        assert warm["all"] == cold["all"] == machines
    figures.update({name: min(taken) for name, taken in times.items()})
    figures["peak_mb"] = round(cold["peak_mb"], 1)
    figures["warm_peak_mb"] = round(warm["peak_mb"], 1)
    changed = files[0].read_text(encoding="utf-8")
    files[0].write_text(changed.replace("street: ", "street: bis ", 1), encoding="utf-8")
    figures["one_changed_s"], _output = run(load)
    figures["one_pharmacy_s"], _output = run([*load, "only"])
    if peer:
        figures.update(measure_peer(folder, max(1, pharmacies // 10)))
    return figures


def measure_peer(folder: Path, pharmacies: int) -> dict[str, Any]:
    """Both on a tenth: officefleet on its folders, Ansible on one YAML file that says the same."""
    beside = Path(sys.executable).parent / "ansible-inventory"
    tool = str(beside) if beside.exists() else shutil.which("ansible-inventory")
    if tool is None:
        return {"ansible_inventory_tenth_s": None, "skipped": "ansible-inventory is not installed"}
    from officefleet.inventory import load_inventory  # noqa: PLC0415  only the parent needs it
    from officefleet.inventory.generate import generate  # noqa: PLC0415  only the parent needs it

    tenth = folder / "tenth"
    generate(tenth, pharmacies)
    export = folder / "hosts.yml"
    with export.open("w", encoding="utf-8") as stream:
        yaml.dump(as_ansible(load_inventory([tenth])), stream, Dumper=yaml.CSafeDumper, allow_unicode=True)
    script = folder / "load.py"
    ours, _output = run([sys.executable, str(script), str(tenth), str(folder / "cache10"), "comptoir"])
    environment = {
        **os.environ,
        "ANSIBLE_LOCALHOST_WARNING": "False",
        "ANSIBLE_DEPRECATION_WARNINGS": "False",
    }
    peer, listed = run([tool, "-i", str(export), "--list"], environment)
    assert "_meta" in json.loads(listed)
    return {"tenth_cold_s": ours, "ansible_inventory_tenth_s": peer}


def as_ansible(inventory: Any) -> dict[str, Any]:
    """The fleet as an Ansible inventory: the same groups and facts."""
    groups: dict[str, Any] = {}
    hosts: dict[str, Any] = {}
    for pharmacy in inventory.pharmacies():
        above = [
            f"region_{pharmacy.region_slug}",
            f"groupement_{pharmacy.groupement or 'none'}".replace("-", "_"),
        ]
        for name in above:
            groups.setdefault(name, {"children": {}})["children"][pharmacy.id] = {}
        facts = pharmacy.model_dump(mode="json", exclude={"machines"}, exclude_unset=True)
        groups[pharmacy.id] = {"hosts": {}, "vars": {"officine": facts}}
        for machine in pharmacy.machines:
            hosts[machine.name] = {
                "ansible_host": str(machine.address),
                "machine": machine.model_dump(mode="json", exclude_unset=True),
            }
            for name in (pharmacy.id, machine.kind.value, machine.os.family.value):
                groups.setdefault(name, {}).setdefault("hosts", {})[machine.name] = {}
    return {"all": {"hosts": hosts, "children": groups}}


def run(command: list[str], environment: dict[str, str] | None = None) -> tuple[float, str]:
    start = time.perf_counter()
    done = subprocess.run(command, check=True, capture_output=True, text=True, env=environment)
    return round(time.perf_counter() - start, 3), done.stdout


def print_table(figures: dict[str, Any]) -> None:
    print(
        f"{figures['pharmacies']} pharmacies, {figures['machines']} machines, "
        f"{figures['megabytes']} MB of YAML, {figures['cores']} cores"
    )
    floor = figures["floor_s"]
    for name, key in (
        ("PyYAML C loader alone, one core (floor)", "floor_s"),
        ("officefleet, cold", "cold_s"),
        ("officefleet, warm", "warm_s"),
        ("officefleet, one file changed", "one_changed_s"),
        ("officefleet, one pharmacy", "one_pharmacy_s"),
        ("a tenth: officefleet, cold", "tenth_cold_s"),
        ("a tenth: ansible-inventory --list", "ansible_inventory_tenth_s"),
    ):
        if figures.get(key) is not None:
            print(f"  {name:42} {figures[key]:8.2f} s   {figures[key] / floor:6.2f} x floor")
    if "skipped" in figures:
        print(f"  {figures['skipped']}")
    print(f"  {'selector, answered in':42} {figures['select_s'] * 1000:8.2f} ms")
    print(
        f"  {'peak memory, cold / warm':42} {figures['peak_mb']:8.0f} MB / {figures['warm_peak_mb']:.0f} MB"
    )


if __name__ == "__main__":
    main()
