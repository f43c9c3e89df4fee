"""Where vault passwords come from: a file, a program, a question, the system's keyring."""

from __future__ import annotations

import os
import subprocess
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from officefleet.errors import SecretError
from officefleet.i18n import _
from officefleet.source.secrets.vaults import Secret, is_sealed

if TYPE_CHECKING:
    from collections.abc import Callable

KEYRING_SERVICE = "officefleet-vault"
"""Under this name the system's keyring holds passwords; the user name there is the vault id."""

_PROMPTS = ("prompt", "prompt_ask_vault_pass")
_PROGRAMS = (".exe", ".cmd", ".bat", ".com")


def secret(text: str, ask: Callable[[str], str], base: Path | None = None) -> Secret:
    """Return the password that a vault id names; a file must exist, all else is looked up when it is needed.

    Args:
        text: ``LABEL@SOURCE`` or ``SOURCE``; a source is ``prompt``, ``keyring`` or a file. A file that may be
            executed is run and prints the password; one whose name ends in ``-client`` gets ``--vault-id LABEL``.
        ask: puts a question to the person at the keyboard, without echo.
        base: folder that a relative name is in, None for the current one.

    Raises:
        SecretError: there is no such file.

    """
    label, at, source = text.partition("@")
    if not at:
        label, source = "default", text
    label = label or "default"
    if source in _PROMPTS:
        return Secret(label, partial(_asked, label, ask), asks=True)
    if source == "keyring":
        return Secret(label, partial(_from_keyring, label))
    path = (base or Path()) / Path(source).expanduser()
    if not path.is_file():
        raise SecretError(
            _("there is no vault password file {path}").format(path=path),
            hint=_("LABEL@FILE, LABEL@prompt and LABEL@keyring name a password"),
        )
    if _is_program(path):
        return Secret(label, partial(_from_program, path, label))
    return Secret(label, partial(_from_file, path))


def _asked(label: str, ask: Callable[[str], str]) -> bytes:
    name = "" if label == "default" else f" ({label})"
    return ask(_("Vault password{name}: ").format(name=name)).strip().encode()


def _from_keyring(label: str) -> bytes:
    try:
        import keyring  # noqa: PLC0415  optional
    except ImportError:
        raise SecretError(
            _("the system's keyring needs the Python package keyring"), hint=_("pip install keyring")
        ) from None
    try:
        found = keyring.get_password(KEYRING_SERVICE, label)
    except keyring.errors.KeyringError as error:
        raise SecretError(
            _("the system's keyring does not answer: {reason}").format(reason=type(error).__name__)
        ) from None
    if not found:
        raise SecretError(
            _("the system's keyring has no password for the vault id {label!r}").format(label=label),
            hint=_("keyring set {service} {label}").format(service=KEYRING_SERVICE, label=label),
        )
    return str(found).encode()


def _from_file(path: Path) -> bytes:
    try:
        data = path.read_bytes()
    except OSError as error:
        raise SecretError(
            _("cannot read the vault password file {path}: {reason}").format(
                path=path, reason=error.strerror or error
            )
        ) from None
    if is_sealed(data):
        raise SecretError(_("the vault password file {path} is itself encrypted").format(path=path))
    return data.strip()


def _from_program(path: Path, label: str) -> bytes:
    command = [str(path.absolute())]
    if path.stem.endswith("-client"):
        command += ["--vault-id", label]
    try:
        # its questions and complaints go to the terminal; what it prints is the password and goes nowhere else
        done = subprocess.run(command, stdout=subprocess.PIPE, check=False)
    except OSError as error:
        raise SecretError(
            _("cannot run the vault password program {path}: {reason}").format(
                path=path, reason=error.strerror or error
            ),
            hint=_("a file that only holds the password must not be executable: chmod -x"),
        ) from None
    if done.returncode:
        raise SecretError(
            _("the vault password program {path} ended with {code}").format(path=path, code=done.returncode)
        )
    return done.stdout.strip(b"\r\n")


def _is_program(path: Path) -> bool:
    if os.name == "nt":
        return path.suffix.lower() in _PROGRAMS
    return os.access(path, os.X_OK)
