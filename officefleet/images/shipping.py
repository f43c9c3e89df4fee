"""Parts of officefleet as one file: a zipapp of exactly the modules that a program imports, such as the restore."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

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
    "images/leftovers",
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
_MAIN = "import sys\nfrom {module} import main\nsys.exit(main())\n"
_SHEBANG = b"#!/usr/bin/env python3\n"
_WHEN = (2020, 1, 1, 0, 0, 0)


def build_zipapp() -> bytes:
    """Return the program; the same sources always give the same bytes."""
    return zipapp_of(MODULES, "officefleet.images.rescue_main", data=DATA)


def zipapp_of(modules: Iterable[str], main: str, *, data: Iterable[str] = ()) -> bytes:
    """Return a program of some of officefleet's modules as one file that Python runs.

    Args:
        modules: paths below the package, without ``.py``.
        main: dotted name of the module whose ``main()`` gives the exit status.
        data: paths of other files below the package, read with `importlib.resources`.

    """
    out = io.BytesIO()
    out.write(_SHEBANG)
    files = [("__main__.py", _MAIN.format(module=main).encode("ascii"))]
    names = (*(f"{one}.py" for one in modules), *data)
    files += [(f"officefleet/{name}", (_PACKAGE / name).read_bytes()) for name in names]
    with zipfile.ZipFile(out, "a", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files:
            member = zipfile.ZipInfo(name, _WHEN)
            member.external_attr = 0o644 << 16
            archive.writestr(member, content, zipfile.ZIP_DEFLATED)
    return out.getvalue()
