"""Runs a playbook of `cases/` under officefleet and tells what happened as lines: host | task | status | message."""

from __future__ import annotations

import argparse
import json
import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Any

from officefleet.engine.events import Event, HostFinished, Status, TaskFinished
from officefleet.engine.options import Options
from officefleet.engine.run import run_playbooks
from officefleet.inventory import load_inventory

if TYPE_CHECKING:
    from collections.abc import Mapping

CASES = Path(__file__).parent / "cases"
REFUSED = ["refused"]  # what both engines say of a playbook that they do not begin
HOSTS = ("h1", "h2", "h3")
_BESIDE = frozenset(
    {
        "roles",
        "tasks",
        "library",
        "files",
        "templates",
        "vars",
        "inventories",
        "elsewhere",
        "group_vars",
        "host_vars",
        "plays",
    }
)


def playbooks() -> list[Path]:
    """Return the cases: playbooks in `cases/` and its subject folders, not what stands beside them for their use."""
    return sorted(
        one for one in CASES.rglob("*.yml") if not _BESIDE.intersection(one.relative_to(CASES).parts[:-1])
    )


def case_name(playbook: Path) -> str:
    return playbook.relative_to(CASES).with_suffix("").as_posix()


def command_line(playbook: Path) -> list[str]:
    """Return the options that a case asks for in its first line: ``# options: --tags a``."""
    first, _newline, _rest = playbook.read_text(encoding="utf-8").partition("\n")
    found = shlex.split(first.removeprefix("# options:")) if first.startswith("# options:") else []
    return [
        str(CASES / word) if before == "--inventory" else word
        for before, word in zip(["", *found], found, strict=False)
    ]


def options_of(arguments: list[str]) -> dict[str, Any]:
    """Return `Options` fields for options of ansible-playbook."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--tags", default="")
    parser.add_argument("--skip-tags", default="")
    parser.add_argument("--start-at-task", default="")
    parser.add_argument("--limit", default="")
    parser.add_argument("--extra-vars", action="append", default=[])
    parser.add_argument("--inventory", action="append", default=[])
    for flag in ("--check", "--diff", "--force-handlers"):
        parser.add_argument(flag, action="store_true")
    found = vars(parser.parse_args(arguments))
    for name in ("tags", "skip_tags"):
        found[name] = frozenset(found[name].split(",")) if found[name] else frozenset()
    extra: dict[str, Any] = {}
    for one in found["extra_vars"]:
        extra.update(json.loads(one))
    found["inventory"] = [CASES / one for one in found["inventory"]]
    return {**found, "extra_vars": extra}


def environment_of(playbook: Path) -> dict[str, str]:
    """Return what a line ``# environment: NAME=value`` sets; CASES stands for the folder of all cases."""
    found = {}
    for text in playbook.read_text(encoding="utf-8").splitlines()[:2]:
        if text.startswith("# environment:"):
            for word in shlex.split(text.removeprefix("# environment:")):
                name, _equal, value = word.partition("=")
                found[name] = value.replace("CASES", str(CASES))
    return found


class Recorder:
    """Keeps every event; `lines` are those of the tasks that ended, host by host."""

    def __init__(self) -> None:
        self.events: list[Event] = []

    def handle(self, event: Event) -> None:
        self.events.append(event)

    def finished(self, task: str = "") -> list[TaskFinished]:
        return [
            one
            for one in self.events
            if isinstance(one, TaskFinished)
            and task in ("", one.task)
            and not one.module.startswith("include_")
        ]

    def trips(self) -> int:
        return max(one.round_trips for one in self.events if isinstance(one, HostFinished))

    def lines(self, folder: Path) -> list[str]:
        return sorted_by_host([line(one).replace(str(folder), "OUT") for one in self.finished()])


def line(event: TaskFinished) -> str:
    status = "failed" if event.status is Status.RESCUED else event.status.value
    told = json.loads(json.dumps(event.result, default=str))  # as the other engine's results are written down
    return " | ".join([event.host, event.task, status, message(event.module, told)])


def message(module: str, result: Mapping[str, Any]) -> str:
    """Return what of a result both engines must agree on."""
    if (
        result.get("skipped") or "skip_reason" in result or "skipped_reason" in result
    ) and "results" not in result:
        return ""
    name = module.rpartition(".")[2]
    if name == "debug" and result.get("failed") and "failed_when_result" not in result:
        return ""  # each engine words what is undefined its own way
    if name in ("debug", "assert", "fail") and "results" not in result:
        text = result.get(
            "msg", next((str(v) for k, v in result.items() if k not in ("changed", "failed")), "")
        )
        return " ".join(str(text).split())
    if "results" in result:
        return ",".join(
            "skipped"
            if one.get("skipped")
            else "failed"
            if one.get("failed")
            else str(one.get("stdout", one.get("msg", one.get("changed"))))
            for one in result["results"]
        )
    return str(result.get("stdout", "")).strip().replace("\n", "\\n")


def sorted_by_host(lines: list[str]) -> list[str]:
    return sorted(lines, key=lambda one: one.split(" | ", 1)[0])


def write_inventory(folder: Path) -> Path:
    text = "[all:vars]\nansible_connection=local\nansible_python_interpreter=/usr/bin/python3\n"
    groups = "[first]\nh1\n[others]\nh2\nh3\n"
    file = folder / "hosts.ini"
    file.write_text("\n".join(HOSTS) + "\n" + groups + text, encoding="utf-8")
    return file


def play(playbook: Path, folder: Path, **options: Any) -> tuple[Recorder, Any]:
    recorder = Recorder()
    extra = {"out": str(folder), **options.pop("extra_vars", {})}
    inventory = load_inventory([write_inventory(folder), *options.pop("inventory", ())])
    result = run_playbooks([playbook], inventory, Options(extra_vars=extra, forks=4, **options), [recorder])
    return recorder, result


def play_text(text: str, folder: Path, **options: Any) -> tuple[Recorder, Any]:
    file = folder / "play.yml"
    file.write_text(text, encoding="utf-8")
    return play(file, folder, **options)
