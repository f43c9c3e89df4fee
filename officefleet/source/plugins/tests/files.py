"""Tests over paths; the disk is the controller's."""

from __future__ import annotations

import os.path
from typing import Any, Final

from officefleet.errors import TemplateError
from officefleet.i18n import _
from officefleet.source.plugins.kinds import Plugins, a_text, wrong_kind

VAULT_HEADER: Final = "$ANSIBLE_VAULT"


def _path(name: str, value: Any) -> str:
    if not isinstance(value, str):
        raise wrong_kind(name, a_text(), value)
    return str(value)


def absolute(value: Any) -> bool:
    """Return whether the path starts at the root."""
    return os.path.isabs(_path("abs", value))  # noqa: PTH117  a text, not a path


def directory(value: Any) -> bool:
    """Return whether the path is a folder, through links."""
    return os.path.isdir(_path("directory", value))  # noqa: PTH112  same


def file(value: Any) -> bool:
    """Return whether the path is a file, through links."""
    return os.path.isfile(_path("file", value))  # noqa: PTH113  same


def exists(value: Any) -> bool:
    """Return whether the path leads to something, through links."""
    return os.path.exists(_path("exists", value))  # noqa: PTH110  same


def link(value: Any) -> bool:
    """Return whether the path is a symbolic link."""
    return os.path.islink(_path("link", value))  # noqa: PTH114  same


def link_exists(value: Any) -> bool:
    """Return whether the path itself is there, a dangling link too."""
    return os.path.lexists(_path("link_exists", value))


def mount(value: Any) -> bool:
    """Return whether the path is a mount point."""
    return os.path.ismount(_path("mount", value))


def same_file(value: Any, other: Any) -> bool:
    """Return whether two paths lead to the same file."""
    try:
        return os.path.samefile(_path("same_file", value), _path("same_file", other))  # noqa: PTH121  same
    except OSError as error:
        raise TemplateError(_("same_file: {reason}").format(reason=error)) from None


def vaulted_file(value: Any) -> bool:
    """Return whether the file is an Ansible vault."""
    header = VAULT_HEADER.encode()
    try:
        with open(_path("vaulted_file", value), "rb") as stream:  # noqa: PTH123  same
            return stream.read(len(header)) == header
    except OSError as error:
        raise TemplateError(_("vaulted_file: {reason}").format(reason=error)) from None


def vault_encrypted(value: Any) -> bool:
    """Return whether a text is an Ansible vault."""
    return isinstance(value, str) and value.startswith(VAULT_HEADER + ";")


TESTS: Final[Plugins] = {
    "abs": absolute,
    "directory": directory,
    "exists": exists,
    "file": file,
    "is_abs": absolute,
    "is_dir": directory,
    "is_file": file,
    "is_link": link,
    "is_mount": mount,
    "is_same_file": same_file,
    "link": link,
    "link_exists": link_exists,
    "mount": mount,
    "same_file": same_file,
    "vault_encrypted": vault_encrypted,
    "vaulted_file": vaulted_file,
}
