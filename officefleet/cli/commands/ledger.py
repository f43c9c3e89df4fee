"""``officefleet ledger``: what was done, when, by whom, with which result."""

from __future__ import annotations

import json
import sys
import time
from contextlib import closing
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from cyclopts import App, Parameter

from officefleet.i18n import _, ngettext

if TYPE_CHECKING:
    from collections.abc import Mapping

    from officefleet.ledger.query import Run

command = App(name="ledger", help="Show what was done, when, by whom, with which result.")

AsJson = Annotated[bool, Parameter(name="--json", negative="", help="Print JSON.")]
Number = Annotated[int, Parameter(name=["-n", "--number"], help="How many, the latest first.")]
_NOTABLE = ("changed", "failed", "unreachable", "ignored", "rescued")


@command.command(name="list")
def list_(*, number: Number = 20, as_json: AsJson = False) -> None:
    """List the latest runs.

    Args:
        number: How many.
        as_json: A JSON list.

    """
    from officefleet.ledger import default_path, open_ledger, query  # noqa: PLC0415  needed by this command only

    path = default_path()
    with closing(open_ledger(path, create=False)) as ledger:
        found = query.runs(ledger, path, limit=number)
    if as_json:
        _print_json([asdict(one) for one in found])
        return
    for one in found:
        sys.stdout.write(_line(one) + "\n")


@command.command
def show(
    run: str,
    *,
    host: str = "",
    everything: Annotated[bool, Parameter(name=["-a", "--all"], negative="")] = False,
    as_json: AsJson = False,
) -> None:
    """Show a run: its recap, and what changed or failed.

    Args:
        run: Its id, or the beginning of it.
        host: Only this host's results.
        everything: Results that changed nothing, too.
        as_json: The whole run as one JSON object.

    """
    from officefleet.ledger import default_path, open_ledger, query  # noqa: PLC0415  needed by this command only

    path = default_path()
    with closing(open_ledger(path, create=False)) as ledger:
        found = query.run(ledger, path, run)
        recap = query.recap(ledger, found.id)
        results = query.results(
            ledger, found.id, host=host, statuses=() if everything or as_json else _NOTABLE
        )
        notes = query.notes(ledger, found.id)
    if as_json:
        _print_json({**asdict(found), "recap": recap, "results": results, "notes": notes})
        return
    lines = [_line(found), *(f"  {note['text']}" for note in notes)]
    for one in results:
        lines += _result(one)
    lines.append("")
    lines += [
        "  " + one["host"] + "  " + "  ".join(f"{key}={value}" for key, value in one.items() if key != "host")
        for one in recap
    ]
    _print(lines)


@command.command
def search(*text: str, number: Number = 50, as_json: AsJson = False) -> None:
    """Find results that changed or failed by words in them: host, task, message, output.

    Args:
        text: Words that must all be there; accents and capitals do not matter.
        number: How many.
        as_json: A JSON list.

    """
    from officefleet.ledger import default_path, open_ledger, query  # noqa: PLC0415  needed by this command only

    with closing(open_ledger(default_path(), create=False)) as ledger:
        found = query.search(ledger, " ".join(text), limit=number)
    if as_json:
        _print_json(found)
        return
    lines: list[str] = []
    for one in found:
        when = time.strftime("%Y-%m-%d %H:%M", time.localtime(one["at"]))
        lines += [f"{one['run']}  {when}", *_result(one)]
    lines.append(ngettext("{count} result", "{count} results", len(found)).format(count=len(found)))
    _print(lines)


def _line(run: Run) -> str:
    when = time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(run.started))
    states = {
        "running": _("under way"),
        "ok": _("ok"),
        "failed": _("failed"),
        "unreachable": _("unreachable"),
        "interrupted": _("interrupted"),
        "killed": _("killed"),
    }
    names = ", ".join(Path(name).name for name in run.playbooks)
    parts = [run.id, when, f"{states.get(run.state, run.state):<12}", run.user, names]
    if run.limit:
        parts.append(f"-l {run.limit}")
    if run.check:
        parts.append("--check")
    if run.resumed_from:
        parts.append(_("goes on with {run}").format(run=run.resumed_from))
    if run.seconds is not None:
        parts.append(f"{run.seconds:.1f} s")
    return "  ".join(parts)


def _result(one: Mapping[str, Any]) -> list[str]:
    lines = [f"  {one['host']}: {one['status']}: {one['task']}  [{one['place']}]"]
    result = one["result"]
    if one["status"] != "changed":
        lines += [f"    {row}" for row in str(result.get("msg") or "").splitlines()]
        lines += [f"    | {row}" for row in str(result.get("stderr") or "").splitlines()[-6:]]
    return lines


def _print(lines: list[str]) -> None:
    from officefleet.outputs.console.lines import safe  # noqa: PLC0415  what hosts said is not to be trusted

    sys.stdout.writelines(f"{safe(line)}\n" for line in lines)


def _print_json(value: object) -> None:
    json.dump(value, sys.stdout, ensure_ascii=False, indent=2, default=str)
    sys.stdout.write("\n")
