"""A value that is still encrypted, and containers that open such values when they are looked at."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any, Protocol

from officefleet.errors import SecretError
from officefleet.i18n import _

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from officefleet.errors import Mark


class Opener(Protocol):
    """What opens secrets (`officefleet.source.secrets.Vaults` does)."""

    def open(self, data: bytes, mark: Mark) -> bytes:
        """Return the plain content of an encrypted file.

        Raises:
            SecretError: nothing that is known opens it.

        """

    def reveal(self, ciphertext: str, mark: Mark) -> str:
        """Return the plain text of an encrypted value.

        Raises:
            SecretError: nothing that is known opens it.

        """

    def tell(self, listener: Callable[[Any], None]) -> None:
        """Tell a listener of every text that was opened and that will be, before anybody else sees it."""

    def expose(self, document: Any) -> None:
        """Take note of all texts of a document that stood in an encrypted file: they are secrets."""

    def read(self, path: Path) -> bytes:
        """Return a file's content, plain.

        Raises:
            SecretError: nothing that is known opens it.

        """


class Revealed(str):
    """The text of a value that was encrypted: never evaluated as a template, as in Ansible."""

    __slots__ = ("mark",)
    mark: Mark
    trusted = False


class Sealed:
    """One encrypted value of a YAML file, with its place; text to whoever uses it as text.

    Args:
        ciphertext: ansible-vault's or age's armoured form.
        mark: where it stands.
        opener: opens it, None when nothing was given.

    """

    __slots__ = ("_lock", "_opener", "_plain", "ciphertext", "mark")

    def __init__(self, ciphertext: str, mark: Mark, opener: Opener | None) -> None:
        self.ciphertext = ciphertext
        self.mark = mark
        self._opener = opener
        self._plain: Revealed | None = None
        self._lock = threading.Lock()

    def reveal(self) -> Revealed:
        """Return the plain text; opened once.

        Raises:
            SecretError: with the place and what to do, never with a part of it.

        """
        with self._lock:
            if self._plain is None:
                if self._opener is None:
                    raise nothing_opens(self.mark)
                plain = Revealed(self._opener.reveal(self.ciphertext, self.mark))
                plain.mark = self.mark
                self._plain = plain
            return self._plain

    def __str__(self) -> str:
        return str(self.reveal())

    def __repr__(self) -> str:  # what a template prints of a list that holds it: must be the value
        return repr(str(self.reveal()))

    def __eq__(self, other: object) -> bool:
        return self is other or self.reveal() == (other.reveal() if isinstance(other, Sealed) else other)

    def __hash__(self) -> int:
        return hash(self.reveal())

    def __copy__(self) -> Sealed:
        return self

    def __deepcopy__(self, _memo: object) -> Sealed:
        return self

    def __reduce__(self) -> Any:
        raise TypeError("a sealed value does not leave its process")


def nothing_opens(mark: Mark) -> SecretError:
    """Return the error for a secret that is needed where nobody gave a password or key."""
    return SecretError(
        _("an encrypted value is needed and there is no password or key for it"),
        mark=mark,
        hint=_("give --vault-password-file, --vault-id or --age-identity"),
    )


def opened(value: Any) -> Any:
    """Return a value with everything that is sealed in it opened, as plain containers.

    Raises:
        SecretError: something cannot be opened.

    """
    if isinstance(value, Sealed):
        return value.reveal()
    if isinstance(value, dict):
        return {key: opened(item) for key, item in value.items()}
    if isinstance(value, list):
        return [opened(item) for item in value]
    return value


def opening(value: Any) -> Any:
    """Return a value whose containers open what is sealed in them when it is looked at, not before."""
    if isinstance(value, dict):
        return opening_dict({key: opening(item) for key, item in dict.items(value)})
    if isinstance(value, list):
        return opening_list([opening(item) for item in list.__iter__(value)])
    return value


def opening_dict(value: dict[Any, Any]) -> dict[Any, Any]:
    """Return a mapping as it is, or as `OpeningDict` when one of its values is sealed."""
    for item in value.values():  # a loop: any() of a generator takes three times as long
        if item.__class__ is Sealed:
            return OpeningDict(value)
    return value


def opening_list(value: list[Any]) -> list[Any]:
    """Return a list as it is, or as `OpeningList` when one of its items is sealed."""
    for item in value:
        if item.__class__ is Sealed:
            return OpeningList(value)
    return value


def _open(value: Any) -> Any:
    return value.reveal() if value.__class__ is Sealed else value


class OpeningDict(dict[Any, Any]):
    """A mapping that opens a sealed value when that value is asked for."""

    __slots__ = ()

    def __getitem__(self, key: Any) -> Any:
        return _open(dict.__getitem__(self, key))

    def get(self, key: Any, default: Any = None) -> Any:
        """Return a value, opened."""
        return _open(dict.get(self, key, default))

    def pop(self, key: Any, *default: Any) -> Any:
        """Take a value out, opened."""
        return _open(dict.pop(self, key, *default))

    def items(self) -> Any:
        """Return all pairs, opened."""
        return self._plain().items()

    def values(self) -> Any:
        """Return all values, opened."""
        return self._plain().values()

    def copy(self) -> OpeningDict:
        """Return a copy that opens as late."""
        return OpeningDict(self)

    def _plain(self) -> dict[Any, Any]:
        return {key: _open(item) for key, item in dict.items(self)}

    def __or__(self, other: Any) -> Any:
        return OpeningDict(dict.__or__(self, other))

    def __ror__(self, other: Any) -> Any:
        return OpeningDict(dict.__ror__(self, other))

    def __repr__(self) -> str:
        return repr(self._plain())


class OpeningList(list[Any]):
    """A list that opens a sealed item when that item is looked at."""

    __slots__ = ()

    def __getitem__(self, index: Any) -> Any:
        found = list.__getitem__(self, index)
        return OpeningList(found) if isinstance(index, slice) else _open(found)

    def __iter__(self) -> Iterator[Any]:
        return map(_open, list.__iter__(self))

    def __reversed__(self) -> Iterator[Any]:
        return map(_open, list.__reversed__(self))

    def pop(self, index: Any = -1) -> Any:
        """Take an item out, opened."""
        return _open(list.pop(self, index))

    def copy(self) -> OpeningList:
        """Return a copy that opens as late."""
        return OpeningList(list.__iter__(self))

    def __add__(self, other: Any) -> Any:
        return OpeningList(list.__add__(self, other))

    def __radd__(self, other: Any) -> Any:
        return OpeningList(list.__add__(other, self))

    def __repr__(self) -> str:
        return repr(list(self))
