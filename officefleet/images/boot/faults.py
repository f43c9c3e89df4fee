"""Errors of sticks and of network boot."""

from __future__ import annotations

from officefleet.images.faults import TargetError
from officefleet.images.rescue.faults import RescueError


class MediaError(TargetError):
    """A stick may not be overwritten, is too small or does not keep what was written."""

    code = "rescue.media"


class NetbootError(RescueError):
    """A poste cannot be armed, or the netboot folder is not one."""

    code = "rescue.netboot"
