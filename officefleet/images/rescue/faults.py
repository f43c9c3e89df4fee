"""Errors of the rescue environment and of what boots it."""

from __future__ import annotations

from officefleet.errors import ImageError


class RescueError(ImageError):
    """The rescue environment is missing, incomplete or not what was built."""

    code = "rescue"
