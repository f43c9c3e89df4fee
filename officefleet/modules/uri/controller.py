"""What uri does on the controller: offers the files that are to be sent by hash."""

from __future__ import annotations

from typing import TYPE_CHECKING

from officefleet.errors import ArgumentError
from officefleet.i18n import _
from officefleet.modules.contract import Prepared

if TYPE_CHECKING:
    from officefleet.modules.contract import Controller
    from officefleet.modules.uri.spec import UriArgs


def prepare(args: UriArgs, controller: Controller) -> Prepared:
    """Return the step for the host.

    Raises:
        ArgumentError: a file cannot be found, or a multipart body is no mapping.

    """
    wanted = args.model_dump()
    if args.body_format == "form-multipart" and args.body is not None:
        if not isinstance(args.body, dict):
            raise ArgumentError(
                _("body must be mapping, cannot be type {kind}").format(
                    kind="str" if isinstance(args.body, str) else type(args.body).__name__
                ),
                hint=_("give each part of the form a name"),
            )
        if not args.remote_src:
            wanted["_tree"] = [
                {"name": name} | controller.attach(controller.find(str(part["filename"]), "files"))
                for name, part in args.body.items()
                if isinstance(part, dict) and part.get("filename") and not part.get("content")
            ]
    if args.src is not None and not args.remote_src:
        wanted |= controller.attach(controller.find(args.src, "files"))
    return Prepared("uri", wanted)
