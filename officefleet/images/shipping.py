"""The restore as one file for the rescue environment: a zipapp of exactly the modules that it imports."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

_PACKAGE = Path(__file__).parents[1]
MODULES = (
    "__init__",
    "errors",
    "i18n",
    "images/__init__",
    "images/atomic",
    "images/canonical",
    "images/chunk",
    "images/chunking",
    "images/ed25519",
    "images/faults",
    "images/gpt",
    "images/http_source",
    "images/identify",
    "images/identity",
    "images/index",
    "images/index_fields",
    "images/job",
    "images/keys",
    "images/parallel",
    "images/partition",
    "images/plan",
    "images/progress",
    "images/rescue_main",
    "images/restore",
    "images/screen",
    "images/seal",
    "images/signed",
    "images/smart",
    "images/source",
    "images/target",
    "images/watchdog",
    "images/windows/__init__",
    "images/windows/acl",
    "images/windows/answerfile",
    "images/windows/firstboot",
    "images/windows/hive",
    "images/windows/hivecheck",
    "images/windows/identity",
    "images/windows/inject",
    "images/windows/registry",
    "images/windows/tree",
    "images/windows/volume",
)
DATA = ("images/windows/firstboot.ps1",)
_MAIN = b"import sys\nfrom officefleet.images.rescue_main import main\nsys.exit(main())\n"
_SHEBANG = b"#!/usr/bin/env python3\n"
_WHEN = (2020, 1, 1, 0, 0, 0)


def build_zipapp() -> bytes:
    """Return the program; the same sources always give the same bytes."""
    out = io.BytesIO()
    out.write(_SHEBANG)
    with zipfile.ZipFile(out, "a", zipfile.ZIP_DEFLATED) as archive:
        for name, content in _files():
            member = zipfile.ZipInfo(name, _WHEN)
            member.external_attr = 0o644 << 16
            archive.writestr(member, content, zipfile.ZIP_DEFLATED)
    return out.getvalue()


def _files() -> Iterator[tuple[str, bytes]]:
    yield "__main__.py", _MAIN
    for name in (*(f"{module}.py" for module in MODULES), *DATA):
        yield f"officefleet/{name}", (_PACKAGE / name).read_bytes()
