"""Writes secrets: whole or not at all, and plain ones for their owner alone."""

from __future__ import annotations

import contextlib
import os
import shlex
import signal
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

from officefleet.errors import Mark, SecretError
from officefleet.i18n import _

if TYPE_CHECKING:
    from collections.abc import Iterator

_PRIVATE = 0o600


def read(path: Path) -> bytes:
    """Return a file's content.

    Raises:
        SecretError: it cannot be read.

    """
    try:
        return path.read_bytes()
    except OSError as error:
        raise SecretError(
            _("cannot read {path}: {reason}").format(path=path, reason=error.strerror or error)
        ) from None


def write(path: Path, data: bytes) -> None:
    """Replace a file at once; its mode and owner stay, a new one is for its owner alone.

    Raises:
        SecretError: it cannot be written; what was there stays.

    """
    target = path.resolve()
    temporary = None
    try:
        before = target.stat() if target.exists() else None
        descriptor, temporary = tempfile.mkstemp(dir=target.parent, prefix=".vault-")  # mode 0600
        with os.fdopen(descriptor, "wb") as stream:
            stream.write(data)
            stream.flush()
            os.fsync(stream.fileno())
        if before is not None:
            if os.name == "posix" and (before.st_uid, before.st_gid) != (os.geteuid(), os.getegid()):
                os.chown(temporary, before.st_uid, before.st_gid)
            Path(temporary).chmod(before.st_mode & 0o7777)
        Path(temporary).replace(target)
        temporary = None
    except OSError as error:
        raise SecretError(
            _("cannot write {path}: {reason}").format(path=path, reason=error.strerror or error),
            mark=Mark(str(path)),
        ) from None
    finally:
        if temporary is not None:
            with contextlib.suppress(OSError):
                Path(temporary).unlink()


def edited(plain: bytes, suffix: str) -> bytes:
    """Return what the person's editor makes of a text.

    The text lies in a private file, in memory where the system has such a place, and is gone afterwards whatever
    ends this: the editor, an exception, an interruption.

    Raises:
        SecretError: the editor cannot be run or fails.

    """
    command = shlex.split(os.environ.get("VISUAL") or os.environ.get("EDITOR") or "vi")
    with (
        _ended_by_exception(),
        tempfile.TemporaryDirectory(prefix="officefleet-", dir=_in_memory()) as folder,
    ):
        file = Path(folder) / f"secret{suffix}"
        descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _PRIVATE)
        try:
            with os.fdopen(descriptor, "wb") as stream:
                stream.write(plain)
            code = subprocess.run([*command, str(file)], check=False).returncode
            if code:
                raise SecretError(_("the editor ended with {code}; nothing was changed").format(code=code))
            return file.read_bytes()
        except OSError as error:
            raise SecretError(
                _("cannot run the editor {name}: {reason}").format(
                    name=command[0], reason=error.strerror or error
                ),
                hint=_("name one with EDITOR"),
            ) from None
        finally:
            for left in Path(folder).iterdir():  # an editor's own copies, too
                _overwrite(left)


def remove(path: Path) -> None:
    """Overwrite and remove a plain file whose encrypted form has been written."""
    _overwrite(path)
    path.unlink()


def _overwrite(file: Path) -> None:
    with contextlib.suppress(OSError):
        size = file.stat().st_size
        with file.open("r+b") as stream:
            stream.write(b"\0" * size)
            stream.flush()
            os.fsync(stream.fileno())


def _in_memory() -> str | None:
    """Return a folder that is never written to a disk, None where there is none."""
    for name in (os.environ.get("XDG_RUNTIME_DIR", ""), "/dev/shm"):  # noqa: S108  a private folder is made inside
        if name and os.access(name, os.W_OK) and sys.platform == "linux":
            return name
    return None


@contextlib.contextmanager
def _ended_by_exception() -> Iterator[None]:
    """Let signals that would end the process at once end it by an exception, so that files are removed."""

    def end(number: int, _frame: Any) -> NoReturn:
        raise SystemExit(128 + number)

    names = [name for name in ("SIGTERM", "SIGHUP") if hasattr(signal, name)]
    before = {name: signal.signal(getattr(signal, name), end) for name in names}
    try:
        yield
    finally:
        for name, handler in before.items():
            signal.signal(getattr(signal, name), handler)
