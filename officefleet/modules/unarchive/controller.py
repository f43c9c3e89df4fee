"""What unarchive does on the controller: finds the archive and offers it by hash."""

from __future__ import annotations

from typing import TYPE_CHECKING

from officefleet.errors import ArgumentError
from officefleet.i18n import _
from officefleet.modules.contract import Prepared

if TYPE_CHECKING:
    from officefleet.modules.contract import Controller
    from officefleet.modules.unarchive.spec import UnarchiveArgs

_VAULT = b"$ANSIBLE_VAULT;"


def prepare(args: UnarchiveArgs, controller: Controller) -> Prepared:
    """Return the step for the host.

    Raises:
        ArgumentError: no such archive, or it is encrypted.

    """
    wanted = args.model_dump()
    if args.remote_src or not args.copy_source:
        return Prepared("unarchive", wanted)
    source = controller.find(args.src, "files")
    with source.open("rb") as stream:
        encrypted = stream.read(len(_VAULT)) == _VAULT
    if args.decrypt and encrypted:
        raise ArgumentError(
            _("{file} is encrypted with a vault").format(file=source), hint=_("decrypt it before the run")
        )
    return Prepared("unarchive", wanted | {"_source": str(source)} | controller.attach(source))
