"""One registry hive, read and edited offline through libhivex.

libhivex is called by ctypes rather than through Debian's Python binding: the binding exists for the system's Python
only, while this code runs both there (in the rescue environment) and in officefleet's own environment; the library's
C interface is stable and small. Its manual page hivex(3) documents every function used here.

"""

from __future__ import annotations

import ctypes
import os
import struct
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from officefleet.i18n import _
from officefleet.images.faults import TargetError
from officefleet.images.windows.hivecheck import check_hive

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

SZ, EXPAND_SZ, BINARY, DWORD, MULTI_SZ = 1, 2, 3, 4, 7
_WRITE = 4
_LIBRARY = "libhivex.so.0"


@dataclass(frozen=True, slots=True)
class Value:
    """One value: its type as Windows numbers them, and its bytes."""

    kind: int
    data: bytes

    @property
    def text(self) -> str:
        """The text of a string value, "" for another type."""
        if self.kind not in (SZ, EXPAND_SZ):
            return ""
        return self.data.decode("utf-16-le", "replace").split("\0")[0]

    @property
    def number(self) -> int | None:
        """The number of a DWORD value, None for another type."""
        if self.kind != DWORD or len(self.data) != struct.calcsize("<I"):
            return None
        return int(struct.unpack("<I", self.data)[0])


def text(content: str) -> Value:
    """Return a string value."""
    return Value(SZ, (content + "\0").encode("utf-16-le"))


def texts(content: list[str]) -> Value:
    """Return a value of several strings."""
    return Value(MULTI_SZ, "".join(one + "\0" for one in [*content, ""]).encode("utf-16-le"))


def number(content: int) -> Value:
    """Return a DWORD value."""
    return Value(DWORD, struct.pack("<I", content))


class _SetValue(ctypes.Structure):
    _fields_ = (
        ("key", ctypes.c_char_p),
        ("kind", ctypes.c_int),
        ("length", ctypes.c_size_t),
        ("data", ctypes.c_char_p),
    )


@contextmanager
def opened(path: Path, *, write: bool = False) -> Iterator[Hive]:
    """Open a hive for the length of a block; what `Hive.commit` did not write is forgotten.

    Raises:
        TargetError: it is damaged or not clean (see `check_hive`), or libhivex is missing.

    """
    check_hive(path)
    library = _library()
    ctypes.set_errno(0)
    handle = library.hivex_open(os.fsencode(path), _WRITE if write else 0)
    if not handle:
        raise _failed(path)
    try:
        yield Hive(library, handle, path)
    finally:
        library.hivex_close(handle)


class Hive:
    """An open hive; keys are named by paths with backslashes, below the root, without regard to case."""

    def __init__(self, library: Any, handle: int, path: Path) -> None:
        self._library, self._handle, self._path = library, handle, path

    def get(self, key: str, name: str) -> Value | None:
        """Return a value, None when it or its key does not exist."""
        node = self._find(key)
        if not node:
            return None
        found = self._call("hivex_node_get_value", node, name.encode())
        if not found:
            return None
        kind, length = ctypes.c_int(), ctypes.c_size_t()
        data = self._call("hivex_value_value", found, ctypes.byref(kind), ctypes.byref(length))
        if not data:
            raise _failed(self._path)
        try:
            return Value(kind.value, ctypes.string_at(data, length.value))
        finally:
            self._library.free(data)

    def values(self, key: str) -> list[str]:
        """Return the names of a key's values; [] when there is no such key."""
        node = self._find(key)
        found = self._list("hivex_node_values", node) if node else []
        return [self._text("hivex_value_key", one) for one in found]

    def children(self, key: str) -> list[str]:
        """Return the names of the keys directly below a key; [] when there is no such key."""
        node = self._find(key)
        found = self._list("hivex_node_children", node) if node else []
        return [self._text("hivex_node_name", one) for one in found]

    def has(self, key: str) -> bool:
        """Return whether a key exists."""
        return self._find(key) != 0

    def set(self, key: str, name: str, value: Value) -> None:
        """Set a value; keys that are missing are made."""
        node = self._make(key)
        one = _SetValue(name.encode(), value.kind, len(value.data), value.data)
        if self._call("hivex_node_set_value", node, ctypes.byref(one), 0) != 0:
            raise _failed(self._path)

    def make(self, key: str) -> None:
        """Make a key, and those above it."""
        self._make(key)

    def commit(self) -> None:
        """Write all changes to the file."""
        if self._call("hivex_commit", None, 0) != 0:
            raise _failed(self._path)

    def _find(self, key: str) -> int:
        node = int(self._call("hivex_root"))
        for part in _parts(key):
            node = int(self._call("hivex_node_get_child", node, part.encode()))
            if not node:
                return 0
        return node

    def _make(self, key: str) -> int:
        node = int(self._call("hivex_root"))
        for part in _parts(key):
            child = int(self._call("hivex_node_get_child", node, part.encode()))
            node = child or int(self._call("hivex_node_add_child", node, part.encode()))
            if not node:
                raise _failed(self._path)
        return node

    def _list(self, function: str, node: int) -> list[int]:
        found = self._call(function, node)
        if not found:
            raise _failed(self._path)
        pointer = ctypes.cast(found, ctypes.POINTER(ctypes.c_size_t))
        handles: list[int] = []
        while pointer[len(handles)]:
            handles.append(int(pointer[len(handles)]))
        self._library.free(found)
        return handles

    def _text(self, function: str, handle: int) -> str:
        found = self._call(function, handle)
        if not found:
            raise _failed(self._path)
        try:
            return ctypes.string_at(found).decode("utf-8", "replace")
        finally:
            self._library.free(found)

    def _call(self, function: str, *arguments: Any) -> Any:
        """Call a function; 0 with no error set means that there is nothing of that name."""
        ctypes.set_errno(0)
        found = getattr(self._library, function)(self._handle, *arguments)
        if not found and ctypes.get_errno() not in (0, _NO_SUCH):
            raise _failed(self._path)
        return found


_NO_SUCH = 2  # ENOENT: iconv and friends leave it behind


def _parts(key: str) -> list[str]:
    return [part for part in key.split("\\") if part]


def _failed(path: Path) -> TargetError:
    reason = os.strerror(ctypes.get_errno())
    return TargetError(
        _("The registry file {name} cannot be edited: {reason}.").format(name=path.name, reason=reason)
    )


def _library() -> Any:
    try:
        library = ctypes.CDLL(_LIBRARY, use_errno=True)
    except OSError as error:
        raise TargetError(
            _("The library {name} is not installed.").format(name=_LIBRARY),
            hint=_("On Debian: apt-get install {package}.").format(package="libhivex0"),
        ) from error
    size, pointer, chars = ctypes.c_size_t, ctypes.c_void_p, ctypes.c_char_p
    _declare(library, "hivex_open", pointer, chars, ctypes.c_int)
    _declare(library, "hivex_close", ctypes.c_int, pointer)
    _declare(library, "hivex_root", size, pointer)
    _declare(library, "hivex_node_get_child", size, pointer, size, chars)
    _declare(library, "hivex_node_add_child", size, pointer, size, chars)
    _declare(library, "hivex_node_children", pointer, pointer, size)
    _declare(library, "hivex_node_values", pointer, pointer, size)
    _declare(library, "hivex_node_name", pointer, pointer, size)
    _declare(library, "hivex_node_get_value", size, pointer, size, chars)
    _declare(library, "hivex_value_key", pointer, pointer, size)
    _declare(library, "hivex_value_value", pointer, pointer, size, pointer, pointer)
    _declare(library, "hivex_node_set_value", ctypes.c_int, pointer, size, pointer, ctypes.c_int)
    _declare(library, "hivex_commit", ctypes.c_int, pointer, chars, ctypes.c_int)
    _declare(library, "free", None, pointer)
    return library


def _declare(library: Any, name: str, result: Any, *arguments: Any) -> None:
    function = getattr(library, name)
    function.restype, function.argtypes = result, arguments
