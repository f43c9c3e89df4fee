"""``officefleet image capture`` and ``identity``: a WIM from a Windows disk, and who a restored poste is."""

from __future__ import annotations

import sys
from pathlib import Path  # noqa: TC003  cyclopts reads it at run time
from typing import TYPE_CHECKING

from officefleet.cli.commands import _image_common as common
from officefleet.cli.commands._image_common import StoreOption, TrustOption  # noqa: TC001  as above
from officefleet.errors import ExitCode, UsageError
from officefleet.i18n import _

if TYPE_CHECKING:
    from officefleet.images.identify import AnyIdentity


def capture(
    disk: Path, wim: Path, *, partition: int | None = None, name: str = "poste", sector: int = 512
) -> int:
    """Take a WIM of the Windows on a disk that was prepared by sysprep and shut down.

    What Windows makes anew and what its memory held (pagefile.sys, hiberfil.sys, dumps) is left out.

    Args:
        disk: The disk, or a raw file of one.
        wim: File to make.
        partition: Number; by default the largest that may hold Windows.
        name: Of the image in the file.
        sector: For a file, bytes of a sector of the disk that it plays.

    """
    from officefleet.images.identify import WINDOWS_TYPES  # noqa: PLC0415  slow to import
    from officefleet.images.pack import read_layout  # noqa: PLC0415  slow to import
    from officefleet.images.windows import wim as wims  # noqa: PLC0415  slow to import

    if not disk.exists():
        raise UsageError(_("There is no disk {path}.").format(path=disk))
    found = read_layout(disk, sector=sector).partitions
    fitting = [one for one in found if one.number == partition or partition is None]
    fitting = [one for one in fitting if one.type.lower() in WINDOWS_TYPES]
    if not fitting:
        raise UsageError(_("{path} has no such Windows partition.").format(path=disk))
    wims.capture(disk, max(fitting, key=lambda one: one.size), wim, name)
    for image in wims.images(wim):
        common.write_line(
            _("{path}: image {number} {name}, {size}.").format(
                path=wim, number=image.number, name=image.name, size=common.size_text(image.bytes)
            )
        )
    return ExitCode.OK


def identity(
    image: str,
    target: Path,
    file: Path,
    *,
    store: StoreOption,
    trust: TrustOption | None = None,
    partition: int | None = None,
) -> int:
    """Write who a machine is on a disk that holds an image, Linux or Windows; `restore --identity` does both at once.

    Args:
        image: NAME or NAME@VERSION that the disk holds.
        target: The disk.
        file: JSON file of the identity, or - for standard input. It holds a private key.
        store: Folder, or http address.
        trust: File of trusted keys.
        partition: Number of the system's partition, if it is not the one that is found.

    """
    from officefleet.images.identify import identify  # noqa: PLC0415  slow to import
    from officefleet.images.job import open_source  # noqa: PLC0415  slow to import
    from officefleet.images.keys import Trust  # noqa: PLC0415  slow to import
    from officefleet.images.leftovers import release  # noqa: PLC0415  slow to import
    from officefleet.images.target import Target  # noqa: PLC0415  slow to import

    who = read_identity_file(file)
    source = open_source(store)
    try:
        name, version = common.split_name(image)
        index = common.read_remote(source, Trust.load(trust or common.default_trust()), name, version)
    finally:
        source.close()
    with Target(target, sector=index.sector):
        release(target)
        said = identify(target, index, who, number=partition)
    common.write_line(
        _("{target} is {name} now. {said}").format(target=target, name=who.hostname, said=said).rstrip()
    )
    return ExitCode.OK


def read_identity_file(file: Path) -> AnyIdentity:
    """Return the identity in a file, or on standard input for ``-``.

    Raises:
        UsageError: the file cannot be read.
        TargetError: it is malformed.

    """
    from officefleet.images.identify import read_identity  # noqa: PLC0415  slow to import

    try:
        text = sys.stdin.read() if str(file) == "-" else file.read_text(encoding="utf-8")
    except (OSError, ValueError) as error:
        raise UsageError(_("The identity cannot be read.")) from error
    return read_identity(text)
