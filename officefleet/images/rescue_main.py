"""The program of the rescue environment: restores one disk and says how it goes, a JSON object a line.

Shipped as a zipapp by `shipping`; needs Python 3.11, zstandard and cryptography or PyNaCl, and nothing else.
Exit codes are those of `officefleet.errors.ExitCode`; 0 means that the disk is proven right.
"""

from __future__ import annotations

import argparse
import json
import sys
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from officefleet.errors import ExitCode, OfficefleetError
from officefleet.images import job
from officefleet.images.keys import Trust

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    from officefleet.images.progress import Progress


def main(arguments: Sequence[str] | None = None) -> int:
    """Restore as the arguments say; return the exit code."""
    options = _parser().parse_args(arguments)
    wish = job.Wish(**{name: value for name, value in vars(options).items() if name != "trust"})
    try:
        trust = Trust.load(options.trust)
        report, trust = job.run(wish, trust, progress=_say_progress)
        trust.save(options.trust)
    except OfficefleetError as error:
        _say("error", code=error.code, message=error.message, hint=error.hint)
        return int(error.exit_code)
    except KeyboardInterrupt:
        return int(ExitCode.INTERRUPTED)
    except Exception as error:  # noqa: BLE001  the controller must learn of it; never exit 0
        _say("error", code="bug", message=f"{type(error).__name__}: {error}", hint="")
        return int(ExitCode.BUG)
    _say("restored", **asdict(report))
    return int(ExitCode.OK)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="officefleet-restore", description="Restore a golden image.")
    parser.add_argument("--store", required=True, help="http://host:port/path or a folder")
    parser.add_argument("--image", required=True)
    parser.add_argument("--version", type=int)
    parser.add_argument("--trust", type=Path, required=True, help="file of trusted keys; updated")
    parser.add_argument("--target", type=Path, required=True, help="the disk")
    parser.add_argument("--sector", type=int, help="for a file that plays a disk")
    parser.add_argument("--patience", type=float, default=60.0, help="seconds to wait for the store")
    for name in ("create", "allow-older", "allow-expired", "initialise-preserved"):
        parser.add_argument(f"--{name}", action="store_true")
    return parser


def _say_progress(progress: Progress) -> None:
    _say("progress", **asdict(progress))


def _say(event: str, **fields: Any) -> None:
    sys.stdout.write(json.dumps({"event": event, **fields}) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
