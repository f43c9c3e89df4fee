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
from officefleet.i18n import _
from officefleet.images import job
from officefleet.images.faults import TargetError
from officefleet.images.identify import AnyIdentity, identify, read_identity
from officefleet.images.keys import Trust
from officefleet.images.screen import Screen

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    from officefleet.images.index import Index
    from officefleet.images.progress import Progress


def main(arguments: Sequence[str] | None = None) -> int:
    """Restore as the arguments say; return the exit code."""
    options = vars(_parser().parse_args(arguments))
    trust_file, identity_from = options.pop("trust"), options.pop("identity")
    root, screen = options.pop("root_partition"), Screen(options.pop("screen"))

    def say_progress(progress: Progress) -> None:
        _say("progress", **asdict(progress))
        screen.show(progress)

    try:
        identity = _read_identity(identity_from)
        trust = Trust.load(trust_file)
        wish = job.Wish(**options)

        def before_boot(index: Index) -> None:
            if identity is not None:
                identify(wish.target, index, identity, number=root)

        report, trust = job.run(
            wish, trust, progress=say_progress, before_boot=None if identity is None else before_boot
        )
        trust.save(trust_file)
    except OfficefleetError as error:
        screen.end(restored=False, reason=error.message)
        _say("error", code=error.code, message=error.message, hint=error.hint)
        return int(error.exit_code)
    except KeyboardInterrupt:
        return int(ExitCode.INTERRUPTED)
    except Exception as error:  # noqa: BLE001  the controller must learn of it; never exit 0
        screen.end(restored=False, reason=type(error).__name__)
        _say("error", code="bug", message=f"{type(error).__name__}: {error}", hint="")
        return int(ExitCode.BUG)
    screen.end(restored=True)
    _say("restored", **asdict(report))
    return int(ExitCode.OK)


def _read_identity(origin: str | None) -> AnyIdentity | None:
    """Return the identity in a file, or on standard input, where a private key leaves no trace."""
    if origin is None:
        return None
    try:
        text = sys.stdin.read() if origin == "-" else Path(origin).read_text(encoding="utf-8")
    except (OSError, ValueError) as error:
        raise TargetError(_("The identity cannot be read.")) from error
    return read_identity(text)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="officefleet-restore", description="Restore a golden image.")
    parser.add_argument("--store", required=True, help="http://host:port/path or a folder")
    parser.add_argument("--image", required=True)
    parser.add_argument("--version", type=int)
    parser.add_argument("--trust", type=Path, required=True, help="file of trusted keys; updated")
    parser.add_argument("--target", type=Path, required=True, help="the disk")
    parser.add_argument("--sector", type=int, help="for a file that plays a disk")
    parser.add_argument("--patience", type=float, default=60.0, help="seconds to wait for the store")
    parser.add_argument("--identity", help="JSON file, or - for standard input; written after the restore")
    parser.add_argument(
        "--root-partition", type=int, help="number; where the identity goes, if not the system's own"
    )
    parser.add_argument("--screen", type=Path, help="terminal that shows the progress too, in French")
    for name in ("create", "allow-older", "allow-expired", "initialise-preserved"):
        parser.add_argument(f"--{name}", action="store_true")
    return parser


def _say(event: str, **fields: Any) -> None:
    sys.stdout.write(json.dumps({"event": event, **fields}) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
