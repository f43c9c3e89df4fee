"""A play of 500 tasks with blocks, loops and includes on 20 hosts: the controller's CPU time per host and task.

Usage: python bench/language.py [--hosts 20] [--tasks 500] [--repeat 3] [--json] [--profile FILE]

The hosts are agents on this machine, over pipes; their processes do not count, only this one's does
(`time.process_time`). What is counted as a task is what ran or was skipped on a host, as the recap has it; a loop is one.
"""

from __future__ import annotations

import argparse
import cProfile
import json
import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from officefleet.engine.events import RunFinished, TaskFinished
from officefleet.engine.options import Options
from officefleet.engine.run import prepare, run_prepared
from officefleet.inventory import load_inventory

if TYPE_CHECKING:
    from officefleet.engine.events import Event

LIMIT = 2.0  # milliseconds per host and task

# 23 tasks on a host, those of the included file counted; {n} is the portion's number
PORTION = """
- name: "portion {n}: facts"
  ansible.builtin.set_fact: {{size_{n}: "{{{{ base_size + {n} }}}}", label_{n}: "{{{{ prefix }}}}-{n}"}}
- name: "portion {n}: a block"
  when: enabled
  vars: {{inner: "{{{{ prefix }}}}/{n}"}}
  block:
    - {{name: folder, ansible.builtin.file: {{path: "{{{{ root }}}}/{{{{ inner }}}}", state: directory, mode: "0755"}}}}
    - name: files of the block
      ansible.builtin.copy: {{content: "{{{{ item }}}} of {{{{ inner }}}}\\n", dest: "{{{{ root }}}}/{{{{ inner }}}}/{{{{ item }}}}", mode: "0644"}}
      loop: "{{{{ names }}}}"
    - {{name: look, ansible.builtin.stat: {{path: "{{{{ root }}}}/{{{{ inner }}}}/a"}}, register: seen_{n}}}
    - {{name: sure, ansible.builtin.assert: {{that: [seen_{n}.stat.exists, "size_{n} | int >= {n}"], quiet: true}}}}
    - block:
        - {{name: may fail, ansible.builtin.command: "test -d {{{{ root }}}}/{{{{ inner }}}}", changed_when: false}}
        - {{name: skipped, ansible.builtin.debug: {{msg: never}}, when: not enabled}}
      rescue:
        - {{name: rescue, ansible.builtin.debug: {{msg: rescued}}}}
      always:
        - {{name: always, ansible.builtin.debug: {{msg: "{{{{ label_{n} }}}}"}}}}
- {{name: a line, ansible.builtin.lineinfile: {{path: "{{{{ root }}}}/lines", line: "{{{{ label_{n} }}}} = {{{{ size_{n} }}}}", create: true, mode: "0644"}}, notify: reload}}
- {{name: a template, ansible.builtin.template: {{src: conf.j2, dest: "{{{{ root }}}}/{{{{ prefix }}}}-{n}.conf", mode: "0644"}}}}
- {{name: a loop of facts, ansible.builtin.set_fact: {{"pick_{n}": "{{{{ item }}}}"}}, loop: "{{{{ names | reverse | list }}}}"}}
- {{name: inner tasks, ansible.builtin.include_tasks: inner.yml, vars: {{round: "{{{{ item }}}}", portion: {n}}}, loop: [1, 2]}}
- {{name: skipped include, ansible.builtin.include_tasks: inner.yml, when: not enabled}}
- {{name: a message, ansible.builtin.debug: {{msg: "{{{{ names | map('upper') | join(',') }}}} {{{{ pick_{n} }}}}"}}}}
- {{name: a command, ansible.builtin.command: "true", changed_when: false, register: done_{n}}}
- {{name: judged, ansible.builtin.debug: {{msg: "{{{{ done_{n}.rc }}}}"}}, when: done_{n} is succeeded}}
"""
INNER = """
- {name: inner fact, ansible.builtin.set_fact: {last_round: "{{ round }}"}}
- {name: inner message, ansible.builtin.debug: {msg: "{{ portion }}.{{ last_round }}"}, when: round | int > 0}
- {name: inner file, ansible.builtin.file: {path: "{{ root }}/inner-{{ portion }}-{{ round }}", state: touch, mode: "0600", access_time: preserve, modification_time: preserve}}
- {name: inner line, ansible.builtin.lineinfile: {path: "{{ root }}/rounds", line: "{{ portion }} {{ round }}", create: true, mode: "0600"}}
"""
TEMPLATE = """# {{ ansible_managed | default('made by hand') }}
{% for name in names %}
{{ name }} = {{ prefix }}/{{ loop.index }}
{% endfor %}
"""
PLAY = """
- hosts: all
  gather_facts: false
  vars: {{root: "{folder}/{{{{ inventory_hostname }}}}", base_size: 10, prefix: conf, enabled: true, names: [a, b, c]}}
  handlers:
    - {{name: reload, ansible.builtin.debug: {{msg: reloaded}}}}
  tasks:
    - {{name: root, ansible.builtin.file: {{path: "{{{{ root }}}}", state: directory, mode: "0755"}}}}
{includes}
"""


def write(folder: Path, tasks: int) -> Path:
    """Write the play and what it includes; return its file."""
    portions = max(1, -(-tasks // 23))
    lines = []
    for number in range(portions):
        (folder / f"portion{number}.yml").write_text(PORTION.format(n=number), encoding="utf-8")
        word = "import_tasks" if number % 2 else "include_tasks"
        lines.append(f"    - {{name: part {number}, ansible.builtin.{word}: portion{number}.yml}}")
    (folder / "inner.yml").write_text(INNER, encoding="utf-8")
    (folder / "templates").mkdir(exist_ok=True)
    (folder / "templates" / "conf.j2").write_text(TEMPLATE, encoding="utf-8")
    play = folder / "play.yml"
    play.write_text(PLAY.format(folder=folder, includes="\n".join(lines)), encoding="utf-8")
    return play


class Counter:
    """Counts what ran on hosts."""

    def __init__(self) -> None:
        self.tasks = 0
        self.failed = 0

    def handle(self, event: Event) -> None:
        """Take one event."""
        if isinstance(event, TaskFinished):
            self.tasks += 1
        elif isinstance(event, RunFinished):
            self.failed = sum(counts.failed + counts.unreachable for counts in event.recap.values())


def once(hosts: int, tasks: int, profile: cProfile.Profile | None) -> dict[str, float]:
    """Run the play once on empty hosts and return what it cost."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        play = write(folder, tasks)
        inventory = folder / "hosts.ini"
        names = "\n".join(f"poste{number}" for number in range(hosts))
        inventory.write_text(f"{names}\n[all:vars]\nansible_connection=local\n", encoding="utf-8")
        known = load_inventory([inventory])
        counter = Counter()
        begun, cpu = time.monotonic(), time.process_time()
        if profile is not None:
            profile.enable()
        run_prepared(prepare([play], {}), known, Options(forks=hosts), [counter])
        if profile is not None:
            profile.disable()
        cpu = time.process_time() - cpu
        if counter.failed:
            raise SystemExit("the play failed on a host: the figures mean nothing")
        return {"seconds": time.monotonic() - begun, "cpu": cpu, "tasks": counter.tasks,
                "milliseconds": 1000 * cpu / counter.tasks}  # fmt: skip


def main() -> int:
    """Run, print, and end with 1 when the limit is not kept."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--hosts", type=int, default=20)
    parser.add_argument("--tasks", type=int, default=500)
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--profile", default="", help="write a profile of the main thread there")
    given = parser.parse_args()
    profile = cProfile.Profile() if given.profile else None
    rounds = [once(given.hosts, given.tasks, profile) for _round in range(given.repeat)]
    if profile is not None:
        profile.dump_stats(given.profile)
    figure = statistics.median(one["milliseconds"] for one in rounds)
    report: dict[str, Any] = {
        "hosts": given.hosts, "tasks_per_host": rounds[0]["tasks"] / given.hosts, "milliseconds_per_host_and_task": round(figure, 3),
        "limit": LIMIT, "rounds": rounds,
    }  # fmt: skip
    if given.json:
        sys.stdout.write(json.dumps(report, indent=2) + "\n")
    else:
        sys.stdout.write(
            f"{given.hosts} hosts, {report['tasks_per_host']:.0f} tasks each: {figure:.2f} ms of controller CPU per host "
            f"and task (limit {LIMIT:.0f})\n"
        )
    return 0 if figure <= LIMIT else 1


if __name__ == "__main__":
    raise SystemExit(main())
