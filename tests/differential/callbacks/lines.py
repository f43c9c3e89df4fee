"""An ansible-core callback that writes one JSON line per task and host, for the differential tests."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

from ansible.plugins.callback import CallbackBase

DOCUMENTATION = (
    "name: lines\ntype: notification\nshort_description: one JSON line per result\ndescription: for tests\n"
)


class CallbackModule(CallbackBase):  # type: ignore[misc]
    """Appends to the file that LINES_FILE names."""

    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "notification"
    CALLBACK_NAME = "lines"
    CALLBACK_NEEDS_ENABLED = True

    def _write(self, result: Any, status: str) -> None:
        told = json.loads(json.dumps(result._result, default=str))
        if status in ("failed", "ignored"):
            told["failed"] = True  # callbacks get results without it
        entry = {
            "host": result._host.get_name(),
            "task": result._task.get_name(),
            "module": result._task.action,
            "status": status,
            "result": told,
        }
        with Path(os.environ["LINES_FILE"]).open("a", encoding="utf-8") as stream:
            stream.write(json.dumps(entry) + "\n")

    def v2_runner_on_ok(self, result: Any) -> None:
        self._write(result, "changed" if result._result.get("changed") else "ok")

    def v2_runner_on_failed(self, result: Any, ignore_errors: bool = False) -> None:  # noqa: FBT001, FBT002  ansible's signature
        self._write(result, "ignored" if ignore_errors else "failed")

    def v2_runner_on_skipped(self, result: Any) -> None:
        self._write(result, "skipped")

    def v2_runner_on_unreachable(self, result: Any) -> None:
        self._write(result, "unreachable")
