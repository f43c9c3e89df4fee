"""async_status of the simulated machine: its jobs are in `machine.extra["jobs"]`."""

from __future__ import annotations

from typing import Any

from windows_host import ModuleFailed, WindowsMachine


def run(arguments: dict[str, Any], machine: WindowsMachine) -> dict[str, Any]:
    jobs = machine.extra.get("jobs", {})
    job = arguments["jid"]
    if job not in jobs:
        raise ModuleFailed("could not find job", ansible_job_id=job, started=1, finished=1)
    if arguments["mode"] == "cleanup":
        del jobs[job]
        return {"changed": False, "ansible_job_id": job}
    return {"changed": False, **jobs[job]}
