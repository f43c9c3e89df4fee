"""``officine-backup``: what the timers and the head office call. The answer is one JSON object on standard output.

Exit codes: 0 done, 2 a problem (named in the answer), 130 interrupted.
"""

from __future__ import annotations

import argparse
import json
import signal
import sys
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from officine_backup import browse, canary, client, disks, drill, looks, nas, secrets_of_nas, state
from officine_backup.config import FOLDER, Config, load
from officine_backup.problem import BackupProblem

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from officine_backup.restic import Repository


def _arguments() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="officine-backup", description=__doc__.splitlines()[0])
    parser.add_argument("--config", type=Path, default=FOLDER / "config.json")
    verbs = parser.add_subparsers(dest="verb", required=True)
    verbs.add_parser("run", help="client: back up now")
    verbs.add_parser("plant", help="client: canary files")
    verbs.add_parser("status", help="client: how earlier runs went")
    verbs.add_parser("report", help="NAS: what it holds")
    verbs.add_parser("prune", help="NAS: throw away what is past its time")
    verbs.add_parser("check", help="NAS: read everything")
    verbs.add_parser("health", help="NAS: can it be written?")
    verbs.add_parser("copy", help="NAS: to the disk that is plugged in").add_argument("--disk", default="")
    verbs.add_parser("prepare", help="NAS: make keys and certificate").add_argument(
        "--address", required=True
    )
    verbs.add_parser("credentials", help="NAS: what a client needs").add_argument("--host", required=True)
    for verb in ("drill", "restore", "snapshots", "content", "diff", "look"):
        one = verbs.add_parser(verb)
        one.add_argument("--host", default="", help="NAS: of this client")
        one.add_argument("--disk", default="", help="from the disk of this name, plugged in here")
        one.add_argument("--repository", default="", help="from a folder that holds the repository")
        if verb != "snapshots":
            one.add_argument("--snapshot", default="latest")
        if verb == "restore":
            one.add_argument("--target", type=Path, required=True)
            one.add_argument("--include", action="append", default=[])
        if verb == "diff":
            one.add_argument("--before", required=True)
    return parser


@contextmanager
def _source(config: Config, given: argparse.Namespace) -> Iterator[tuple[Repository, str]]:
    """Yield the repository that the command line names and the host whose snapshots are meant."""
    host = given.host or config.host
    # On a NAS restic runs as the account of the service, except where it must write elsewhere: then it takes no lock.
    outside = config.role == "nas" and given.verb in ("restore", "drill")
    if given.repository:
        yield _plain(client.repository(config, given.repository), outside=True), host
    elif given.disk:
        with disks.opened(config, given.disk) as (_disk, folder):
            yield _plain(nas.repository(config, host, folder), outside=outside), host
    elif config.role == "nas":
        yield _plain(nas.repository(config, host), outside=outside), host
    else:
        yield client.repository(config), host


def _plain(where: Repository, *, outside: bool) -> Repository:
    return replace(where, user="", lock=False, cache=where.cache.with_name("cache-own")) if outside else where


def _do(config: Config, given: argparse.Namespace) -> dict[str, Any]:
    alone: dict[str, Callable[[], dict[str, Any]]] = {
        "run": lambda: client.run(config),
        "plant": lambda: canary.plant(config),
        "status": lambda: {"now": state.now(), **state.read(config.state / "status.json")},
        "report": lambda: {**nas.report(config), "plugged_in": disks.present(config)},
        "prune": lambda: nas.prune(config),
        "check": lambda: _check(config),
        "health": lambda: nas.health(config.repositories),
        "copy": lambda: disks.copy(config, given.disk),
        "prepare": lambda: secrets_of_nas.prepare(config, given.address),
        "credentials": lambda: dict(secrets_of_nas.credentials(config, given.host)),
    }
    if given.verb in alone:
        return alone[given.verb]()
    with _source(config, given) as (where, host):
        of_one: dict[str, Callable[[], dict[str, Any]]] = {
            "drill": lambda: drill.drill(config, where, host, given.disk or "nas", given.snapshot),
            "restore": lambda: client.restore(where, host, given.snapshot, given.target, given.include),
            "snapshots": lambda: {"snapshots": client.listing(where, host)},
            "look": lambda: looks.look(config, where, given.snapshot, host),
            "content": lambda: {"files": browse.content(where, given.snapshot)},
            "diff": lambda: browse.diff(where, given.before, given.snapshot),
        }
        return of_one[given.verb]()


def _check(config: Config) -> dict[str, Any]:
    with state.alone(config.state):
        there = [host for host in config.clients if (config.repositories / host / "config").exists()]
        found = {host: nas.check(config, host) for host in there}
        for host, one in found.items():
            state.note(config.state / "checks.json", host, one)
    bad = [host for host, one in found.items() if not one["good"]]
    if bad:
        raise BackupProblem(str(found[bad[0]]["code"]), host=bad[0], **found[bad[0]]["facts"])
    return {"checks": found}


def main() -> int:
    """Do what the command line says."""
    given = _arguments().parse_args()
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        answer = _do(load(given.config), given)
        code = 0
    except BackupProblem as problem:
        answer, code = {"problem": problem.to_json()}, 2
    except KeyboardInterrupt:
        answer, code = {"problem": {"code": "interrupted", "facts": {}}}, 130
    json.dump(answer, sys.stdout, ensure_ascii=False)
    sys.stdout.write("\n")
    return code


sys.exit(main())
