"""The lookup that makes a password once and keeps it in a file of the controller."""

from __future__ import annotations

import contextlib
import os
import random
import re
import secrets
import string
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from officefleet.errors import TemplateError
from officefleet.i18n import _
from officefleet.source.plugins.filters.hashes import SALT_LETTERS, password_hash, salt_length
from officefleet.source.plugins.kinds import is_list
from officefleet.source.plugins.lookups.options import with_options

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from officefleet.source.plugins.lookups.call import Lookup, Surroundings

_NOWHERE: Final = "/dev/null"
_CHARS: Final = ("ascii_letters", "digits", ".,:-_")
_LENGTH: Final = 20
_PATIENCE: Final = 10.0  # seconds
_STORED: Final = re.compile(r"(?P<password>.*?)(?: salt=(?P<salt>\S+))?(?: ident=(?P<ident>\S+))?", re.DOTALL)


def password(
    terms: list[Any],
    around: Surroundings,
    *,
    length: Any = _LENGTH,
    chars: Any = _CHARS,
    encrypt: str | None = None,
    ident: str | None = None,
    seed: Any = None,
) -> list[Any]:
    """Return the password that a file holds; made, and written for its owner only, if the file is not there."""
    given = {"length": length, "chars": chars, "encrypt": encrypt, "ident": ident, "seed": seed}
    found: list[Any] = []
    for term in terms:
        name, options = with_options("password", term, given)
        if not name:
            raise TemplateError(_("lookup password needs the path of a file"))
        found.append(_password(name, options, around))
    return found


def _password(name: str, options: dict[str, Any], around: Surroundings) -> str:
    if name == _NOWHERE:
        plain, salt, ident = _made(options), None, options["ident"]
    else:
        path = Path(around.variables.get("playbook_dir") or Path.cwd(), Path(name).expanduser())
        try:
            plain, salt, ident = _kept(path, options, around)
        except OSError as error:
            raise TemplateError(
                _("lookup password: {path}: {reason}").format(path=path, reason=error.strerror or error)
            ) from None
    if not options["encrypt"]:
        return plain
    return password_hash(plain, options["encrypt"], salt=salt, ident=ident)


def _kept(path: Path, options: dict[str, Any], around: Surroundings) -> tuple[str, str | None, str | None]:
    """Return (password, salt, ident) of a file; the first of several hosts' threads makes it."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with contextlib.suppress(FileExistsError):
        _create(path, _line(_made(options), options))
    plain, salt, ident = _stored(path, around)
    if (
        options["encrypt"] and salt is None
    ):  # written without a salt before: the hash must not change any more
        return _salted(path, options, around)
    return plain, salt, ident or options["ident"]


def _salted(path: Path, options: dict[str, Any], around: Surroundings) -> tuple[str, str | None, str | None]:
    """Add a salt to a file that has none, unless another thread or process just did."""
    with _locked(path):
        plain, salt, ident = _stored(path, around)
        if salt is None:
            _replace(path, _line(plain, options))
            plain, salt, ident = _stored(path, around)
    return plain, salt, ident or options["ident"]


def _stored(path: Path, around: Surroundings) -> tuple[str, str | None, str | None]:
    text = around.read(path).decode("utf-8").rstrip("\n")
    found = _STORED.fullmatch(text)
    return (found["password"], found["salt"], found["ident"]) if found else (text, None, None)


@contextlib.contextmanager
def _locked(path: Path) -> Iterator[None]:
    """Hold a file beside `path`; whoever made it goes first.

    Raises:
        TemplateError: it is still there after ten seconds.

    """
    lock = path.with_name(f".{path.name}.lock")
    until = time.monotonic() + _PATIENCE
    while True:
        try:
            _write(lock, str(os.getpid()))
            break
        except FileExistsError:
            if time.monotonic() > until:
                raise TemplateError(
                    _("lookup password: {path} is locked").format(path=path),
                    hint=_("remove {lock} if no other run is under way").format(lock=lock),
                ) from None
            time.sleep(0.02)
    try:
        yield
    finally:
        lock.unlink(missing_ok=True)


def _line(plain: str, options: dict[str, Any]) -> str:
    if not options["encrypt"]:
        return plain
    length = salt_length(options["encrypt"])
    salt = "".join(secrets.choice(SALT_LETTERS) for _position in range(length))
    if length == 22:  # noqa: PLR2004  bcrypt's: its last letter carries two bits only
        salt = salt[:-1] + secrets.choice(".Oeu")
    return f"{plain} salt={salt}" + (f" ident={options['ident']}" if options["ident"] else "")


def _create(path: Path, line: str) -> None:
    """Write a new file whole or not at all.

    Raises:
        FileExistsError: another thread or process was first.

    """
    draft = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    _write(draft, line)
    try:
        os.link(draft, path)  # fails if the file is there; a rename would replace it
    except FileExistsError:
        raise
    except OSError:  # a file system without hard links
        _write(path, line)
    finally:
        draft.unlink()


def _replace(path: Path, line: str) -> None:
    draft = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    _write(draft, line)
    draft.replace(path)


def _write(path: Path, line: str) -> None:
    with open(path, "x", encoding="utf-8", opener=lambda name, flags: os.open(name, flags, 0o600)) as stream:
        stream.write(line + "\n")


def _made(options: dict[str, Any]) -> str:
    letters = _letters(options["chars"])
    try:
        length = int(options["length"])
    except (TypeError, ValueError):
        raise TemplateError(_("lookup password: length is not a whole number")) from None
    seed = options["seed"]
    # A seed asks for the same password on every run: its owner accepts that it can be worked out.
    generator = random.SystemRandom() if seed is None else random.Random(str(seed))  # noqa: S311
    return "".join(generator.choice(letters) for _position in range(length))


def _letters(chars: Any) -> str:
    if is_list(chars):
        names = [str(name) for name in chars]
    else:
        text = str(chars)
        names = ([","] if ",," in text else []) + [
            name for name in text.replace(",,", ",").split(",") if name
        ]
    letters = "".join(getattr(string, name, name) if name.isidentifier() else name for name in names)
    letters = letters.replace('"', "").replace("'", "")
    if not letters:
        raise TemplateError(_("lookup password: chars leaves no character to choose from"))
    return letters


LOOKUPS: Final[Mapping[str, Lookup]] = {"password": password}
