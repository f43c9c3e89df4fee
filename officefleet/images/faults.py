"""Errors of images beyond those of `officefleet.errors`."""

from __future__ import annotations

from officefleet.errors import ExitCode, ImageError


class TargetError(ImageError):
    """The disk to restore to is unfit, in use or does not keep what was written."""

    code = "image.target"


class RefusedContentError(ImageError):
    """An image holds what no golden image may hold: patient data, identities or credentials."""

    code = "image.refused"


class RecipeError(ImageError):
    """A recipe is wrong."""

    code = "image.recipe"
    exit_code = ExitCode.INVALID
