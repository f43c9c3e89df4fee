"""async_status on a POSIX host."""

from __future__ import annotations

import json
import os

from officefleet.agents import jobs
from officefleet.agents.kit import Failed

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from officefleet.agents.kit import Context


def run(args: dict[str, Any], context: Context) -> dict[str, Any]:
    file = jobs.path_of(args["jid"])
    if not os.path.exists(file):
        raise Failed("could not find job", ansible_job_id=args["jid"], started=1, finished=1)
    if args["mode"] == "cleanup":
        os.unlink(file)
        return {"changed": False, "ansible_job_id": args["jid"], "erased": file}
    with open(file) as stream:
        found: dict[str, Any] = json.load(stream)
    if not found.get("finished"):
        return {
            "changed": False,
            "ansible_job_id": args["jid"],
            "started": 1,
            "finished": 0,
            "results_file": file,
        }
    return dict(found, results_file=file)
