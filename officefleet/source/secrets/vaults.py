"""The passwords and keys of one run, and what they open."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from officefleet.errors import Mark, SecretError
from officefleet.i18n import _
from officefleet.source.secrets import age, ansible_vault
from officefleet.source.secrets.sealed import Sealed, nothing_opens

if TYPE_CHECKING:
    from pathlib import Path

_SHOWN = 1 << 18  # bytes
_WORDS = 8  # letters; in a file of tasks shorter texts are words of the language ("present", "copy")


def is_sealed(data: bytes) -> bool:
    """Return whether a file's content (or its beginning) is encrypted with ansible-vault or age."""
    return data.startswith(ansible_vault.HEADER) or age.is_age(data)


@dataclass(slots=True)
class Secret:
    """A vault password under its vault id, fetched when it is first needed.

    Attributes:
        label: the vault id.
        fetch: gets the password.
        asks: a person must type it.

    """

    label: str
    fetch: Callable[[], bytes] = field(repr=False)
    asks: bool = False
    _value: bytes | None = field(default=None, repr=False)

    def value(self) -> bytes:
        """Return the password.

        Raises:
            SecretError: it cannot be read or is empty.

        """
        if self._value is None:
            found = self.fetch()
            if not found:
                raise SecretError(_("the password of vault id {label!r} is empty").format(label=self.label))
            self._value = found
        return self._value


class Vaults:
    """Opens secrets; shared by all threads of a run.

    Args:
        secrets: vault passwords, tried in this order after those whose label matches.
        identities: returns age identities (see `age.identities`); called once, when one is needed.
        match: only passwords whose vault id is the text's own are tried.

    """

    def __init__(
        self,
        secrets: Sequence[Secret] = (),
        identities: Callable[[], Sequence[Any]] | None = None,
        *,
        match: bool = False,
    ) -> None:
        self._secrets = tuple(secrets)
        self._identities = identities
        self._listeners: list[Callable[[Any], None]] = []
        self._shown: dict[Any, None] = {}
        self._match = match
        self._keys: Sequence[Any] | None = None
        self._lock = threading.RLock()  # a password is asked for once, whoever comes first

    @property
    def secrets(self) -> tuple[Secret, ...]:
        """The vault passwords in order."""
        return self._secrets

    @property
    def empty(self) -> bool:
        """Whether there is neither a password nor a key."""
        return not self._secrets and self._identities is None

    def tell(self, listener: Callable[[Any], None]) -> None:
        """See `Opener.tell`."""
        with self._lock:
            self._listeners.append(listener)
            for text in self._shown:
                listener(text)

    def _revealed(self, text: Any) -> None:
        with self._lock:
            if text not in self._shown:
                self._shown[text] = None
                for listener in self._listeners:
                    listener(text)

    def open(self, data: bytes, mark: Mark) -> bytes:
        """See `Opener.open`."""
        return self._open_age(data, mark) if age.is_age(data) else self.open_vault(data, mark)[0]

    def reveal(self, ciphertext: str, mark: Mark) -> str:
        """See `Opener.reveal`."""
        try:
            text = self.open(ciphertext.strip().encode(), mark).decode()
        except UnicodeDecodeError:
            raise SecretError(
                _("the encrypted value is not text"), mark=mark, hint=_("keep binary content in a file")
            ) from None
        self._revealed(text)
        return text

    def read(self, path: Path) -> bytes:
        """See `Opener.read`; listeners are told what an encrypted file holds."""
        data = path.read_bytes()
        if not is_sealed(data):
            return data
        plain = self.open(data, Mark(str(path)))
        if len(plain) <= _SHOWN and b"\0" not in plain:  # what is larger or binary is never shown
            self._revealed(plain.decode("utf-8", "surrogateescape"))
        return plain

    def expose(self, document: Any) -> None:
        """See `Opener.expose`."""
        self._expose(document, 0 if isinstance(document, Mapping) else _WORDS)

    def _expose(self, value: Any, shortest: int) -> None:
        if isinstance(value, Sealed):
            return
        if isinstance(value, Mapping):
            for item in value.values():
                self._expose(item, shortest)
        elif isinstance(value, (list, tuple)):
            for item in value:
                self._expose(item, shortest)
        elif isinstance(value, (str, int, float)) and len(str(value)) >= shortest:
            self._revealed(value)

    def open_vault(self, data: bytes, mark: Mark) -> tuple[bytes, Secret]:
        """Return what ansible-vault's format holds, and the password that opened it.

        Raises:
            SecretError: malformed, or no password opens it.

        """
        try:
            envelope = ansible_vault.parse(data)
        except ansible_vault.NotAVaultError as error:
            raise SecretError(_malformed(str(error)), mark=mark, hint=_("encrypt it anew")) from None
        if not self._secrets:
            raise nothing_opens(mark)
        tried = []
        for secret in self._in_order(envelope.label):
            with self._lock:
                password = secret.value()
            plain = ansible_vault.decrypt(envelope, password)
            if plain is not None:
                return plain, secret
            tried.append(secret.label)
        label = envelope.label or "default"
        raise SecretError(
            _("no vault password opens it (tried: {labels})").format(labels=", ".join(tried) or "-"),
            mark=mark,
            hint=_("it was encrypted under the vault id {label!r}: give --vault-id {label}@FILE").format(
                label=label
            ),
        )

    def _in_order(self, label: str) -> list[Secret]:
        """Return the passwords to try: those of the label first."""
        label = label or "default"
        first = [secret for secret in self._secrets if secret.label == label]
        rest = [secret for secret in self._secrets if secret.label != label]
        return first if self._match else first + rest

    def _open_age(self, data: bytes, mark: Mark) -> bytes:
        if self._identities is None:
            raise nothing_opens(mark)
        with self._lock:
            if self._keys is None:
                self._keys = self._identities()
            keys = self._keys
        plain = age.decrypt(data, keys)
        if plain is None:
            raise SecretError(
                _("no age identity opens it, or it is damaged"),
                mark=mark,
                hint=_("give the identity of one of its recipients with --age-identity"),
            )
        return plain


def _malformed(reason: str) -> str:
    if reason == "version":
        return _("an unknown version of ansible-vault's format; 1.1 and 1.2 are known")
    if reason == "cipher":
        return _("an unknown cipher of ansible-vault's format; AES256 is known")
    return _("the encrypted text is not in ansible-vault's format")
