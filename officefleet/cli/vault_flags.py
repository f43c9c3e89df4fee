"""Vault options under Ansible's names, and where passwords and keys come from when none is given."""

from __future__ import annotations

import getpass
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from officefleet.cli.play_flags import Texts, VaultFlags
from officefleet.errors import SecretError
from officefleet.i18n import _
from officefleet.source.secrets import Secret, Vaults

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

_TRUE = frozenset({"1", "true", "yes", "on", "y", "t"})


_NONE = VaultFlags()


def vaults(flags: VaultFlags = _NONE) -> Vaults:
    """Return what opens secrets: of the settings, then of the command line, then of the environment's age key.

    Raises:
        SecretError: a password file that does not exist.

    """
    from officefleet.cli.vaulting.settings import password_sources  # noqa: PLC0415  not needed by --help
    from officefleet.source.secrets.passwords import secret  # noqa: PLC0415  see above

    found = [secret(text, ask, base) for text, base in password_sources()]
    given = [*(flags.vault_id or ()), *(f"default@{file}" for file in flags.vault_password_file or ())]
    found += [secret(text, ask) for text in given]
    if flags.ask_vault_pass:
        found.append(secret("default@prompt", ask))
    match = os.environ.get("ANSIBLE_VAULT_ID_MATCH", "").strip().lower() in _TRUE
    return Vaults(found, identities(flags.age_identity), match=match)


def ask_now(secrets: Sequence[Secret]) -> None:
    """Get the passwords that a person must type before anything else is on the screen.

    Raises:
        SecretError: an empty answer.

    """
    for secret in secrets:
        if secret.asks:
            secret.value()


def ask(question: str) -> str:
    """Return what a person types, without echo; a line of standard input where nobody sits."""
    if not sys.stdin.isatty():
        return sys.stdin.readline().rstrip("\n")
    return getpass.getpass(question)


def identities(given: Texts) -> Callable[[], Sequence[Any]] | None:
    """Return what reads the age identities, None when nothing names one."""
    files = given or [
        part for part in os.environ.get("OFFICEFLEET_AGE_IDENTITY_FILE", "").split(os.pathsep) if part
    ]
    text = os.environ.get("OFFICEFLEET_AGE_IDENTITY", "")
    if not files and not text:
        return None

    def read() -> list[Any]:
        from officefleet.source.secrets import age  # noqa: PLC0415  rarely needed

        found = age.identities(text, "OFFICEFLEET_AGE_IDENTITY") if text else []
        for file in files:
            found += age.identities(_key_text(file), file)
        return found

    return read


def _key_text(file: str) -> str:
    try:
        return Path(file).expanduser().read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or _("it is not text")
        raise SecretError(
            _("cannot read the age identity {file}: {reason}").format(file=file, reason=reason)
        ) from None
