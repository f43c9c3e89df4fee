"""With what a command encrypts: a vault password, or the age recipients of pharmacies."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from officefleet.cli import environment
from officefleet.cli.vault_flags import ask
from officefleet.cli.vaulting.settings import encrypt_identity
from officefleet.errors import SecretError, UsageError
from officefleet.i18n import _
from officefleet.source.secrets import Secret, age, ansible_vault

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from officefleet.source.secrets import Vaults


def vault_secret(vaults: Vaults, wanted: str = "") -> Secret:
    """Return the password to encrypt with.

    Args:
        vaults: those that are known.
        wanted: vault id, "" for the only one, or the settings' choice.

    Raises:
        UsageError: several and nothing says which, or none of that id.
        SecretError: none, and nobody to ask.

    """
    label = wanted or encrypt_identity()
    known = vaults.secrets
    if label:
        found = [secret for secret in known if secret.label == label]
        if not found:
            raise UsageError(
                _("no password has the vault id {label!r}").format(label=label),
                hint=_("give --vault-id {label}@FILE").format(label=label),
            )
        return found[0]
    if len({secret.label for secret in known}) > 1:
        raise UsageError(
            _("several vault ids: {labels}").format(labels=", ".join(secret.label for secret in known)),
            hint=_("choose one with --encrypt-vault-id"),
        )
    return known[0] if known else asked("default")


def asked(label: str) -> Secret:
    """Return a new password that a person types twice.

    Raises:
        SecretError: nobody is there, or the two are not the same.

    """
    if not sys.stdin.isatty():
        raise SecretError(
            _("there is no vault password to encrypt with"),
            hint=_("give --vault-password-file or --vault-id"),
        )
    first = ask(_("New vault password: "))
    if first != ask(_("Again: ")):
        raise SecretError(_("The two are not the same."))
    return Secret(label, first.strip().encode)


def recipients(given: Sequence[str], pharmacies: Sequence[str], sources: list[str] | None) -> list[str]:
    """Return the age recipients to encrypt to: those given and those of pharmacies.

    Raises:
        UsageError: a pharmacy has none.
        OfficefleetError: the inventory cannot be read.

    """
    found = list(given)
    if pharmacies:
        from officefleet.inventory import load_inventory  # noqa: PLC0415  pydantic

        inventory = load_inventory(environment.inventory_sources(sources), only=pharmacies)
        for name in pharmacies:
            recipient = inventory.pharmacy(name).age_recipient
            if recipient is None:
                raise UsageError(
                    _("{pharmacy} has no age_recipient").format(pharmacy=name),
                    hint=_("`officefleet vault keygen` makes a key; write its public half to pharmacy.yml"),
                )
            found.append(recipient)
    return found


def recipients_near(path: Path) -> list[str]:
    """Return the recipient of the pharmacy in whose folder a file is, [] outside of any."""
    from officefleet.inventory.pharmacy_file import FILE  # noqa: PLC0415  pydantic
    from officefleet.source.yaml import load  # noqa: PLC0415  rarely needed

    for folder in path.absolute().parents:
        if (folder / FILE).is_file():
            data = load(folder / FILE)
            recipient = data.get("age_recipient") if isinstance(data, dict) else None
            return [str(recipient)] if recipient else []
    return []


def sealed(plain: bytes, secret: Secret | None, to: Sequence[str]) -> bytes:
    """Return a text encrypted: to age recipients when there are any, else with a vault password."""
    if to or secret is None:
        return age.encrypt(plain, to)
    try:
        return ansible_vault.encrypt(plain, secret.value(), secret.label)
    except ValueError:
        raise UsageError(
            _("{label!r} cannot be a vault id").format(label=secret.label),
            hint=_("use ASCII letters, without semicolons"),
        ) from None
