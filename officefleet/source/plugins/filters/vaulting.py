"""Filters that encrypt and decrypt texts as ansible-vault does; what they see is masked from then on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from jinja2 import pass_environment

from officefleet.errors import TemplateError
from officefleet.i18n import _
from officefleet.source.plugins.kinds import Plugins, a_text, wrong_kind
from officefleet.source.secrets import ansible_vault

if TYPE_CHECKING:
    from jinja2 import Environment


@pass_environment
def vault(
    environment: Environment,
    value: Any,
    secret: Any,
    salt: str | None = None,
    vault_id: str = "filter_default",
    wrap_object: bool = False,  # noqa: FBT001, FBT002, ARG001  Ansible's; a text serves wherever its object does
    vaultid: str | None = None,
) -> str:
    """Return a text encrypted with a password, as ansible-vault writes it."""
    _expect("vault", value, secret)
    _hide(environment, value, secret)
    try:
        found = ansible_vault.encrypt(
            value.encode(), secret.encode(), vaultid or vault_id, salt.encode() if salt else None
        )
    except ValueError as error:
        raise TemplateError(_("vault: cannot encrypt: {reason}").format(reason=error)) from None
    return found.decode()


@pass_environment
def unvault(
    environment: Environment,
    value: Any,
    secret: Any,
    vault_id: str = "filter_default",  # noqa: ARG001  one password is given: there is nothing to choose
    vaultid: str | None = None,  # noqa: ARG001  see above
) -> str:
    """Return an encrypted text decrypted with a password; any other text as it is."""
    _expect("unvault", value, secret)
    data = value.encode()
    if not data.lstrip().startswith(ansible_vault.HEADER):
        return str(value)
    try:
        plain = ansible_vault.decrypt(ansible_vault.parse(data), secret.encode())
    except ansible_vault.NotAVaultError:
        plain = None
    if plain is None:
        raise TemplateError(_("unvault: cannot decrypt: another password, or a damaged text"))
    found = plain.decode("utf-8", "surrogateescape")
    _hide(environment, found, secret)
    return found


def _expect(name: str, value: Any, secret: Any) -> None:
    for one in (value, secret):
        if not isinstance(one, str):
            raise wrong_kind(name, a_text(), one)


def _hide(environment: Environment, *texts: str) -> None:
    opener = getattr(environment, "opener", None)
    if opener is not None:
        opener.expose(list(texts))


FILTERS: Final[Plugins] = {"unvault": unvault, "vault": vault}
