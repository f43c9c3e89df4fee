"""Filters over paths; what touches a disk touches the controller's."""

from __future__ import annotations

import glob
import ntpath
import os.path
from typing import Any, Final

from officefleet.errors import TemplateError
from officefleet.i18n import _
from officefleet.source.plugins.kinds import Plugins, a_text, is_list, kind_of, wrong_kind


def _path(name: str, value: Any) -> str:
    if not isinstance(value, str):
        raise wrong_kind(name, a_text(), value)
    return str(value)


def basename(value: Any) -> str:
    """Return the last part of a path."""
    return os.path.basename(_path("basename", value))  # noqa: PTH119  pathlib drops a trailing slash


def dirname(value: Any) -> str:
    """Return a path without its last part."""
    return os.path.dirname(_path("dirname", value))  # noqa: PTH120  pathlib turns "" into "."


def expanduser(value: Any) -> str:
    """Return a path with a leading ``~`` replaced by the controller user's home."""
    return os.path.expanduser(_path("expanduser", value))  # noqa: PTH111  an unknown user is left as is


def expandvars(value: Any) -> str:
    """Return text with ``$NAME`` replaced from the controller's environment."""
    return os.path.expandvars(_path("expandvars", value))


def realpath(value: Any) -> str:
    """Return a path without links, as the controller's disk has it."""
    return os.path.realpath(_path("realpath", value))


def relpath(value: Any, start: str = os.curdir) -> str:
    """Return a path as seen from `start`, the current folder when it is not given."""
    return os.path.relpath(_path("relpath", value), _path("relpath", start))


def normpath(value: Any) -> str:
    """Return a path without doubled separators and ``..`` steps."""
    return os.path.normpath(_path("normpath", value))


def splitext(value: Any) -> tuple[str, str]:
    """Return (path without extension, extension with its dot)."""
    return os.path.splitext(_path("splitext", value))  # noqa: PTH122  both halves are wanted


def path_join(value: Any) -> str:
    """Return one path from a list of parts; an absolute part starts anew."""
    if isinstance(value, str):
        return str(value)
    if not is_list(value):
        raise TemplateError(
            _("|path_join expects string or sequence, got {kind}").format(kind=kind_of(value))
        )
    return os.path.join(*(_path("path_join", part) for part in value))  # noqa: PTH118  keeps "a/./b"


def commonpath(value: Any) -> str:
    """Return the longest path that all paths of a list share."""
    if not is_list(value):
        raise TemplateError(_("|commonpath expects sequence, got {kind}").format(kind=kind_of(value)))
    return os.path.commonpath([_path("commonpath", part) for part in value])


def fileglob(value: Any) -> list[str]:
    """Return the controller's files that match a pattern, sorted."""
    found = glob.glob(_path("fileglob", value))  # noqa: PTH207  the pattern may be absolute
    return sorted(name for name in found if os.path.isfile(name))  # noqa: PTH113  names, not paths


def win_basename(value: Any) -> str:
    """Return the last part of a Windows path."""
    return ntpath.basename(_path("win_basename", value))


def win_dirname(value: Any) -> str:
    """Return a Windows path without its last part."""
    return ntpath.dirname(_path("win_dirname", value))


def win_splitdrive(value: Any) -> tuple[str, str]:
    """Return (drive or share, rest) of a Windows path."""
    return ntpath.splitdrive(_path("win_splitdrive", value))


FILTERS: Final[Plugins] = {
    "basename": basename,
    "commonpath": commonpath,
    "dirname": dirname,
    "expanduser": expanduser,
    "expandvars": expandvars,
    "fileglob": fileglob,
    "normpath": normpath,
    "path_join": path_join,
    "realpath": realpath,
    "relpath": relpath,
    "splitext": splitext,
    "win_basename": win_basename,
    "win_dirname": win_dirname,
    "win_splitdrive": win_splitdrive,
}
