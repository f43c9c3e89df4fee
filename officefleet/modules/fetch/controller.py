"""What fetch does on the controller: says what is here already, and writes what arrives."""

from __future__ import annotations

import base64
import hashlib
import os
import tempfile
import zlib
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any

from officefleet.errors import ArgumentError
from officefleet.i18n import _
from officefleet.modules.contract import Prepared

if TYPE_CHECKING:
    from officefleet.modules.contract import Controller
    from officefleet.modules.fetch.spec import FetchArgs


def prepare(args: FetchArgs, controller: Controller) -> Prepared:
    """Return the step for the host, which learns the checksum of the file that is here.

    Raises:
        ArgumentError: dest with flat is a folder without a slash at its end.

    """
    path = _target(args, args.src, controller)
    have = _sha1(path.read_bytes()) if path.is_file() else ""
    return Prepared("fetch", args.model_dump() | {"_have": have})


def finish(args: FetchArgs, result: dict[str, Any], controller: Controller) -> dict[str, Any]:
    """Write the content and return Ansible's result; a failed step's result stays as it is."""
    known = dict(result)
    content = known.pop("_content", None)
    source = known.pop("_path", None)
    if source is None:
        return known
    path = _target(args, args.src, controller)
    checksum = known["remote_checksum"]
    if not known["changed"]:
        return {
            "changed": False,
            "file": source,
            "dest": str(path),
            "checksum": checksum,
            "md5sum": _md5(path),
        }
    known.update(dest=str(path), remote_md5sum=None)
    if content is None:
        return known | {"checksum": checksum}
    data = zlib.decompress(base64.b64decode(content))
    known["checksum"] = _sha1(data)
    if args.validate_checksum and known["checksum"] != checksum:
        return known | {"failed": True, "changed": False, "msg": _("checksum mismatch"), "file": source}
    _write(path, data)
    return known | {"md5sum": _md5(path)}


def _target(args: FetchArgs, source: str, controller: Controller) -> Path:
    """Return where the file goes; never outside dest, whatever the parts of `source` are.

    A relative dest counts from the playbook's folder.
    """
    dest = Path(controller.variables.get("playbook_dir", "")) / Path(args.dest).expanduser()
    parts = [part for part in PurePosixPath(source.replace("\\", "/")).parts if part not in {"/", "..", "."}]
    if not args.flat:
        return dest.joinpath(controller.host, *(part.replace(":", "") for part in parts))
    if args.dest.endswith(("/", os.sep)):
        return dest / parts[-1]
    if dest.is_dir():
        raise ArgumentError(
            _(
                "dest is an existing directory, use a trailing slash if you want to fetch src into that directory"
            ),
            hint=_("end dest with a slash, or name a file"),
        )
    return dest


def _write(path: Path, data: bytes) -> None:
    """Replace the file at once; a new one is for its owner alone, since hosts' files may hold secrets."""
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor, temporary = tempfile.mkstemp(prefix=".of-", dir=path.parent)
    try:
        with os.fdopen(descriptor, "wb") as stream:
            stream.write(data)
        Path(temporary).replace(path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


def _sha1(data: bytes) -> str:
    return hashlib.sha1(data, usedforsecurity=False).hexdigest()


def _md5(path: Path) -> str:
    return hashlib.md5(path.read_bytes(), usedforsecurity=False).hexdigest()
