"""What unarchive does on the controller: finds the archive and offers it by hash."""

from __future__ import annotations

from typing import TYPE_CHECKING

from officefleet.modules.contract import Prepared

if TYPE_CHECKING:
    from officefleet.modules.contract import Controller
    from officefleet.modules.unarchive.spec import UnarchiveArgs


def prepare(args: UnarchiveArgs, controller: Controller) -> Prepared:
    """Return the step for the host.

    Raises:
        ArgumentError: no such archive.
        SecretError: it is encrypted and nothing opens it.

    """
    wanted = args.model_dump()
    if args.remote_src or not args.copy_source:
        return Prepared("unarchive", wanted)
    source = controller.find(args.src, "files")
    content = controller.plain(source) if args.decrypt else source
    return Prepared("unarchive", wanted | {"_source": str(source)} | controller.attach(content))
